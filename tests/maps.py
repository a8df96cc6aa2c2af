"""Maps made without UMAP, for tests of what uses them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.explore.umap_projection import DEFAULTS, MapSettings
from core.runs.run_folder import Run


def lay_out(run: Run, settings: MapSettings = DEFAULTS) -> None:
    """Save a map of `run` that shows the first dimensions of its vectors."""
    vectors = np.load(run.folder / "vectors.npy")
    dimensions = settings.dimensions
    table = pd.DataFrame(vectors[:, :dimensions], columns=list("xyz")[:dimensions])
    table.insert(0, "product", np.arange(len(table), dtype=np.int32))
    table["region"] = (np.arange(len(table)) // 50).astype(np.int16)
    facts = {
        "dimensions": dimensions, "n_neighbors": 15, "points": len(table),
        "candidates": len(table) * 2, "left_out": 3, "preserved": 0.4321, "preserved_checked": 100,
    }  # fmt: skip
    run.save_map(settings.name, table, facts)
