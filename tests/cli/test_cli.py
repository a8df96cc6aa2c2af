"""The commands as typed in a terminal."""

import errno
import io
import json
import os
import signal
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from typer.testing import CliRunner

from core.cli import print_results
from core.cli.app import app, main
from core.config import SplitRequest, UserError
from core.data.raw_data import RawData
from core.data.read_options import ReadOptions
from core.pipeline.preparation import prepare
from core.progress import Stopped
from core.runs.store import Store
from core.studies import study
from tests.shops import prepared_shop, trained, write_edge_list

ROOT = Path(__file__).resolve().parents[2]


def run_in_process(artifacts: Path, words: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    """Run a command as `python -m core` does, without waiting for a new process."""
    out, err = io.StringIO(), io.StringIO()
    handler = signal.getsignal(signal.SIGTERM)
    try:
        with (
            pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err),
            pytest.raises(SystemExit) as end,
        ):  # fmt: skip
            patch.setenv("ARTIFACTS_DIR", str(artifacts))
            patch.chdir(ROOT)
            patch.setattr(sys, "argv", ["core", *words])
            main()
    finally:
        signal.signal(signal.SIGTERM, handler)
    code = end.value.code
    return subprocess.CompletedProcess(words, code or 0, out.getvalue(), err.getvalue())


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """Return a function that runs a command on one artifacts folder, which has a small shop."""
    folder = tmp_path_factory.mktemp("lab")

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return run_in_process(folder / "artifacts", words)

    edges, products = write_edge_list(folder)
    prepared = run("prepare", "shop", "--file", str(edges), "--products", str(products))
    assert prepared.returncode == 0, prepared.stderr
    assert "200 products" in prepared.stdout
    trained = run("train", "shop", "three-hop", "skipgram", "--set", "dim=16", "--epochs", "2")
    assert trained.returncode == 1 and "no setting 'dim'" in trained.stderr
    trained = run("train", "shop", "three-hop", "resource-allocation", "--workers", "1")
    assert trained.returncode == 0, trained.stderr
    return run


def test_maps_of_all_runs_with_vectors_are_made(tmp_path, monkeypatch):
    store = prepared_shop(tmp_path)
    for model in ("three-hop", "spectral", "mf"):
        trained(store, model)
    made = []

    def make_map(run, *_, **__):
        made.append(run.config.model)
        if run.config.model == "mf":
            raise UserError("the map of mf is being made")
        return {"points": 2, "candidates": 2, "dimensions": 2, "left_out": 0, "preserved": 0.5,
                "preserved_neighbours": 15, "seconds": 1.0}  # fmt: skip

    monkeypatch.setattr("core.explore.map.make_map", make_map)
    done = run_in_process(store.root, ("map", "shop", "--all"))
    # Graph scores have no vectors, and one failure does not keep the others from their maps.
    assert sorted(made) == ["mf", "spectral"] and "spectral-s42" in done.stdout
    assert done.returncode == 1 and "the map of mf is being made" in done.stderr


def test_report_in_every_form(lab):
    rows = json.loads(lab("report", "shop", "--json").stdout)
    assert {row["model"] for row in rows} == {"three-hop", "resource-allocation"}
    assert lab("report", "shop", "--csv").stdout.count("\n") >= 3
    markdown = lab("report", "shop", "--markdown", "--full").stdout
    assert "Hits@10 vs. three-hop" in markdown and "| Resource allocation |" in markdown
    best = max(rows, key=lambda row: row["hits_at_10"])["title"]
    lines = lab("report", "shop").stdout.splitlines()
    assert max(map(len, lines)) <= 100
    titles = [line for line in lines if line.startswith(("Three-hop", "Resource allocation"))]
    assert len(titles) == 2 and titles[0].startswith(best)
    assert "Hits@50" not in "".join(lines) and "Hits@50" in markdown


