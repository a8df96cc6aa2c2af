"""Jobs run in separate processes, with their state on disk."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest

from core.config import UserError
from core.jobs.job import Job, JobRecord
from core.jobs.run_job import (
    KILL_AFTER,
    POLL_SECONDS,
    TERMINATE_AFTER,
    RunningJob,
    describe_failure,
    run_job,
)
from core.runs.store import PROJECT_FOLDER, Store
from tests.jobs.processes import is_alive, parent_of, process_state, status_field, wait_until


@pytest.fixture
def store(tmp_path) -> Store:
    return Store(tmp_path / "artifacts")


@pytest.fixture
def pid_file(tmp_path) -> Path:
    return tmp_path / "pid"


@pytest.fixture
def job(store) -> Job:
    return Job(store, "test.shop")


def command(deed: str, pid_file: Path) -> list[str]:
    return ["tests.jobs.sample_command", deed, str(pid_file)]


def process_id(pid_file: Path) -> int:
    """Return the id of the command's process, once it has written it."""
    wait_until(lambda: pid_file.exists() and bool(pid_file.read_text()))
    return int(pid_file.read_text())


def state_now(job: Job) -> str:
    return job.refresh().state


def test_a_job_that_was_never_started_waits_and_has_no_record(job):
    assert job.state == "waiting" and job.record is None
    assert job.error == "" and job.log() == "" and not job.is_running()


def test_a_job_runs_and_finishes_and_its_output_is_its_log(job, pid_file):
    job.start(command("finish", pid_file))
    wait_until(lambda: state_now(job) == "finished")
    assert job.log() == "done\n" and job.error == ""
    assert job.record.started <= job.record.ended and not job.is_running()


def test_start_returns_when_the_job_is_running_and_others_see_it(job, store, pid_file):
    job.start(command("sleep", pid_file))
    assert job.state == "running" and job.is_running()
    other = Job(store, "test.shop")
    assert other.state == "running" and Job.all(store, "test")[0].name == "test.shop"
    assert Job.all(store, "tes") == []
    job.stop()
    wait_until(lambda: state_now(other) == "stopped")


def test_a_failure_is_reported_with_the_commands_message(job, pid_file):
    job.start(command("fail", pid_file))
    wait_until(lambda: state_now(job) == "failed")
    assert job.error == "Error: line 3 is bad\n  as is line 4"


def test_a_job_can_be_started_again_and_forgets_how_it_ended_before(job, pid_file):
    job.start(command("fail", pid_file))
    wait_until(lambda: state_now(job) == "failed")
    job.start(command("finish", pid_file))
    wait_until(lambda: state_now(job) == "finished")
    assert job.error == "" and job.log() == "done\n"


@pytest.mark.parametrize("deed", ["sleep", "ignore"])
def test_a_command_that_does_not_stop_by_itself_is_ended(job, pid_file, deed):
    job.start(command(deed, pid_file))
    pid = process_id(pid_file)
    if deed == "ignore":
        # Its handler is set just after the id is written.
        wait_until(lambda: int(status_field(pid, "SigIgn"), 16) & 1 << signal.SIGTERM - 1)
    job.stop()
    wait_until(lambda: state_now(job) == "stopped" and not job.is_running())
    assert not is_alive(pid) and job.stop_request() is None


def test_a_stop_takes_less_than_two_seconds():
    """From the request, which is seen within one poll, to SIGKILL and its effect."""
    assert 0 < TERMINATE_AFTER < KILL_AFTER
    assert KILL_AFTER + 2 * POLL_SECONDS < 2


def test_a_job_is_started_once_by_concurrent_callers(store, job, tmp_path):
    """Each would write to a separate file."""
    starters = [
        Thread(
            target=Job(store, "test.shop").start, args=(command("sleep", tmp_path / f"{n}.pid"),)
        )
        for n in range(3)
    ]
    for starter in starters:
        starter.start()
    for starter in starters:
        starter.join()
    wait_until(lambda: bool(list(tmp_path.glob("*.pid"))))
    assert state_now(job) == "running"
    job.stop()
    wait_until(lambda: state_now(job) == "stopped")
    assert len(list(tmp_path.glob("*.pid"))) == 1


