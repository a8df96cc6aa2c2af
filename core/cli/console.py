"""What the command line shows: bars, tables, errors."""

from __future__ import annotations

import sys

import pandas as pd
from rich.cells import cell_len
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import (
    Progress as Bars,
)
from rich.table import Table
from rich.text import Text

from core.progress import Progress

# Progress and messages go to standard error, so that standard output holds results alone.
messages = Console(stderr=True, highlight=False)
results = Console(highlight=False)

# Characters of a printed table's columns.
LONGEST_WORD, ROW_NAME = 24, 24


class ConsoleProgress(Progress):
    """Draws one bar, that of the current stage; nothing in a pipe, where results alone count."""

    def __init__(self, title: str = ""):
        self.title = title
        self.bars = Bars(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=messages,
            transient=True,
        )
        self.task = None

    def __enter__(self) -> ConsoleProgress:
        if messages.is_terminal:
            self.bars.start()
        return self

    def __exit__(self, *error) -> None:
        if messages.is_terminal:
            self.bars.stop()

    def stage(self, name: str, total: int | None = None, unit: str = "") -> None:
        text = f"{self.title} {name}".strip()
        if not messages.is_terminal:
            return
        if self.task is not None:
            self.bars.remove_task(self.task)
        self.task = self.bars.add_task(f"{text} ({unit})" if unit else text, total=total)

    def advance(self, done: int) -> None:
        if self.task is not None:
            self.bars.update(self.task, completed=done)


def say(message: str) -> None:
    """Write a message for the person, on standard error."""
    messages.print(message, markup=False, soft_wrap=True)


def print_table(table: pd.DataFrame, title: str = "") -> None:
    """Print a table of texts to standard output, in several parts where a terminal is narrow."""
    table = table.astype(str)
    widths = {name: _least_width(table, name) for name in table.columns}
    console = results
    if not results.is_terminal:  # a pipe has no width
        console = Console(
            width=max(240, sum(widths.values()) + 3 * len(widths) + 1), highlight=False
        )
    keys, parts = _parts(table, widths, console.width)
    for number, names in enumerate(parts):
        # Rows that have nothing but blanks in this part stand in another.
        rows = (table[names] != "").any(axis=1) | (len(parts) == 1)
        _draw(console, table.loc[rows, keys + names], widths, title if number == 0 else "")


def _draw(console: Console, table: pd.DataFrame, widths: dict[str, int], title: str) -> None:
    # As `Text`: what comes from data is never read as markup.
    drawn = Table(title=Text(title) if title else None, title_justify="left")
    shared = _shared(table, widths, console.width)
    for number, name in enumerate(table.columns):
        texts = number == 0 or not table[name].str.match(r"^[-+.\d]*$").all()
        justify = "left" if texts else "right"
        drawn.add_column(name, justify=justify, overflow="fold", width=shared.get(name))
    for row in table.to_numpy().tolist():
        drawn.add_row(*map(Text, row))
    console.print(drawn)


def _parts(
    table: pd.DataFrame, widths: dict[str, int], width: int
) -> tuple[list[str], list[list[str]]]:
    """Return the columns that tell the rows apart, to begin each part with, and the others'."""
    names = list(table.columns)
    n_keys = next((n for n in (1, 2, 3) if not table[names[:n]].duplicated().any()), 1)
    keys, others = names[:n_keys], names[n_keys:]
    room = width - 1 - sum(widths[name] + 3 for name in keys)  # 3: blanks and a line
    parts, left = [[]], room
    for name in others:
        left -= widths[name] + 3
        if left < 0 and parts[-1]:
            parts.append([])
            left = room - widths[name] - 3
        parts[-1].append(name)
    return keys, parts


def _shared(table: pd.DataFrame, widths: dict[str, int], width: int) -> dict[str, int]:
    """Return the columns' widths, the room that is left shared out; {} if there is none."""
    # Left to itself, rich takes from the widest, and cuts words where others have room.
    room = width - 1 - sum(widths[name] + 3 for name in table.columns)
    if room < 0:
        return {}
    wanted = {
        name: max(map(cell_len, [name, *table[name]])) - widths[name] for name in table.columns
    }
    shared = {}
    for number, name in enumerate(sorted(wanted, key=wanted.get)):
        more = min(max(wanted[name], 0), room // (len(wanted) - number))
        shared[name] = widths[name] + more
        room -= more
    return shared


def _least_width(table: pd.DataFrame, name: str) -> int:
    """Return the width at which a column wraps between words only, and names of rows little."""
    texts = [name, *table[name]]
    words = max((cell_len(word) for text in texts for word in text.split()), default=1)
    if name != table.columns[0]:
        return min(words, LONGEST_WORD)
    return max(min(words, LONGEST_WORD), min(max(map(cell_len, texts)), ROW_NAME))


def write(text: str) -> None:
    """Write text as it is to standard output."""
    sys.stdout.write(text if text.endswith("\n") else text + "\n")
