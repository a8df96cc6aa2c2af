"""The named data sets: those that need no file from the user."""

from __future__ import annotations

from dataclasses import dataclass

_SNAP = "http://snap.stanford.edu/data/amazon/productGraph/categoryFiles/"


@dataclass(frozen=True)
class NamedDataset:
    """A data set that needs no file from the user.

    Attributes
    ----------
    about : str
    url : str or None
        None if it comes embedded.
    products, training_pairs : int or None
        Of the random split, if known before it is read, to estimate the cost of training. Those
        of Amazon's files are the study's counts.
    """

    about: str
    url: str | None = None
    products: int | None = None
    training_pairs: int | None = None

    @property
    def file_name(self) -> str | None:
        """Name of the downloaded file."""
        return self.url and self.url.rpartition("/")[2]


NAMED_DATASETS = {
    "demo": NamedDataset(
        "Complete Journey: a year of grocery baskets of 2,469 households (2017); embedded",
        products=18_670,
        training_pairs=144_081,
    ),
    "electronics": NamedDataset(
        "Amazon metadata, Electronics, 1996-2014: 498,196 products; downloaded once",
        _SNAP + "meta_Electronics.json.gz",
        products=418_749,
        training_pairs=2_683_526,
    ),
    "books": NamedDataset(
        "Amazon metadata, Books, 1996-2014: 2,370,585 products; downloaded once, large",
        _SNAP + "meta_Books.json.gz",
        products=1_948_370,
        training_pairs=17_819_888,
    ),
}


def describe_named_datasets() -> list[dict[str, str]]:
    """Return name, description and origin of every named data set, for the `datasets` command."""
    return [
        {"name": name, "about": source.about, "origin": source.url or "installed with the project"}
        for name, source in NAMED_DATASETS.items()
    ]
