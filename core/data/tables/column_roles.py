"""The roles of a table's columns: by the options, or by their names."""

from __future__ import annotations

import shlex
from collections.abc import Collection

from core.config import UserError
from core.data.read_options import KNOWN_NAMES, NONE, ReadOptions
from core.data.tables.table import Table
from core.data.tables.text_layout import plain_name


def find_columns(
    table: Table, roles: tuple[str, ...], options: ReadOptions, taken: Collection[str] = ()
) -> dict[str, str]:
    """Return the column of every role that has one, by `options.columns` or by its name.

    The option "none" means that a role has no column, unless a column has that name. Columns that
    are `taken` are not matched by name.

    Raises
    ------
    UserError
        If `options.columns` names a column that the table does not have.
    """
    free = [name for name in reversed(table.names) if name not in taken]
    by_name = {plain_name(name): name for name in free}
    columns: dict[str, str] = {}
    for role in roles:
        chosen = options.columns.get(role)
        if chosen == NONE and NONE not in table.names:
            continue
        if chosen is not None:
            columns[role] = resolve_column(table, chosen, role)
            continue
        name = next((by_name[n] for n in KNOWN_NAMES[role] if n in by_name), None)
        if name is not None and name not in columns.values():
            columns[role] = name
    return columns


def resolve_column(table: Table, chosen: str, role: str) -> str:
    """Return the name of the column that the option `chosen` refers to.

    A table without a header has its columns named by number, or by their first value.

    Raises
    ------
    UserError
        If no column matches.
    """
    if chosen in table.names:
        return chosen
    stripped = [name for name in table.names if name.strip() == chosen.strip()]
    if not stripped and not table.has_header:
        first = table.head().iloc[:1].to_numpy(object).ravel().tolist()
        stripped = [name for name, value in zip(table.names, first) if value.strip() == chosen]
        if chosen.isdigit() and 1 <= int(chosen) <= len(table.names):
            by_number = table.names[int(chosen) - 1]
            if stripped and by_number not in stripped:
                raise UserError(
                    f"{table.label} has no header, so '{chosen}' may be {by_number} or "
                    f"{stripped[0]}, which begins with {chosen}. Write "
                    f"{set_column(role, by_number)} or {set_column(role, stripped[0])}."
                )
            stripped = [by_number]
    if not stripped:
        raise UserError(
            f"{table.label} has no column '{chosen}' (for the {role}); it has: "
            f"{table.listed_names}. Say which it is, for instance "
            f"{set_column(role, table.names[0])}."
        )
    return stripped[0]


def repeated_names(table: Table, columns: dict[str, str]) -> list[str]:
    """Return a remark about every column in use whose name other columns have, too."""
    return [
        f"{table.names.count(name)} columns are called '{' '.join(name.split())}': the first is "
        "read."
        for name in dict.fromkeys(columns.values())
        if table.names.count(name) > 1
    ]


def need_columns(table: Table, columns: dict[str, str], roles: tuple[str, ...], what: str) -> None:
    """Raise `UserError` if one of `roles` has no column."""
    missing = [role for role in roles if role not in columns]
    if missing:
        raise UserError(
            f"{table.label} cannot be read as {what}: no column for the "
            f"{' and the '.join(missing)}. It has: {table.listed_names}. Say which is which, "
            f"for instance {set_column(missing[0], table.names[0])}."
        )


def set_column(role: str, name: str) -> str:
    """Return the command-line option that names a role's column, quoted for a shell."""
    return f"--set {shlex.quote(f'columns.{role}={name.strip()}')}"