def test_compare_in_every_form(lab):
    words = ("compare", "shop", "three-hop", "resource-allocation")
    found = json.loads(lab(*words, "--json").stdout)
    rows = {row["model"]: row for row in json.loads(lab("report", "shop", "--json").stdout)}
    first, second = rows["three-hop"], rows["resource-allocation"]
    assert (found["first"], found["second"]) == (first["run"], second["run"])
    by_name = {row["measure"]: row for row in found["measures"]}
    assert {"auc_seen", "auc_degree_all", "auc_hard", "hits_at_10", "mrr"} <= set(by_name)
    for name, row in by_name.items():
        assert (row["first"], row["second"]) == (first[name], second[name])
        assert row["difference"] == pytest.approx(first[name] - second[name])
        assert row["low"] <= row["difference"] <= row["high"]
    hits = by_name["hits_at_10"]
    interval = f"{hits['difference']:+.4f} [{hits['low']:+.4f}, {hits['high']:+.4f}]"
    assert interval in lab(*words, "--markdown").stdout and interval in lab(*words).stdout
    turned = lab("compare", "shop", second["run"], "three-hop", "--json")
    assert json.loads(turned.stdout)["first"] == second["run"]


def test_neighbours_as_json(lab):
    found = lab("neighbours", "shop", "P003", "--model", "three-hop", "-k", "5", "--json")
    rows = json.loads(found.stdout)
    assert len(rows) == 5
    assert list(rows[0]) == ["id", "title", "brand", "category", "score", "relation"]
    # P003 is of group 0, the first 25 products.
    assert sum(int(row["id"][1:]) < 25 for row in rows) >= 4
    assert {row["relation"] for row in rows} <= {"training pair", "held-out pair", "none"}
    assert "Looked up: P003" in found.stderr and "Other matches" not in found.stderr
    by_words = lab("neighbours", "shop", "gadget 3 group 0", "--model", "three-hop", "--json")
    assert by_words.returncode == 0
    # The words match the starts of words: 3, and 30 to 39.
    taken, _, others = by_words.stderr.partition("Other matches of 'gadget 3 group 0'")
    assert "Looked up: P" in taken and others.count(" of group ") == 5


def test_a_run_can_be_exported_and_trained_from_its_configuration(lab, tmp_path):
    words = ("export", "shop", "--model", "three-hop", "--format")
    path = tmp_path / "near.jsonl"
    done = lab(*words, "neighbours", "--out", str(path), "-k", "3", "--leave-out", "known",
               "--why", "--json")  # fmt: skip
    facts = json.loads(done.stdout)
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert facts["files"] == [str(path)] and facts["rows"] == len(rows) > 500
    assert not any("pair" in row["why"] for row in rows)
    assert lab(*words, "config", "--out", str(tmp_path / "run.json")).returncode == 0
    again = lab("train", "--config", str(tmp_path / "run.json"), "--again")
    assert again.returncode == 0 and "three-hop" in again.stderr
    assert len(json.loads(lab("report", "shop", "--json").stdout)) == 2


def test_datasets_lists_named_and_prepared_data_sets(lab):
    rows = {row["name"]: row for row in json.loads(lab("datasets", "--json").stdout)}
    assert {"demo", "electronics", "books", "shop"} <= rows.keys()
    assert rows["shop"]["runs"] == 2 and rows["shop"]["prepared"] == "random"


