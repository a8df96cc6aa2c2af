"""Runners with a small shop: products that go together share a word, and sell for years."""

import numpy as np
import pytest

from core.config import SplitRequest
from core.data.raw_data import RawData
from core.pipeline.preparation import prepare
from core.runs.store import Store
from core.studies.study_runner import StudyRunner
from tests.shops import prepared_shop

QUICK = {
    "skipgram": {"dim": 16},
    "skipgram-side-info": {"dim": 16, "epochs": 1, "text_dim": 4},
    "eges": {"dim": 16, "epochs": 1, "text_dim": 4},
}


class QuickRunner(StudyRunner):
    """Trains small models."""

    def run(self, model, *, changes=None, preset="ours", **options):
        quick = QUICK.get(model, {}) if preset == "ours" else {}
        return super().run(model, changes={**quick, **(changes or {})}, preset=preset, **options)


@pytest.fixture(scope="session")
def shop(tmp_path_factory) -> Store:
    """A store with the edge list of `tests.shops`."""
    return prepared_shop(tmp_path_factory.mktemp("studies"))


@pytest.fixture
def runner(shop) -> StudyRunner:
    models = ["degree", "skipgram", "three-hop", "eges", "skipgram-side-info"]
    return QuickRunner(shop, "shop", models=models, seeds=2, workers=1)


@pytest.fixture(scope="session")
def orders(tmp_path_factory) -> Store:
    """A store with a transaction log over a year, which can be split by time."""
    folder = tmp_path_factory.mktemp("orders")
    rng = np.random.default_rng(5)
    lines = ["basket,product,customer,time"]
    for basket in range(6000):
        group = rng.integers(8)
        day = np.datetime64("2020-01-01") + int(basket * 365 / 6000)
        # In the last months, half of every group is sold together with half of the next.
        first = group * 12 + (6 if basket > 4000 else 0)
        for product in (first + rng.choice(12, size=4, replace=False)) % 96:
            lines.append(f"b{basket},p{product:03d},c{basket % 400},{day}")
    (folder / "orders.csv").write_text("\n".join(lines) + "\n")
    products = [f"p{p:03d},Thing of group {p // 12},Maker {p % 5}" for p in range(96)]
    (folder / "products.csv").write_text("\n".join(["product,title,brand", *products]) + "\n")
    store = Store(folder / "artifacts")
    prepare(
        store,
        SplitRequest(dataset="orders"),
        RawData(folder / "orders.csv", folder / "products.csv"),
    )
    return store


@pytest.fixture
def late_runner(orders) -> StudyRunner:
    return QuickRunner(orders, "orders", models=["degree", "skipgram", "eges"], workers=1)
