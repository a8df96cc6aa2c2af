"""Running something in a process of its own: jobs and the training queue."""
