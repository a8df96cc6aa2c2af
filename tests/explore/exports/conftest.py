"""A small shop with a run that has vectors."""

from __future__ import annotations

import pytest

from core.runs.run_folder import Run
from core.runs.store import Store
from tests.shops import prepared_shop, trained


@pytest.fixture(scope="package")
def store(tmp_path_factory) -> Store:
    return prepared_shop(tmp_path_factory.mktemp("shop"))


@pytest.fixture(scope="package")
def run(store) -> Run:
    return trained(store, "spectral", changes={"dim": 16})
