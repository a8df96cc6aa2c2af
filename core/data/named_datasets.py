"""The named data sets, and `read_source`, the entry point to all readers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from core.config import UserError, check_name
from core.data.read_options import ReadOptions
from core.data.read_result import ReadResult
from core.progress import QUIET, Progress

_SNAP = "http://snap.stanford.edu/data/amazon/productGraph/categoryFiles/"


@dataclass(frozen=True)
class Source:
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


SOURCES = {
    "demo": Source(
        "Complete Journey: a year of grocery baskets of 2,469 households (2017); embedded",
        products=18_670,
        training_pairs=144_081,
    ),
    "electronics": Source(
        "Amazon metadata, Electronics, 1996-2014: 498,196 products; downloaded once",
        _SNAP + "meta_Electronics.json.gz",
        products=418_749,
        training_pairs=2_683_526,
    ),
    "books": Source(
        "Amazon metadata, Books, 1996-2014: 2,370,585 products; downloaded once, large",
        _SNAP + "meta_Books.json.gz",
        products=1_948_370,
        training_pairs=17_819_888,
    ),
}


def describe_sources() -> list[dict[str, str]]:
    """Return name, description and origin of every named data set, for the `datasets` command."""
    return [
        {"name": name, "about": source.about, "origin": source.url or "installed with the project"}
        for name, source in SOURCES.items()
    ]


def read_source(
    name: str,
    folder: Path,
    file: Path | None = None,
    products: Path | None = None,
    options: ReadOptions | None = None,
    progress: Progress = QUIET,
) -> ReadResult:
    """Read the data set `name`: a named one, or a local file under a name of your choice.

    Parameters
    ----------
    name : str
        One of `SOURCES`, or any name together with `file`.
    folder : Path
        Folder of the downloads.
    file : Path, optional
        Amazon metadata, a transaction log or an edge list; recognised by its content. With the
        name of a downloaded data set: the file to use instead of the download.
    products : Path, optional
        Product table that accompanies a transaction log or an edge list.
    options : ReadOptions, optional

    Raises
    ------
    UserError
        If the name or a file is invalid, or a download fails.
    """
    # Imported here, so that listing the names does not load the table readers.
    from core.data.read_file import read_file

    check_name(name)
    source = SOURCES.get(name)
    if file is not None:
        if source and source.url is None:
            raise UserError(f"'{name}' is embedded and needs no file: give your file another name.")
        return read_file(Path(file), products, options, progress)
    if source is None:
        raise UserError(
            f"There is no data set '{name}': the named ones are {', '.join(SOURCES)}. "
            f"For data of your own: prepare {name} --file PATH."
        )
    if products is not None:
        raise UserError(f"'{name}' has its own product table: leave the option out.")
    if source.url is None or source.file_name is None:
        from core.data.complete_journey import read_demo

        return read_demo(options, progress)
    target = Path(folder) / source.file_name
    if not target.exists():
        from core.data.download import download

        download(source.url, target, progress)
    try:
        return read_file(target, None, options, progress)
    except UserError as error:
        raise UserError(
            f"{error} It was downloaded from {source.url}: remove it, and the same command "
            "fetches it anew."
        ) from None
