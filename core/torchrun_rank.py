"""Whether torchrun started this process, and whether it is the first of its processes."""

from __future__ import annotations

import os


def is_distributed() -> bool:
    """Return whether torchrun started this process, alone or with others."""
    return "TORCHELASTIC_RUN_ID" in os.environ


def is_first_process() -> bool:
    """Return whether this process is the one that records, evaluates, saves and prints.

    Among the processes that torchrun starts, it is the one with rank 0.
    """
    return not is_distributed() or int(os.environ["RANK"]) == 0
