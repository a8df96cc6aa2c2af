"""Reading the metadata of 2014, compared with `ast.literal_eval` and orjson.

The lines are real ones where `LAB_DATA` names the folder of the Beauty file, else generated.
"""

from __future__ import annotations

import ast
import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from core.data.formats.python_literals import parse_literal
from tests.benchmarks.contest import Contestant, Done, Stage
from tests.benchmarks.graphs import Size

MOST_LINES = 5000


def real_lines(rows: int) -> list[str] | None:
    """Return the first lines of the Beauty file; None if it is not available."""
    path = Path(os.environ.get("LAB_DATA", "")) / "meta_Beauty.json.gz"
    if not path.is_file():
        return None
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [line for _, line in zip(range(rows), file)]


def generated_lines(rows: int, seed: int = 0) -> list[str]:
    """Return lines like the real ones: 100 mentions each, one title in nine with quotes."""
    rng = np.random.default_rng(seed)
    lines = []
    for row in range(rows):
        ids = [f"B{number:09}" for number in rng.integers(0, 10**9, 100)]
        record = {
            "asin": f"A{row:09}",
            "title": "Women's 19\" case" if row % 9 == 0 else "Foot file, stainless steel",
            "price": round(float(rng.uniform(1, 99)), 2),
            "related": {"also_bought": ids[:60], "also_viewed": ids[60:]},
            "categories": [["Beauty", "Tools & Accessories", "Nail Tools"]],
        }
        lines.append(repr(record) + "\n")
    return lines


def stages(size: Size, graph, workers: int) -> list[Stage]:
    """Return the stage; a unit is a line."""
    rows = size.n_products // 50 if size.growing else MOST_LINES
    lines = real_lines(rows)
    note = f"{rows:,} real lines" if lines else f"{rows:,} generated lines"
    lines = lines or generated_lines(rows)
    records = [ast.literal_eval(line) for line in lines]

    def reading(read: Callable, inputs: list) -> Callable[[], Done]:
        def run() -> Done:
            for line in inputs:
                read(line)
            return Done(len(inputs))

        return run

    contestants = [
        Contestant("ours", reading(parse_literal, lines), note),
        Contestant("ast.literal_eval", reading(ast.literal_eval, lines)),
    ]
    # The same records as JSON: orjson cannot read Python literals, and is a bound on the speed.
    name = "orjson, of JSON"
    try:
        import orjson

        as_json = [json.dumps(record).encode() for record in records]
        contestants.append(Contestant(name, reading(orjson.loads, as_json), "another format"))
    except ImportError:
        contestants.append(Contestant(name, missing="not installed"))
    return [Stage("read metadata", "lines", contestants)]
