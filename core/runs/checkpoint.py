"""Checkpoints: the model after the last finished epoch, in case the run is stopped."""

from __future__ import annotations

import contextlib
import shutil

import numpy as np

from core.models.base import Model
from core.runs.atomic_files import read_json, replacing_folder, write_array, write_json
from core.runs.load_run import load_model
from core.runs.run_folder import Run
from core.runs.store import Store

FOLDER = "checkpoint"
STATE = "state.json"


def save_checkpoint(run: Run, model: Model, phase: str, epoch: int) -> None:
    """Save `model` as it is after `epoch` epochs of `phase`, replacing the last checkpoint."""
    with replacing_folder(run.folder / FOLDER) as folder:
        model.save(folder)
        state = {"phase": phase, "epoch": epoch, "scoring": model.scoring}
        write_json(folder / STATE, state)


def remove_checkpoint(run: Run) -> None:
    """Remove the checkpoint of a run, if it has one."""
    shutil.rmtree(run.folder / FOLDER, ignore_errors=True)


def keep_checkpoint(store: Store, run: Run) -> bool:
    """Make the checkpoint of a stopped run its model; its status then holds ``kept``.

    Returns
    -------
    bool
        False if there was no checkpoint, because no epoch had finished.
    """
    status = {**run.status, "state": "stopped"}
    checkpoint = run.folder / FOLDER
    state = None
    if (checkpoint / STATE).exists():
        state = read_json(checkpoint / STATE)
        with replacing_folder(run.model_folder) as folder:
            shutil.copytree(checkpoint, folder, dirs_exist_ok=True)
        remove_checkpoint(run)
    # Results of an earlier training of this run are not those of the checkpoint.
    with contextlib.suppress(FileNotFoundError):
        (run.folder / "metrics.json").unlink()
    write_json(run.folder / "status.json", {**status, "kept": state})
    if state is not None:
        model, _ = load_model(store, run)
        if model.vectors is not None:
            write_array(run.vectors_path, np.asarray(model.vectors, np.float32))
    return state is not None
