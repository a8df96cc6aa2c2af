"""Training by several processes, started like those of torchrun, on a graph of known
communities."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core.config import Execution, SplitRequest
from core.data.raw_data import RawData
from core.pipeline.preparation import prepare
from core.pipeline.train_run import train
from core.runs.store import Store
from tests.communities import community_pairs

ROOT = Path(__file__).resolve().parents[1]
COMMAND = ["-m", "core", "train", "shop", "skipgram", "--no-map"]
COMMAND += ["--set", "dim=32", "--epochs", "3", "--artifacts"]


def run(arguments: list[str], **variables: str) -> str:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", **variables}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> dict:
    """Finished runs without torchrun (0), by one process and by two, and a stack by two."""
    folder = tmp_path_factory.mktemp("runs")
    pairs = community_pairs(20, 30)
    rows = "\n".join(f"{u},{v},{w}" for u, v, w in zip(pairs.u, pairs.v, pairs.weight))
    (folder / "edges.csv").write_text("source,target,weight\n" + rows)
    plain, found = Store(folder / "0"), {}
    prepare(plain, SplitRequest(dataset="shop"), RawData(folder / "edges.csv"))
    for processes in (1, 2):
        artifacts = str(shutil.copytree(plain.root, folder / str(processes)))
        torchrun = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node"]
        run([*torchrun, str(processes), *COMMAND, artifacts])
        (found[processes],) = Store(Path(artifacts)).runs("shop")
    found[0] = train(plain, found[1].config, Execution(map=False))
    stack = ["-m", "core", "train", "shop", "stack", "--set", "dim=16", "--set", "trees=30"]
    run([*torchrun, "2", *stack, "--artifacts", artifacts])
    found["stack"] = next(r for r in Store(Path(artifacts)).runs("shop") if "stack" in r.id)
    return found


def test_two_processes_learn_as_well_as_one(runs):
    one, two = runs[0].metrics, runs[2].metrics
    assert one["auc_seen"] > 0.9
    assert abs(two["auc_seen"] - one["auc_seen"]) < 0.01
    assert abs(two["hits_at_10"] - one["hits_at_10"]) < 0.05


def test_one_process_by_torchrun_gives_identical_results(runs):
    plain, torchrun = (np.load(runs[n].folder / "vectors.npy") for n in (0, 1))
    np.testing.assert_array_equal(plain, torchrun)
    assert not np.array_equal(plain, np.load(runs[2].folder / "vectors.npy"))


def test_a_model_made_of_others_is_trained_by_the_first_process_alone(runs):
    assert runs["stack"].metrics["auc_seen"] > 0.9


def test_only_the_first_process_writes_the_run(runs):
    status = json.loads((runs[2].folder / "status.json").read_text())
    assert status["state"] == "finished"
    log = (runs[2].folder / "log.txt").read_text()
    assert log.count("final: walks") == 1


AT_THE_END = """
import atexit, pathlib
threads = pathlib.Path("/proc/self/task")
atexit.register(lambda: print([name.read_text() for name in threads.glob("*/comm")]))
from core.models.embedding.distributed import ProcessGroup
import torch, torch.distributed as dist
ProcessGroup()
import torch._dynamo
dist.all_reduce(torch.ones(1))
"""


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="reads a process's threads")
def test_no_thread_of_a_team_outlives_its_process():
    alone = {"RANK": "0", "WORLD_SIZE": "1", "LOCAL_RANK": "0", "MASTER_ADDR": "localhost"}
    threads = run(["-c", AT_THE_END], **alone, MASTER_PORT="0", CUDA_VISIBLE_DEVICES="")
    assert "python" in threads and "gloo" not in threads, threads
