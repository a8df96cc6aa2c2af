"""A connection to DuckDB that only uses what its wheel carries."""

from __future__ import annotations

import duckdb


def connect() -> duckdb.DuckDBPyConnection:
    """Return a connection that installs no extensions and knows the progress of its queries."""
    connection = duckdb.connect(
        config={"autoinstall_known_extensions": False, "autoload_known_extensions": False}
    )
    connection.execute("SET enable_progress_bar = true; SET enable_progress_bar_print = false")
    return connection
