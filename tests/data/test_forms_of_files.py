"""The same purchases and edges in any form of file give the same relations."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from core.config import UserError
from core.data.read_file import read_file
from core.data.read_options import ReadOptions
from core.data.read_summary import summary_lines

EASY = {"min_sold": 1, "min_together": 1, "min_score": 0}


def orders(n: int = 120) -> pd.DataFrame:
    """Return purchases: in a basket, products of one of four groups of three, mostly."""
    rng = np.random.default_rng(5)
    rows = []
    for basket in range(n):
        group = rng.integers(4)
        for product in rng.choice(3, rng.integers(2, 4), replace=False) + 3 * group:
            day = pd.Timestamp("2024-01-01") + pd.Timedelta(days=basket)
            rows.append((1000 + basket, f"Thé {product:02}", basket % 17, day))
    return pd.DataFrame(rows, columns=["order_id", "product_id", "customer", "date"])


def by_sets(log: pd.DataFrame) -> set[tuple[str, str]]:
    """Return the pairs that baskets hold more often than by chance."""
    baskets = log.groupby("product_id")["order_id"].agg(set)
    total = log["order_id"].nunique()
    return {
        (a, b)
        for a in baskets.index
        for b in baskets.index
        if a != b and len(baskets[a] & baskets[b]) * total > len(baskets[a]) * len(baskets[b])
    }


def pairs(result) -> set[tuple[str, str]]:
    """Return the pairs that a result says are bought together."""
    ids = result.catalogue.frame["id"].to_numpy()
    together = result.relations.relation == 0
    return set(zip(ids[result.relations.source[together]], ids[result.relations.target[together]]))


def read(path: Path, content: bytes | str | None = None, **options):
    if content is not None:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_file(path, options=ReadOptions(**EASY | options))


def zipped(content: bytes, *more: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("folder/log.csv", content)
        archive.writestr("__MACOSX/log.csv", b"\0")
        for name in more:
            archive.writestr(name, content)
    return buffer.getvalue()


def zstandard(content: bytes) -> bytes:
    buffer = pa.BufferOutputStream()
    with pa.output_stream(buffer, compression="zstd") as stream:
        stream.write(content)
    return buffer.getvalue().to_pybytes()


def text(log: pd.DataFrame, **how) -> bytes:
    return log[["order_id", "product_id"]].to_csv(index=False, **how).encode()


def workbook(log: pd.DataFrame, *above: tuple[str, str]) -> bytes:
    """Return a small Excel workbook, written by hand, with rows above: inline texts and numbers."""
    cells = "".join(
        "<row>"
        + "".join(
            f"<c><v>{value}</v></c>"
            if isinstance(value, int)
            else f'<c t="inlineStr"><is><t>{value}</t></is></c>'
            for value in row
        )
        + "</row>"
        for row in [
            *above,
            ("order_id", "product_id"),
            *log[["order_id", "product_id"]].itertuples(False),
        ]
    )
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    types = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override '
        f'PartName="/xl/workbook.xml" ContentType="{types}.sheet.main+xml"/><Override '
        f'PartName="/xl/worksheets/sheet1.xml" ContentType="{types}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {space} xmlns:r="{office}"><sheets><sheet name="Sales" '
        'sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/>'
        "</Relationships>",
        "xl/worksheets/sheet1.xml": f"<worksheet {space}><sheetData>{cells}</sheetData>"
        "</worksheet>",
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, '<?xml version="1.0" encoding="UTF-8"?>' + content)
    return buffer.getvalue()


PLAIN = text(orders())
FORMS = {
    "plain": PLAIN,
    "gzip": gzip.compress(PLAIN),
    "bzip2": bz2.compress(PLAIN),
    "xz": lzma.compress(PLAIN),
    "zstd": zstandard(PLAIN),
    "zip": zipped(PLAIN),
    "byte order mark": b"\xef\xbb\xbf" + PLAIN,
    "Latin-1": PLAIN.decode().encode("latin-1"),
    "UTF-16": PLAIN.decode().encode("utf-16"),
    "UTF-16 without a mark": PLAIN.decode().encode("utf-16-le"),
    "UTF-16 in gzip": gzip.compress(PLAIN.decode().encode("utf-16")),
    "CR LF": text(orders(), lineterminator="\r\n"),
    "CR alone": text(orders(), lineterminator="\r"),
    "line ends mixed": PLAIN.replace(b"\n", b"\r\n", 40),
    "sep= line": b"sep=;\r\n" + text(orders(), sep=";", lineterminator="\r\n"),
    "tabs": text(orders(), sep="\t"),
    "bars, all quoted": text(orders(), sep="|", quoting=1),
    "line break in a header": PLAIN.replace(b"order_id", b'"Order\nID"', 1),
    "line break in a header, CR LF": text(orders(), lineterminator="\r\n").replace(
        b"order_id", b'"Order\nID"', 1
    ),
    "a title above": b"Sales of the shop\n\n" + PLAIN,
    "Excel": workbook(orders()),
    "JSON lines": orders()[["order_id", "product_id"]]
    .to_json(orient="records", lines=True)
    .encode(),
    "JSON array": json.dumps(
        orders()[["order_id", "product_id"]].to_dict("records"), indent=1
    ).encode(),
    **{
        f"pandas' JSON, orient={orient}, indent={indent}": orders()[["order_id", "product_id"]]
        .to_json(orient=orient, indent=indent)
        .encode()
        for orient in ("columns", "index", "split", "table")
        for indent in (None, 2)
    },
    "JSON, nested": json.dumps(
        {
            "orders": [
                {"id": int(order), "items": [{"product_id": p, "qty": 1} for p in products]}
                for order, products in orders().groupby("order_id")["product_id"]
            ]
        }
    ).encode(),
    "JSON lines, nested names": "\n".join(
        json.dumps({"order": int(order), "items": products.tolist()})
        for order, products in orders().groupby("order_id")["product_id"]
    ).encode(),
    "one basket per line": "\n".join(
        ",".join(products) for _, products in orders().groupby("order_id")["product_id"]
    ).encode(),
    "one basket per line, padded, with a header": "\r\n".join(
        [
            "Item 1,Item 2,Item 3",
            *(
                ",".join([*products, "", ""][:3])
                for _, products in orders().groupby("order_id")["product_id"]
            ),
        ]
    ).encode(),
    "a field over 128 KiB": text(orders().assign(product_id=orders()["product_id"])).replace(
        b"order_id,product_id\n", b"order_id,product_id,note\n", 1
    ),
}
FORMS["a field over 128 KiB"] = b"".join(
    line.rstrip(b"\n") + (b',"' + b"x\n" * 100 + b"y" * 200_000 + b'"' if i == 9 else b",") + b"\n"
    if i
    else line
    for i, line in enumerate(FORMS["a field over 128 KiB"].splitlines(keepends=True))
)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_pairs(tmp_path, form):
    result = read(tmp_path / "log", FORMS[form])
    assert pairs(result) == by_sets(orders()) and len(pairs(result)) > 20
    assert result.report.bad_lines == 0
    lines = 120 if "per line" in form else len(orders())
    assert result.report.lines == lines
    assert "\n".join(summary_lines(result.report.to_dict())).count("left out: none") == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (zipped(PLAIN, "b.csv"), r"holds 2 files \(folder/log.csv, b.csv\)"),
        (bz2.compress(PLAIN)[:-20], "truncated"),
        (lzma.compress(PLAIN)[:-20], "truncated"),
        (zipped(PLAIN)[:-40], "damaged"),
        (workbook(orders())[:600] + workbook(orders())[900:], "damaged"),
    ],
)
def test_unusable_archives_are_refused(tmp_path, content, message):
    with pytest.raises(UserError, match=message):
        read(tmp_path / "log", content)


def test_a_damaged_character_does_not_change_the_encoding(tmp_path):
    result = read(tmp_path / "log", PLAIN + b"9,b\xff\n9,c\n")
    assert result.report.first_bad == [{"line": len(orders()) + 2, "reason": "invalid encoding"}]
    assert {"Thé 00", "c"} <= set(result.catalogue.frame["id"])


def test_windows_1252_text_is_read(tmp_path):
    result = read(tmp_path / "edges", "source,target\n“a”,5 €\n".encode("cp1252"))
    assert result.catalogue.frame["id"].tolist() == ["“a”", "5 €"]


EDGES = [(i, (i * 7 + 1) % 30) for i in range(30)]


@pytest.mark.parametrize(
    "content",
    [
        "# Directed graph\n# Nodes: 30\n# FromNodeId\tToNodeId\n"
        + "".join(f"{a}\t{b}\n" for a, b in EDGES),
        "".join(f"{a} {b}\n" for a, b in EDGES),
        "".join(f"{a}  {b} 1\n" for a, b in EDGES),
        "".join(f"{a} {b} {{'weight': 1.0}}\n" for a, b in EDGES),
        "".join(f"{a} {b} {{}}\n" for a, b in EDGES),
        "Source,Target,Type,Id,Label,Weight\n"
        + "".join(f"{a},{b},Undirected,{a},,1\n" for a, b in EDGES),
        "#source,target\n" + "".join(f"{a},{b}\n" for a, b in EDGES),
    ],
)
def test_edge_lists_of_other_tools(tmp_path, content, mentions):
    result = read(tmp_path / "edges", content)
    assert mentions(result) == {(str(a), str(b), "linked"): 1.0 for a, b in EDGES}
    assert result.report.lines == 30 and result.report.bad_lines == 0


def test_weights_of_networkx(tmp_path, mentions):
    result = read(tmp_path / "edges", "a b {'weight': 2.5}\nb c {'weight': 1}\nc a {}\n")
    assert [mentions(result)[a, b, "linked"] for a, b in ("ab", "bc", "ca")] == [2.5, 1, 1]


def test_self_loops_are_counted(tmp_path):
    report = read(tmp_path / "edges", "source,target\na,a\na,b\n").report
    assert report.notes["self-loops"] == 1
    assert "1 self-loops, which make no pair" in "\n".join(summary_lines(report.to_dict()))


@pytest.mark.skipif("LAB_DATA" not in os.environ, reason="LAB_DATA is not set: no real files here")
@pytest.mark.parametrize(
    ("name", "n_baskets", "n_items"),
    [("groceries.csv", 9835, {169}), ("Market_Basket_Optimisation.csv", 7501, {119, 120})],
)
def test_a_real_file_of_basket_lines_is_read(name, n_baskets, n_items):
    result = read_file(Path(os.environ["LAB_DATA"]) / name)
    assert result.report.kind == "basket_lines"
    assert result.report.notes["baskets"] == n_baskets == result.report.lines
    assert len(result.catalogue) in n_items