def test_a_job_outlives_the_process_that_started_it(store, job, pid_file):
    script = (
        "from core.jobs.job import Job; from core.runs.store import Store; import os\n"
        f"Job(Store({str(store.root)!r}), 'test.shop').start({command('sleep', pid_file)!r})\n"
        "os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", script], cwd=PROJECT_FOLDER, check=True)
    pid = process_id(pid_file)
    assert is_alive(pid) and state_now(job) == "running"
    job.stop()
    wait_until(lambda: state_now(job) == "stopped")


def test_a_finished_job_leaves_no_zombie(job, pid_file):
    """The system adopts and reaps the worker, even if the process that started it lives on."""
    job.start(command("finish", pid_file))
    pid = process_id(pid_file)
    wait_until(lambda: state_now(job) == "finished" and not job.is_running())
    wait_until(lambda: process_state(pid) == "")
    children = [
        int(path.name)
        for path in Path("/proc").glob("[0-9]*")
        if path.is_dir() and _is_child(int(path.name))
    ]
    assert [pid for pid in children if process_state(pid) == "Z"] == []
    # None of its processes is or was a child of this one.
    job.start(command("sleep", pid_file))
    wait_until(lambda: is_alive(process_id(pid_file)))
    worker = parent_of(process_id(pid_file))
    assert parent_of(worker) != os.getpid()
    job.stop()
    wait_until(lambda: state_now(job) == "stopped")


def _is_child(pid: int) -> bool:
    try:
        return parent_of(pid) == os.getpid()
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_job_whose_worker_died_is_interrupted_and_its_command_ends(job, pid_file):
    job.start(command("sleep", pid_file))
    pid = process_id(pid_file)
    os.kill(parent_of(pid), signal.SIGKILL)
    wait_until(lambda: state_now(job) == "interrupted")
    assert not job.is_running()
    wait_until(lambda: not is_alive(pid))
    job.start(command("finish", pid_file))
    wait_until(lambda: state_now(job) == "finished")


def test_a_command_that_is_killed_is_a_failure_that_says_so(job, pid_file):
    job.start(command("vanish", pid_file))
    wait_until(lambda: state_now(job) == "failed")
    assert "signal 9" in job.error


def test_a_command_that_cannot_start_fails_with_a_reason(job):
    job.start(["no.such.module"])
    wait_until(lambda: state_now(job) == "failed")
    assert "no.such.module" in job.error or "No module" in job.error


def test_a_worker_that_is_interrupted_stops_its_command(job, pid_file):
    job.save(JobRecord(command=command("sleep", pid_file)))
    with pytest.raises(KeyboardInterrupt), RunningJob(job):
        pid = process_id(pid_file)
        raise KeyboardInterrupt
    assert process_state(pid) == "" and state_now(job) == "interrupted"


def test_only_a_job_that_waits_is_run(job, pid_file):
    run_job(job)
    job.save(JobRecord(command=command("finish", pid_file), state="finished"))
    run_job(job)
    assert not pid_file.exists()


def test_a_waiting_job_can_be_removed_and_a_running_one_cannot(job, store):
    job.save(JobRecord(command=["x"]))
    job.stop()
    assert job.record is None and Job(store, "test.shop").record is None
    job.save(JobRecord(command=["x"], state="running"))
    with job.lock():
        other = Job(store, "test.shop")
        assert not other.forget()
        other.stop(keep=True)
        assert other.stop_request() == "keep" and state_now(job) == "running"
    assert state_now(job) == "interrupted"
    assert job.forget() and list(job.folder.glob("test.shop*")) == []


def test_a_damaged_record_does_not_hide_other_jobs(store, job):
    job.save(JobRecord(command=["x"]))
    (job.folder / "test.other.json").write_text("{")
    assert [other.name for other in Job.all(store, "test")] == ["test.shop"]
    assert Job(store, "test.other").record is None


@pytest.mark.parametrize("name", ["../up", "test./etc", "", "a b", "test..b"])
def test_a_name_that_cannot_be_a_file_name_is_refused(store, name):
    with pytest.raises(UserError, match="name of a job"):
        Job(store, name)


@pytest.mark.parametrize(
    ("code", "log", "reason"),
    [
        (1, "Error: a\nError: b\n  and c\n\n", "Error: b\n  and c"),
        (1, "Traceback\nValueError: no\n", "ValueError: no"),
        (2, "", "without a message"),
        (-9, "batch 3 of 10\n", "signal 9"),
    ],
)
def test_the_reason_of_a_failure_is_the_last_error_of_the_log(code, log, reason):
    assert reason in describe_failure(code, log)
