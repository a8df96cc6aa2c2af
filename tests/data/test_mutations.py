"""A sample of damaged files; `tests.data.mutations` tries any number of them on real ones."""

from __future__ import annotations

from tests.data.mutations import run
from tests.data.test_forms_of_files import EDGES, orders

LOG = orders().assign(quantity=1)


def test_damaged_files_are_read_correctly_or_refused_with_a_reason():
    files = {
        "log.csv": LOG.to_csv(index=False).encode(),
        "edges.csv": ("source,target\n" + "".join(f"{a},{b}\n" for a, b in EDGES)).encode(),
        "baskets.csv": b"tea,cup,milk\ncup,tea\npen,ink,paper\n" * 20,
        "log.jsonl": LOG.astype(str).to_json(orient="records", lines=True).encode(),
    }
    endings, faults = run(files, 60)
    assert not faults
    assert endings["refused"] and endings["read, with a remark"] and endings["read as baskets"]
