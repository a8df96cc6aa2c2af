"""The command line, `python -m core`: its commands parse, call `core` and print."""

from __future__ import annotations

import typer

from core.cli import (
    export_command,
    import_command,
    prepare_and_train_commands,
    queue_commands,
    show_commands,
)
from core.cli.errors import run_command

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="Product embeddings from also-bought, also-viewed and bought-together data.",
    epilog="Example: python -m core run demo",
)
app.add_typer(prepare_and_train_commands.commands)
app.add_typer(queue_commands.commands)
app.add_typer(show_commands.commands)
app.add_typer(export_command.commands)
app.add_typer(import_command.commands)


def main() -> None:
    """Run the command line; errors that the user can fix are printed without a stack trace."""
    run_command(app)
