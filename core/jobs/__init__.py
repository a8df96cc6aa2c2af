"""Running a command in its own process: jobs, and the queue of runs to train.

job.py               Job: a command, a lock, a log and a state on disk
process.py           the one place that starts processes
run_job.py           runs a job: starts its command, watches it, stops it
__main__.py          a worker in its own process
train_job.py         a run to train, as a job; how a training is stopped
training_queue.py    the runs that wait to be trained, one by one
queue_migration.py   the queue of an earlier version, read into this one
parallel_runs.py     several jobs that claim runs from one work list (`train --jobs N`)
warm_up.py           compiles in the background what the first training needs
app_jobs.py          the other jobs that the app starts: reading data, studies, maps, exports
"""
