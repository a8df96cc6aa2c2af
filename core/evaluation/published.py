"""Published figures, as data. They are shown next to ours and never ranked with them."""

from __future__ import annotations

from dataclasses import dataclass

STUDY = "Eugene Yan, recsys-nlp-graph (2020), Amazon metadata 1996-2014"
ALIBABA = "Wang et al., arXiv 1803.02349 (2018)"


@dataclass(frozen=True)
class Published:
    """One published row for one data set.

    Attributes
    ----------
    row : str
        Name of the row, as `ModelEntry.published` refers to it.
    dataset : str
        ``Electronics``, ``Books`` or ``Taobao``.
    auc_all, auc_seen : float or None
        AUC-ROC of all validation pairs, and of those with both products seen in training.
    minutes : float or None
        Wall time on the author's machine.
    note : str
        Caveat for comparisons.
    source : str
    """

    row: str
    dataset: str
    auc_all: float | None
    auc_seen: float | None = None
    minutes: float | None = None
    note: str = ""
    source: str = STUDY


_SIDE_INFO = "A bug, not sparsity: positives carried the center's metadata"
_ANOTHER_CUT = "Another version of the data; quoted, not re-checked"

PUBLISHED = (
    Published("mf", "Electronics", 0.8083, None, 43.1),
    Published("mf-bias", "Electronics", 0.7951, None, 45.0),
    Published("mf-continuous", "Electronics", 0.9335, None, 44.3),
    Published("mf-bias-continuous", "Electronics", 0.8319, None, 43.7),
    Published("node2vec", "Electronics", None, note="Did not finish in 64 GB"),
    Published("gensim-cbow", "Electronics", 0.9082, 0.9735, 2.58),
    Published("skipgram", "Electronics", 0.9554, 0.9855, 23.63),
    Published("side-info", "Electronics", None, None, 107.66, note=_SIDE_INFO),
    Published("mf-walks", "Electronics", 0.9127, None, 68.5),
    Published("mf-bias-walks", "Electronics", 0.9320, None, 70.39),
    Published("mf-bias", "Books", 0.4996, None, 1353.12, "Looked up with another run's id map"),
    Published("mf-bias-continuous", "Books", 0.3822, None, 1353.0),
    Published("gensim-cbow", "Books", 0.9701, 0.9892, 16.24),
    Published("skipgram", "Books", 0.9775, None, 122.66),
    Published("side-info", "Books", None, note=_SIDE_INFO),
    Published("mf-bias-walks", "Books", 0.7196, None, 1393.08),
    *(
        Published(row, data, auc, note=_ANOTHER_CUT, source=ALIBABA)
        for row, data, auc in (
            ("BGE", "Electronics", 0.9327),
            ("LINE", "Electronics", 0.9554),
            ("GES", "Electronics", 0.9575),
            ("EGES", "Electronics", 0.9700),
            ("BGE", "Taobao", 0.8797),
            ("LINE", "Taobao", 0.9100),
            ("GES", "Taobao", 0.9704),
            ("EGES", "Taobao", 0.9746),
        )
    ),
)


def published(row: str | None, dataset: str) -> Published | None:
    """Return the study's published row for a data set, or None if it has none."""
    for entry in PUBLISHED:
        if entry.row == row and entry.dataset == dataset and entry.source == STUDY:
            return entry
    return None
