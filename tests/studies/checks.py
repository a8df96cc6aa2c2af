"""What the tests of all studies share: rows of tables, and the form that the app relies on."""

import json

from core.studies import study
from core.studies.lab import Lab
from core.studies.study_result import StudyResult, Table, read_result


def cells(result: StudyResult, table: int = 0) -> dict[str, dict]:
    """Return a table's rows by their first cell."""
    return rows_of(result.tables[table])


def rows_of(table: Table) -> dict[str, dict]:
    return {row[0]: dict(zip(table.columns, row)) for row in table.rows}


def check_form(result: StudyResult, lab: Lab, name: str) -> None:
    """Check what the dashboard relies on."""
    assert result.study == name and result.dataset == lab.dataset
    assert study(name).text and result.tables and result.figures
    for figure in result.figures:
        for series in figure.series:
            assert len(series.x) == len(series.y) > 0
    assert json.dumps(result.model_dump(), allow_nan=False)
    assert read_result(lab.store, lab.dataset, name) == result
    assert name in lab.store.studies(lab.dataset)
