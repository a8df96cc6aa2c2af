"""The READMEs: every command parses, names models that exist, and the short ones run."""

from __future__ import annotations

import importlib.util
import re
import shlex
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from core import prepare
from core.cli.app import app
from core.models.registry import MODELS
from tests.shops import write_edge_list

ROOT = Path(__file__).resolve().parents[1]
READMES = [
    path
    for path in sorted(ROOT.rglob("README.md"))
    if not any(part.startswith(".") for part in path.relative_to(ROOT).parts)
]
FRONT = ROOT / "README.md"
MAX_WORDS = 1500
# Parameters of commands that hold names of models.
MODEL_PARAMETERS = ("model", "models", "first", "second")
# Placeholder for any model.
PLACEHOLDER = "NAME"
# Small data instead of the demo, and models that train fast.
CHEAP = {
    "demo": "small",
    "skipgram": "degree",
    "mf-bias": "adamic-adar",
    "stack": "resource-allocation",
}


def blocks(path: Path, language: str) -> list[str]:
    """Return the code blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", path.read_text(), flags=re.M | re.S)


def commands(path: Path) -> list[list[str]]:
    """Return the words of every command, in blocks and within the text."""
    lines = [line for block in blocks(path, "bash") for line in block.splitlines()]
    lines += re.findall(r"`([^`\n]*python -m core[^`\n]*)`", path.read_text())
    parts = [part for line in lines for part in re.split("&&", line)]
    return [words for part in parts if (words := shlex.split(part, comments=True))]


def core_commands(path: Path) -> list[list[str]]:
    """Return the arguments of every ``python -m core``."""
    return [
        words[3:]
        for words in commands(path)
        if words[0].endswith("python") and words[1:3] == ["-m", "core"]
    ]


def test_there_are_commands_to_check():
    assert len(READMES) >= 5 and len(core_commands(FRONT)) >= 12


@pytest.mark.parametrize("path", READMES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_parses_and_its_models_exist(path):
    group = typer.main.get_command(app)
    for words in core_commands(path):
        words = [word for word in words if word != "..."]
        command = group.get_command(typer.Context(group), words[0])
        assert command is not None, words
        if len(words) == 1:  # the text mentions the command without arguments
            continue
        # Raises an error that names an unknown option or a missing argument.
        values = command.make_context(words[0], words[1:]).params
        for name in MODEL_PARAMETERS:
            given = values.get(name) or []
            names = {given} if isinstance(given, str) else set(given)
            assert names <= MODELS.keys() | {PLACEHOLDER}, words


@pytest.mark.parametrize("path", READMES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_that_commands_run_exist(path):
    for words in commands(path):
        files = [word for word in words[1:] if word.endswith((".py", "requirements.txt"))]
        assert all((ROOT / name).is_file() for name in files), words
        if words[0].endswith("python") and words[1] == "-m":
            assert importlib.util.find_spec(words[2]) is not None, words


@pytest.mark.parametrize("path", READMES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_and_pictures_exist(path):
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", path.read_text()):
        assert "://" in target or (path.parent / target).exists(), target


@pytest.mark.parametrize("path", READMES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_named_in_the_text_exist(path):
    for name in re.findall(r"`((?:core|dashboard|tests)/[\w./-]*|[\w/]+\.py)`", path.read_text()):
        assert (ROOT / name).exists() or (path.parent / name).exists(), name


def test_the_list_of_places_names_existing_files_and_functions():
    found = re.findall(r"`([\w/]+\.\w+)` \((`[^)]*`)\)", (ROOT / "core" / "README.md").read_text())
    assert len(found) > 20
    for file, names in found:
        source = (ROOT / file).read_text()
        missing = [name for name in re.findall(r"`(\w+)`", names) if name not in source]
        assert not missing, (file, missing)


def test_the_front_page_is_short():
    text = FRONT.read_text()
    assert len(text.split()) < MAX_WORDS


def test_the_python_of_the_other_pages_runs(tmp_path, monkeypatch):
    """`test_api` runs that of the front page."""
    monkeypatch.setenv("ARTIFACTS_DIR", str(tmp_path / "artifacts"))
    edges, _ = write_edge_list(tmp_path)
    prepare("small", edges)
    pairs = pd.read_csv(edges)[["source", "target"]]
    ids = np.unique(pairs)
    array = np.random.default_rng(0).normal(size=(len(ids), 8))
    given = {
        "array": array, "ids": ids, "train_pairs": pairs[::2], "test_pairs": pairs[1::2],
        "model": SimpleNamespace(wv=(array, ids)), "rule": lambda u, v: np.ones(len(u)),
    }  # fmt: skip
    found = [block for path in READMES if path != FRONT for block in blocks(path, "python")]
    assert found
    for block in found:
        names = dict(given)
        exec(block.replace('"demo"', '"small"'), names)
        assert {"rule", "gensim"} <= set(names["table"]["model"])


def test_the_short_commands_of_the_front_page_run(tmp_path, monkeypatch):
    monkeypatch.setenv("ARTIFACTS_DIR", str(tmp_path / "artifacts"))
    monkeypatch.chdir(tmp_path)
    _, products = write_edge_list(tmp_path)
    rng = np.random.default_rng(0)
    # Baskets of one of five groups of ten products.
    rows = [
        f"{basket},P{basket % 5 * 10 + item:03d}"
        for basket in range(400)
        for item in rng.choice(10, 4, replace=False)
    ]
    (tmp_path / "orders.csv").write_text("\n".join(["basket,product", *rows]) + "\n")
    products.write_text(products.read_text().replace("Gadget 7 ", "String cheese 7 "))
    ran = [["prepare", "small", "--file", "edges.csv", "--products", "products.csv"]]
    ran += [["train", "small", "three-hop", "resource-allocation"]]
    for words in core_commands(FRONT):
        slow = words[0] in ("run", "queue", "study") or words[1:2] in (["electronics"], ["books"])
        slow |= "--set" in words  # none of the fast models has such a setting
        if not slow and not {"meta_Beauty.json.gz", "vectors.parquet"} & set(words):
            ran.append([CHEAP.get(word, word) for word in words])
    assert len(ran) >= 9
    for words in ran:
        result = CliRunner().invoke(app, words)
        assert result.exit_code == 0, (words, result.output, result.exception)
