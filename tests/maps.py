"""Maps that take no UMAP to make, for tests of what is done with them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.runs.run_folder import Run


def lay_out(run: Run, dimensions: int = 2) -> None:
    """Keep a map of `run` that shows the first dimensions of its vectors."""
    vectors = np.load(run.folder / "vectors.npy")
    table = pd.DataFrame(vectors[:, :dimensions], columns=list("xyz")[:dimensions])
    table.insert(0, "product", np.arange(len(table), dtype=np.int32))
    table["region"] = (np.arange(len(table)) // 50).astype(np.int16)
    facts = {
        "dimensions": dimensions, "points": len(table), "candidates": len(table) * 2,
        "left_out": 3, "n_neighbors": 15, "preserved": 0.4321, "preserved_checked": 100,
    }  # fmt: skip
    run.save_map(table, facts)
