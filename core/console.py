"""What the command line shows: bars, tables, errors."""

from __future__ import annotations

import sys

import pandas as pd
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

from core.progress import Progress

# Progress and messages go to standard error, so that standard output holds results alone.
messages = Console(stderr=True, highlight=False)
results = Console(highlight=False)


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
    """Print a table of texts as wide as its content needs, to standard output."""
    # A pipe has no width; a person's terminal wraps cells rather than cutting them.
    console = results if results.is_terminal else Console(width=240, highlight=False)
    drawn = Table(title=title or None, title_justify="left")
    for number, name in enumerate(table.columns):
        texts = number == 0 or not table[name].astype(str).str.match(r"^[-+.\d]*$").all()
        drawn.add_column(name, justify="left" if texts else "right", overflow="fold")
    for row in table.astype(str).to_numpy().tolist():
        drawn.add_row(*(_plain(cell) for cell in row))
    console.print(drawn)


def _plain(text: str) -> str:
    """Return `text` so that rich reads no markup in it."""
    return text.replace("[", r"\[")


def write(text: str) -> None:
    """Write text as it is to standard output."""
    sys.stdout.write(text if text.endswith("\n") else text + "\n")
