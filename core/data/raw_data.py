"""The source of a data set: a file, a data frame, a graph, or a named data set."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, NotRequired, TypedDict

import pandas as pd
from pydantic import JsonValue

from core.config import UserError
from core.data.divided_pairs import join_divided
from core.data.read_dataset import read_dataset
from core.data.read_options import ReadOptions
from core.data.read_result import ReadResult
from core.data.recognise_file import check_file, files_of
from core.progress import QUIET, Progress

if TYPE_CHECKING:
    import networkx as nx


class RawDataFacts(TypedDict):
    """Identity of raw data: paths, options, and the hashes of the contents."""

    file: str | None
    products: str | None
    test: NotRequired[str | None]
    options: dict[str, JsonValue]
    sha256: list[str]


@dataclass(frozen=True)
class RawData:
    """The data to read, and the options of the readers.

    Attributes
    ----------
    table : path, pandas.DataFrame or networkx.Graph, optional
        Amazon metadata, a transaction log or an edge list; a folder or a pattern (``*.csv``) for
        several logs or lists of one kind; an edge of a graph relates two products. None: the
        named data set, or the data that was read before.
    products : path or pandas.DataFrame, optional
        Product table that accompanies a transaction log or an edge list of the same type.
    options : ReadOptions
        Column names, thresholds of the co-occurrence analysis, and so on.
    test : path or pandas.DataFrame, optional
        The held-out pairs, if the data were divided elsewhere and `table` has the training pairs:
        read alike. They are the split ``given``.
    """

    table: Path | str | pd.DataFrame | nx.Graph | None = None
    products: Path | str | pd.DataFrame | None = None
    options: ReadOptions = field(default_factory=ReadOptions)
    test: Path | str | pd.DataFrame | None = None

    @classmethod
    def of_source(cls, source: RawDataFacts) -> RawData:
        """Return the raw data of a data set that was read before.

        Raises
        ------
        UserError
            If it was read from memory.
        """
        if source["file"] is None and source.get("sha256"):
            raise UserError(
                "It was read from a data frame or a graph in memory: pass that again to replace it."
            )
        return cls(
            source["file"],
            source["products"],
            ReadOptions.model_validate(source["options"]),
            source.get("test"),
        )

    @property
    def is_empty(self) -> bool:
        """Whether there are neither data nor options."""
        parts = (self.table, self.products, self.test)
        return all(part is None for part in parts) and self.options == ReadOptions()

    def check_files(self) -> None:
        """Raise `UserError` if a file is missing."""
        for part in (self.table, self.test):
            if isinstance(part, str | Path):
                files_of(Path(part))
        if isinstance(self.products, str | Path):
            check_file(Path(self.products))

    def facts(self) -> RawDataFacts:
        """Return what identifies this data."""
        parts = [p for p in (self.table, self.products, self.test) if p is not None]
        return {
            "file": _path(self.table),
            "products": _path(self.products),
            "test": _path(self.test),
            "options": self.options.model_dump(mode="json"),
            "sha256": [digest for part in parts if (digest := _digest(part))],
        }

    def read(self, name: str, downloads: Path, progress: Progress = QUIET) -> ReadResult:
        """Read it as the data set `name`; see `read_dataset` for named ones."""
        if self.test is None:
            return self._read_table(name, downloads, progress)
        if self.table is None:
            raise UserError("The test pairs need training pairs: name their file, too (--file).")
        test = replace(self, table=self.test, test=None)
        return join_divided(
            self._read_table(name, downloads, progress),
            test._read_table(name, downloads, progress),
        )

    def _read_table(self, name: str, downloads: Path, progress: Progress) -> ReadResult:
        table, products = self.table, self.products
        if table is None or isinstance(table, str | Path):
            if isinstance(products, pd.DataFrame):
                raise UserError("The data is a file, so the product table must be a file, too.")
            file = None if table is None else Path(table)
            about = None if products is None else Path(products)
            return read_dataset(name, downloads, file, about, self.options, progress)
        from core.data.read_frames_and_graphs import read_frame, read_graph

        if isinstance(products, str | Path):
            raise UserError("The data is a data frame, so the products must be a data frame, too.")
        if isinstance(table, pd.DataFrame):
            return read_frame(table, products, self.options, progress)
        if products is not None:
            raise UserError(
                "The nodes of a graph describe its products: leave the product table out."
            )
        return read_graph(table, self.options, progress)


def _path(part: Path | str | pd.DataFrame | nx.Graph | None) -> str | None:
    return str(Path(part).resolve()) if isinstance(part, str | Path) else None


def _digest(part: Path | str | pd.DataFrame | nx.Graph) -> str:
    """Return the SHA-256 of the content; "" if a file is missing."""
    if isinstance(part, str | Path):
        try:
            digests = [_digest_of_file(file) for file in files_of(Path(part))]
        except UserError:
            return ""
        return digests[0] if len(digests) == 1 else _digest_of_texts(digests)
    if isinstance(part, pd.DataFrame):
        digest = hashlib.sha256(repr(list(part.dtypes.items())).encode())
        digest.update(pd.util.hash_pandas_object(part, index=False).to_numpy())
        return digest.hexdigest()
    nodes, edges = list(part.nodes(data=True)), list(part.edges(data=True))
    return _digest_of_texts((nodes, edges))


def _digest_of_file(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _digest_of_texts(texts: object) -> str:
    return hashlib.sha256(repr(texts).encode()).hexdigest()
