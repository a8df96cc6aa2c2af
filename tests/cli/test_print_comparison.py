"""How two runs differ, as the command line prints it."""

import json

import pytest

from core import compare
from core.cli.print_comparison import print_comparison
from core.runs.store import Store
from tests.shops import prepared_shop, trained


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Store:
    return prepared_shop(tmp_path_factory.mktemp("lab"))


def test_a_comparison_is_printed(store, capsys):
    pair = trained(store, "three-hop"), trained(store, "degree")
    rows = {row["measure"]: row for row in compare(*pair).to_dict("records")}
    row = rows["auc_degree"]
    table = compare(*pair)
    print_comparison(*pair, table, "json")
    printed = json.loads(capsys.readouterr().out)
    assert (printed["first"], printed["second"]) == tuple(run.id for run in pair)
    assert row in printed["measures"]
    print_comparison(*pair, table, "markdown")
    difference = f"| {row['difference']:+.4f} [{row['low']:+.4f}, {row['high']:+.4f}] |"
    printed = capsys.readouterr().out
    assert "| measure | Three-hop | Degree |" in printed and difference in printed
    other = trained(store, "three-hop", changes={"exponent": 1.0})
    print_comparison(other, pair[1], compare(other, pair[1]), "markdown")
    assert "| measure | Three-hop, exponent 1.0 | Degree |" in capsys.readouterr().out
