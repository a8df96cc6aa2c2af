"""From data to a split, from a request to a run, and evaluation of outside vectors."""
