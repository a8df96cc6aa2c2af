"""The Python API: its examples run, it covers the whole pipeline, and importing it is cheap."""

from __future__ import annotations

import ast
import doctest
import json
import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import core
from core.config import SplitRequest, UserError
from core.data.raw_data import RawData
from core.runs.store import Store
from tests.shops import write_edge_list

ROOT = Path(__file__).resolve().parents[1]


def with_examples() -> list[str]:
    """Return the names of the modules that have examples in their docstrings."""
    paths = [path for path in sorted(ROOT.glob("core/**/*.py")) if ">>> " in path.read_text()]
    return [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in paths]


@pytest.mark.parametrize("name", with_examples())
def test_examples_in_docstrings_give_the_output_shown(name, tmp_path, monkeypatch):
    monkeypatch.setenv("ARTIFACTS_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    outcome = doctest.testmod(import_module(name))
    assert outcome.attempted > 0 and outcome.failed == 0


def test_every_public_function_has_an_example():
    functions = [name for name in core.__all__ if name[0].islower()]
    assert [name for name in functions if ">>> " not in getattr(core, name).__doc__] == []


def readme_block() -> str:
    """Return the block of code under the README's heading "From Python"."""
    section = (ROOT / "README.md").read_text().partition("\n## From Python\n")[2]
    return re.search(r"```python\n(.*?)```", section, flags=re.DOTALL).group(1)


def test_the_python_lines_of_the_readme_run(tmp_path):
    rng = np.random.default_rng(0)
    # Baskets of one of five groups of ten products.
    rows = [
        (f"b{basket}", f"{['tea', 'cup', 'jam', 'rye', 'oil'][basket % 5]} {item}")
        for basket in range(400)
        for item in rng.choice(10, 4, replace=False)
    ]
    pd.DataFrame(rows, columns=["basket", "product"]).to_csv(tmp_path / "orders.csv", index=False)
    block = readme_block()
    assert len(block.strip().splitlines()) <= 10
    shown = (
        "\nimport json\ntables = {'measures': measures, 'differences': differences, 'near': near}"
    )
    shown += "\nprint(json.dumps({name: table.to_dict('list') for name, table in tables.items()}))"
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "ARTIFACTS_DIR": str(tmp_path / "artifacts"),
    }
    done = subprocess.run(
        [sys.executable, "-c", block + shown],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    tables = json.loads(done.stdout.splitlines()[-1])
    assert {"value", "low", "high"} <= tables["measures"].keys()
    assert "difference" in tables["differences"]
    assert {"score", "title"} <= tables["near"].keys()
    near = tables["near"]["id"]
    assert len(near) == 5 and all(name.startswith("tea") for name in near)


def test_a_request_and_its_short_form_are_the_same(tmp_path):
    edges, _ = write_edge_list(tmp_path)
    store = Store(tmp_path / "artifacts")
    assert not core.prepare("shop", edges, store=store)["reused"]
    assert core.prepare(SplitRequest(dataset="shop"), RawData(edges), store=store)["reused"]
    run = core.train("shop", "degree", store=store)
    request = core.TrainRequest(dataset="shop", model="degree")
    assert core.train(request, store=store) == run
    assert core.find("shop", "degree", store=store) == core.find("shop", run.id, store=store) == run


def test_errors_of_train_and_find_say_what_to_do(tmp_path):
    store = Store(tmp_path / "artifacts")
    with pytest.raises(UserError, match="There is no data set 'shop'"):
        core.train("shop", "degree", store=store)
    with pytest.raises(UserError, match="There is no data set 'shop'"):
        core.find("shop", "degree", store=store)
    with pytest.raises(UserError, match="Name the model"):
        core.train("shop", store=store)
    with pytest.raises(UserError, match="already names the model"):
        core.train(core.TrainRequest(dataset="shop", model="degree"), "mf", store=store)
    edges, _ = write_edge_list(tmp_path)
    core.prepare("shop", edges, store=store)
    with pytest.raises(UserError, match="core train shop mf"):
        core.find("shop", "mf", store=store)
    with pytest.raises(UserError, match="'nope' is neither a model nor a run"):
        core.find("shop", "nope", store=store)


def test_several_requests_are_checked_before_the_first_trains(tmp_path):
    edges, _ = write_edge_list(tmp_path)
    store = Store(tmp_path / "artifacts")
    core.prepare("shop", edges, store=store)
    requests = [core.TrainRequest(dataset="shop", model=name) for name in ("degree", "nope")]
    with pytest.raises(UserError, match="no model 'nope'"):
        core.train_many(requests, store=store)
    assert store.runs("shop") == []


def in_a_new_process(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_importing_the_package_loads_nothing_else():
    code = "import sys, core; print([name for name in sys.modules if name.startswith('core')])"
    assert in_a_new_process(code) == "['core']"


@pytest.mark.parametrize(
    "first", ["import core.pipeline.preparation, core.api", "import core.pipeline.train_run", ""]
)
def test_public_names_are_functions_in_every_order_of_imports(first):
    each = "import core\nfor name in core.__all__: assert callable(getattr(core, name)), name"
    in_a_new_process(f"{first}\n{each}")
    in_a_new_process(f"{each}\n{first}\n{each}")


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        core.nothing  # noqa: B018
    assert set(core.__all__) <= set(dir(core))


def test_type_checkers_see_the_names_that_exist():
    tree = ast.parse((ROOT / "core" / "__init__.py").read_text())
    (block,) = [node for node in tree.body if isinstance(node, ast.If)]
    seen = {alias.name: node.module for node in block.body for alias in node.names}
    assert sorted(seen) == sorted(core.__all__)
    for name, module in seen.items():
        assert getattr(import_module(module), name) is getattr(core, name)
