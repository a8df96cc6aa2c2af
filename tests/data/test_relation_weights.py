"""Relations have the weights of the options, and 0 leaves one out."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from core.config import UserError
from core.data.parse_options import read_options
from core.data.read_file import read_file
from core.data.read_options import ReadOptions
from core.data.read_summary import summary_lines

META = "{'asin': 'A', 'related': {'also_bought': ['B', 'C'], 'also_viewed': ['B', 'D']}}\n"


@pytest.fixture
def metadata(tmp_path):
    (tmp_path / "meta").write_text(META)
    return tmp_path / "meta"


def test_weights_of_relations_can_be_changed(metadata, mentions):
    plain = mentions(read_file(metadata))
    assert plain["A", "B", "also_bought"] == 1.0 and plain["A", "D", "also_viewed"] == 0.5
    result = read_file(metadata, options=read_options(["weights.also_viewed=2"]))
    assert mentions(result) == {
        key: 2.0 if key[2] == "also_viewed" else weight for key, weight in plain.items()
    }
    result = read_file(metadata, options=read_options(["weights.also_viewed=0"]))
    assert mentions(result) == {key: w for key, w in plain.items() if key[2] == "also_bought"}
    assert "weights: also_viewed = 0" in summary_lines(result.report.to_dict())
    assert result.min_also_bought == 2
    result = read_file(metadata, options=read_options(["weights.also_bought=0"]))
    assert result.min_also_bought == 0


def test_weights_of_edges_are_scaled(tmp_path, mentions):
    (tmp_path / "edges").write_text("source,target,weight\na,b,3\n")
    result = read_file(tmp_path / "edges", options=ReadOptions(weights={"linked": 0.5}))
    assert mentions(result) == {("a", "b", "linked"): 1.5}


def test_weights_that_leave_nothing_are_refused(metadata):
    with pytest.raises(UserError, match="only relations of weight 0"):
        read_file(metadata, options=ReadOptions(weights={"also_bought": 0, "also_viewed": 0}))


@pytest.mark.parametrize("weights", [{"liked": 1}, {"linked": -1}, {"linked": float("nan")}])
def test_invalid_weights_are_refused(weights):
    with pytest.raises(ValidationError):
        ReadOptions(weights=weights)
