"""The export formats: one entry for each.

To add a format, write its function in a file of this folder and add an entry to `ENTRIES`: the
command line, the Python API and the app follow.
"""

from __future__ import annotations

from core.config import UserError
from core.explore.exports.export_format import ExportFormat

PACKAGE = "core.explore.exports."
ROWS = {".parquet": "Parquet", ".csv": "CSV", ".jsonl": "JSON lines"}
IDS = ".ids.txt"

ENTRIES = (
    ExportFormat(
        "neighbours",
        title="Neighbours",
        about="The best neighbours of every product, under the rules of a shop; exact.",
        function=PACKAGE + "neighbours:write_neighbours",
        endings=ROWS,
        options=("k", "why", "rules"),
    ),
    ExportFormat(
        "vectors",
        title="Vectors",
        about="A vector for every product, in the format of the program that reads it.",
        function=PACKAGE + "vectors:write_vectors",
        endings={
            ".npy": "numpy, with the ids in a text file",
            ".parquet": "Parquet",
            ".txt": "word2vec text",
            ".safetensors": "safetensors, with the ids in a text file",
            ".zip": "TensorBoard Projector",
        },
        companions={".npy": (IDS,), ".safetensors": (IDS,)},
        needs_vectors=True,
    ),
    ExportFormat(
        "index",
        title="Search index",
        about="An index of the vectors by cosine for usearch, with its measured recall and speed.",
        function=PACKAGE + "search_index:write_index",
        endings={".usearch": "usearch, with the ids in a text file"},
        companions={".usearch": (IDS,)},
        needs_vectors=True,
    ),
    ExportFormat(
        "map",
        title="Map",
        about="The map of the products as a page that needs no network, or as a table.",
        function=PACKAGE + "map_page:write_map",
        endings={".html": "HTML", ".csv": "CSV"},
        needs_vectors=True,
    ),
    ExportFormat(
        "report",
        title="Report",
        about="Results, curves, maps, neighbours and settings as one page that needs no network.",
        function=PACKAGE + "report:write_report",
        endings={".html": "HTML"},
        options=("products", "k"),
    ),
    ExportFormat(
        "config",
        title="Configuration",
        about="All settings of the run, for `python -m core train --config`.",
        function=PACKAGE + "run_config:write_config",
        endings={".json": "JSON"},
    ),
    ExportFormat(
        "new-products",
        title="New products",
        about="The neighbours of products that nobody has bought yet, by their fields.",
        function=PACKAGE + "new_products:write_new_products",
        endings=ROWS,
        options=("file", "k", "rules"),
    ),
)
FORMATS: dict[str, ExportFormat] = {entry.name: entry for entry in ENTRIES}


def export_format(name: str) -> ExportFormat:
    """Return the format called `name`, or raise a `UserError` that lists the names."""
    if name not in FORMATS:
        raise UserError(f"There is no format '{name}'. Formats: {', '.join(FORMATS)}.")
    return FORMATS[name]
