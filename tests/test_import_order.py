"""Imports go one way, and expensive or foreign packages are imported in few places."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# From bottom to top; modules on the same line may import each other.
LAYERS = (
    ("core.config", "core.progress", "core.parallel", "core.plural"),
    ("core.data",),
    ("core.graph",),
    ("core.models",),
    ("core.evaluation",),
    ("core.runs",),
    ("core.explore",),
    ("core.pipeline",),
    ("core.studies",),
    ("core.jobs",),
    ("core.api", "core"),
    ("core.cli", "core.__main__"),
    ("dashboard",),
)
# Folders of numba's compiled functions; elsewhere numba is only used to set its threads.
NUMBA = ("kernels", "gradients")


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {
    name_of(path): path for top in ("core", "dashboard") for path in ROOT.glob(f"{top}/**/*.py")
}


def imported(path: Path) -> set[str]:
    """Return what a file imports when it runs, inside functions, too; not for type hints alone."""
    names = set()
    waiting = [ast.parse(path.read_text())]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            whole = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= {name if name in MODULES else node.module for name in whole}
        waiting += ast.iter_child_nodes(node)
    return names


IMPORTS = {name: imported(path) for name, path in MODULES.items()}


def layer(module: str) -> int:
    def belongs(part: str) -> bool:
        return module == part or (part != "core" and module.startswith(f"{part}."))

    return next(i for i, parts in enumerate(LAYERS) if any(map(belongs, parts)))


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_from_its_own_layer_or_below(module):
    ours = IMPORTS[module] & MODULES.keys()
    assert [name for name in sorted(ours) if layer(name) > layer(module)] == []


def test_there_is_no_circular_import():
    try:
        TopologicalSorter({m: IMPORTS[m] & MODULES.keys() for m in MODULES}).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def importers(library: str) -> set[str]:
    return {m for m, names in IMPORTS.items() if any(n.split(".")[0] == library for n in names)}


def test_core_does_not_import_streamlit():
    assert [module for module in importers("streamlit") if module.startswith("core")] == []


def test_numba_is_only_in_kernels_and_gradients():
    outside = {m for m in importers("numba") if not set(m.split(".")) & set(NUMBA)}
    assert outside == {"core.parallel"}
