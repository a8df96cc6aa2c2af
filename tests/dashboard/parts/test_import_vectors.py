"""The Train page: uploaded vectors, evaluated like the other runs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.jobs.app_jobs import import_job
from core.runs.store import Store
from tests.jobs.processes import wait_until


def measure(root, open_page, name, path):
    """Fill in the form and wait until the vectors have been evaluated."""
    app = open_page(root, "train")
    app.text_input(key="vectors-name").set_value(name)
    app.text_input(key="vectors-path").set_value(str(path))
    app.button(key="vectors-read").click().run()
    job = import_job(Store(root), "shop", name)
    wait_until(lambda: not job.is_running())
    return app.run()


def test_uploaded_vectors_become_a_run(artifacts, open_page, tmp_path):
    root = artifacts("one")
    store = Store(root)
    ids = store.load_split("shop", "random").catalogue.frame["id"].tolist()
    vectors = np.random.default_rng(0).normal(size=(len(ids), 4))
    pd.DataFrame({"id": ids, "vector": list(vectors)}).to_parquet(tmp_path / "v.parquet")
    app = measure(root, open_page, "mine", tmp_path / "v.parquet")
    assert not app.exception and not app.error
    assert "is listed with the runs" in app.success[0].value
    assert "mine" in [run.config.model for run in store.finished_runs("shop")]
    for view in ("compare", "neighbours", "map"):
        page = open_page(root, view)
        assert not page.exception and not page.error, view
    pd.DataFrame({"id": ["none"], "vector": [[1.0]]}).to_parquet(tmp_path / "v.parquet")
    app = measure(root, open_page, "other", tmp_path / "v.parquet")
    assert "no id in common" in app.error[0].value
    app.text_input(key="vectors-name").set_value("../up")
    app.button(key="vectors-read").click().run()
    assert "not a name of vectors" in app.error[0].value
    assert not app.exception
