"""Learn, measure and explore which products belong together.

From a notebook or a script: `prepare` reads a file, a data frame or a networkx graph, `train`
trains a model on it, and `evaluate`, `compare` and `neighbours` return data frames. The command
line (`python -m core`) and the app call the same functions where there is one.

Importing this package loads nothing else; every name is imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.api import compare, find, load, prepare, train, train_many
    from core.config import Execution, SplitRequest, TrainRequest, UserError
    from core.data.raw_data import RawData
    from core.data.read_options import ReadOptions
    from core.explore.exports.export import export
    from core.explore.exports.export_options import ExportOptions, ExportRules
    from core.explore.neighbours import neighbours
    from core.pipeline.evaluate_vectors import evaluate
    from core.pipeline.import_vectors import import_vectors
    from core.runs.find_two_runs import find_two_runs
    from core.runs.result_rows import result_rows
    from core.runs.run_folder import Run
    from core.runs.store import Store

__all__ = [
    "Execution",
    "ExportOptions",
    "ExportRules",
    "RawData",
    "ReadOptions",
    "Run",
    "SplitRequest",
    "Store",
    "TrainRequest",
    "UserError",
    "compare",
    "evaluate",
    "export",
    "find",
    "find_two_runs",
    "import_vectors",
    "load",
    "neighbours",
    "prepare",
    "result_rows",
    "train",
    "train_many",
]

_MODULES = {
    "Execution": "core.config",
    "ExportOptions": "core.explore.exports.export_options",
    "ExportRules": "core.explore.exports.export_options",
    "RawData": "core.data.raw_data",
    "ReadOptions": "core.data.read_options",
    "Run": "core.runs.run_folder",
    "SplitRequest": "core.config",
    "Store": "core.runs.store",
    "TrainRequest": "core.config",
    "UserError": "core.config",
    "compare": "core.api",
    "evaluate": "core.pipeline.evaluate_vectors",
    "export": "core.explore.exports.export",
    "find": "core.api",
    "find_two_runs": "core.runs.find_two_runs",
    "import_vectors": "core.pipeline.import_vectors",
    "load": "core.api",
    "neighbours": "core.explore.neighbours",
    "prepare": "core.api",
    "result_rows": "core.runs.result_rows",
    "train": "core.api",
    "train_many": "core.api",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_MODULES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
