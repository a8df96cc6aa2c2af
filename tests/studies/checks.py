"""What the tests of all studies share: rows of tables, and the form that the app relies on."""

import json

from core.studies import study
from core.studies.study_result import StudyResult, Table, read_result
from core.studies.study_runner import StudyRunner


def cells(result: StudyResult, table: int = 0) -> dict[str, dict]:
    """Return a table's rows by their first cell."""
    return rows_of(result.tables[table])


def rows_of(table: Table) -> dict[str, dict]:
    return {row[0]: dict(zip(table.columns, row)) for row in table.rows}


def check_form(result: StudyResult, runner: StudyRunner, name: str) -> None:
    """Check the properties that the dashboard relies on."""
    assert result.study == name and result.dataset == runner.dataset
    assert study(name).text and result.tables and result.figures
    for figure in result.figures:
        for series in figure.series:
            assert len(series.x) == len(series.y) > 0
    assert json.dumps(result.model_dump(), allow_nan=False)
    assert read_result(runner.store, runner.dataset, name) == result
    assert name in runner.store.studies(runner.dataset)