def test_a_study_prints_its_tables_and_its_text(lab):
    words = ("study", "leaks", "shop", "--model", "three-hop", "--model", "degree")
    result = json.loads(lab(*words, "--json").stdout)
    printed = lab(*words, "--markdown").stdout
    assert all(table["title"] in printed for table in result["tables"])
    assert study("leaks").text in printed
    assert printed.count("| Three-hop |") == 1


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("report", "nothing"), "no data set 'nothing'"),
        (("train", "nothing", "degree"), "no data set 'nothing'"),
        (("train", "shop", "nope"), "no model 'nope'"),
        (("train", "shop"), "Name the models"),
        (("train", "shop", "degree", "--all"), "Name the models"),
        (("train", "shop", "--all", "--set", "dimm=8"), "No model has a setting 'dimm'"),
        (("train", "shop", "skipgram", "--set", "epochs=1", "--epochs", "2"), "given twice"),
        (("train", "shop", "skipgram", "--set", "dim=true"), "a number, not true or false"),
        (("train", "shop", "skipgram", "--set", "dim"), "not a setting"),
        (("train", "shop", "skipgram", "--set", "dim=0"), "'dim' of 'skipgram'"),
        (("prepare", "a/b", "--file", "x"), "not a data-set name"),
        (("prepare", "mine", "--file", "no-such-file.csv"), "no-such-file.csv"),
        (("prepare", "mine"), "no data set 'mine'"),
        (("prepare", "mine", "--file", __file__, "--artifacts", __file__), "Not a directory"),
        (("neighbours", "nothing", "zzzz"), "no data set 'nothing'"),
        (("neighbours", "shop", "zzzz", "--model", "three-hop"), "No product matches"),
        (("neighbours", "shop", "P003", "--model", "mf"), "no finished run of 'mf'"),
        (("neighbours", "shop", "P003", "--model", "nope"), "'nope' is neither a model nor a run"),
        (("report", "shop", "--json", "--csv"), "Choose one"),
        (("compare", "nothing", "mf", "mf-bias"), "no data set 'nothing'"),
        (("compare", "shop", "three-hop", "mff"), "neither a model nor a finished run"),
        (("compare", "shop", "three-hop", "mf"), "core train shop mf --split random"),
        (("compare", "shop", "three-hop", "three-hop"), "the same run: name two"),
        (("export", "shop", "--format", "nope", "--out", "x"), "Formats: neighbours, vectors"),
        (("train", "shop", "mf", "--config", "run.json"), "give no others"),
        (("study", "nope", "shop"), "no study 'nope'"),
        (("study", "leaks", "shop", "--json", "--markdown"), "Choose one"),
        (("study", "leaks", "shop", "--model", "nope"), "no model 'nope'"),
    ],
)
def test_user_errors_are_reported_without_a_stack_trace(lab, words, reason):
    result = lab(*words)
    assert result.returncode == 1
    assert reason in " ".join(result.stderr.split())
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("raised", "code", "message"),
    [
        (KeyboardInterrupt(), 130, "Stopped. Finished runs are kept."),
        (Stopped(), 130, "Stopped. Finished runs are kept."),
        (OSError(errno.ENOSPC, "full", "x/y.json"), 1, "x/y.json: No space left on device. Free"),
        (PermissionError(errno.EACCES, "no", "x"), 1, "x: Permission denied. Change its"),
    ],
)
def test_a_command_that_ends_early_says_why(monkeypatch, capsys, raised, code, message):
    def fail(store):
        raise raised

    monkeypatch.setattr("core.cli.print_results.list_datasets", fail)
    monkeypatch.setattr(sys, "argv", ["core", "datasets"])
    handler = signal.getsignal(signal.SIGTERM)
    try:
        with pytest.raises(SystemExit) as end:
            main()
    finally:
        signal.signal(signal.SIGTERM, handler)
    assert end.value.code == code
    assert message in capsys.readouterr().err


def test_help_has_examples():
    def help_of(*words: str) -> str:
        return CliRunner().invoke(app, [*words, "--help"], prog_name="python -m core").stdout

    for command in ("prepare", "train", "report", "compare", "neighbours", "run", "queue",
                    "datasets", "study", "export"):  # fmt: skip
        assert f"python -m core {command}" in help_of(command).partition("Example")[2]
    assert "python -m core run demo" in help_of()


def test_characters_that_a_terminal_lacks_cause_no_error(tmp_path):
    (tmp_path / "é.csv").write_text("source,target\na,b\nb,c\nc,d\n")
    prepare(
        Store(tmp_path / "artifacts"), SplitRequest(dataset="mine"), RawData(tmp_path / "é.csv")
    )
    result = subprocess.run(
        [sys.executable, "-m", "core", "datasets", "--artifacts", str(tmp_path / "artifacts")],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        timeout=300,
    )
    assert result.returncode == 0 and b"?.csv" in result.stdout, result.stderr


def test_listing_the_experiments_imports_no_torch():
    code = (
        "import sys, core.models.registry, core.runs.store, core.cli.print_results\n"
        "import core.pipeline.preparation, core.pipeline.train_run\n"
        "bad = {'torch', 'gensim', 'umap', 'streamlit'} & set(sys.modules)\n"
        "sys.exit(str(bad) if bad else 0)"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


def test_a_preview_shows_how_a_file_is_understood(tmp_path, capsys):
    (tmp_path / "log.csv").write_text("order;sku\n1;tea\n1;cup\n")
    print_results.print_preview(tmp_path / "log.csv", None, ReadOptions(), as_json=True)
    assert json.loads(capsys.readouterr().out) == [
        {"order (basket)": "1", "sku (product)": "tea"},
        {"order (basket)": "1", "sku (product)": "cup"},
    ]
    print_results.print_preview(tmp_path / "log.csv", None, ReadOptions(), as_json=False)
    printed = capsys.readouterr().out
    assert "a transaction log" in printed and "columns: basket = order, product = sku" in printed
    with pytest.raises(UserError, match="--file PATH --preview"):
        print_results.print_preview(None, None, ReadOptions(), as_json=False)
