"""Running a command in a process of its own: jobs, and the queue of runs to train.

job.py           Job: a command, a lock, a log and a state on disk
worker.py        the process that runs a job: starts its command, watches it, stops it
queue.py         the runs to train, taken one by one
shared_runs.py   several jobs that claim runs from one work list (`train --jobs N`)
commands.py      the other jobs that the app starts: reading data, studies, maps
"""
