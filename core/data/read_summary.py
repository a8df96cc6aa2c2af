"""A readable summary of a report: lines read, lines left out and why."""

from __future__ import annotations

from core.data.read_result import Notes, SavedReport
from core.plural import count_of

SHOWN_BAD_LINES = 3
SHOWN_FILES = 10
# Notes with counts of omitted rows, and how the summary words them.
_LEFT_OUT = {
    "returned": "returned (a negative quantity)",
    "without quantity": "without quantity (0)",
    "rows of large baskets": "in baskets larger than max_basket",
    "left out by name": "of products in leave_out",
}


def summary_lines(report: SavedReport) -> list[str]:
    """Return the lines of the summary of one file, warnings last.

    Parameters
    ----------
    report : mapping
        As `ReadReport.to_dict` returns it, possibly written by an older version.
    """
    notes = report["notes"]
    lines = [_kind(report), _columns(report), _files(notes), _rows(report), _baskets(notes)]
    if weights := notes.get("weights"):
        lines.append(f"weights: {', '.join(f'{name} = {w:g}' for name, w in weights.items())}")
    lines += notes.get("remarks", [])
    lines += [f"Warning: {warning}" for warning in notes.get("warnings", [])]
    if unread := notes.get("unread_prices"):
        lines.append(
            f"prices of {report['file']} that are not amounts, left empty: {unread['count']:,}, "
            f"such as '{unread['first']}'"
        )
    return [line for line in (*lines, *_bad_lines(report)) if line]


def _kind(report: SavedReport) -> str:
    from core.data.formats.registry import FORMATS

    name = report["kind"]
    entry = next((entry for entry in FORMATS.values() if name.startswith(entry.name)), None)
    about = entry.about if entry else {"products": "a product table"}.get(name, name)
    facts = report["notes"].get("understood", {})
    details = [
        f"{what} {value}" if what in ("delimiter", "encoding", "skipped") else value
        for what, value in facts.items()
        if what != "header"
    ]
    if facts.get("header") == "none":
        details.append("no header")
    how = f" ({', '.join(details)})" if details else ""
    return f"{report['file']}: read as {about}{how}"


def _columns(report: SavedReport) -> str:
    columns = report["notes"].get("columns", {})
    read_as = ", ".join(f"{role} = {' '.join(name.split())}" for role, name in columns.items())
    return f"columns of {report['file']}: {read_as}" if read_as else ""


def _files(notes: Notes) -> str:
    rows = notes.get("files", {})
    shown = [f"{name} {n:,}" for name, n in list(rows.items())[:SHOWN_FILES]]
    n_more = len(rows) - SHOWN_FILES
    more = f", and {count_of(n_more, 'more file')}" if n_more > 0 else ""
    return f"rows by file: {', '.join(shown)}{more}" if rows else ""


def _rows(report: SavedReport) -> str:
    notes, unit = report["notes"], report.get("unit", "row")
    parts = [f"{notes[name]:,} {what}" for name, what in _LEFT_OUT.items() if notes.get(name)]
    if report["bad_lines"]:
        parts.append(f"{report['bad_lines']:,} unreadable (below)")
    others = [
        (report["merged"], f"duplicate {unit}s merged"),
        (notes.get("without customer"), f"{unit}s have no customer and count for baskets only"),
        (notes.get("filled down"), f"{unit}s got the basket id of the row above"),
        (notes.get("self-loops"), "self-loops, which make no pair"),
    ]
    text = f"{report['lines']:,} {unit}s read; left out: {', '.join(parts) or 'none'}"
    return "; ".join([text, *(f"{count:,} {what}" for count, what in others if count)])


def _baskets(notes: Notes) -> str:
    if not notes.get("baskets"):
        return ""
    text = count_of(notes["baskets"], "basket")
    if notes.get("customers"):
        text += f" of {count_of(notes['customers'], 'customer')}"
    if notes.get("sold products"):
        text += f", {count_of(notes['sold products'], 'product')}"
    if sizes := notes.get("basket sizes"):
        text += f"; products per basket: median {sizes['median']:g}, largest {sizes['largest']:,}"
    if "large baskets left out" in notes:
        large = count_of(notes["large baskets left out"], "larger basket")
        text += f"; {large} left out (max_basket)"
    return text


def _bad_lines(report: SavedReport) -> list[str]:
    """Return the number of unreadable lines of a file, and the first few."""
    if not report["bad_lines"]:
        return []
    shown, unit = report["first_bad"][:SHOWN_BAD_LINES], report.get("unit", "row")
    lines = [f"  {unit} {bad['line']:,}: {bad['reason']}" for bad in shown]
    return [
        f"{report['bad_lines']:,} of {report['lines']:,} {unit}s of {report['file']} could not be "
        "read (read-report.json keeps the first of them):",
        *lines,
        *(["  …"] if report["bad_lines"] > len(shown) else []),
    ]
