"""Vectors that another program made: files and objects -> ids and a matrix.

Supported are ``.npy`` with a file of ids, Parquet, safetensors with a file of ids, and word2vec's
text and binary formats; in memory, an array with its ids, a data frame, and gensim's KeyedVectors.
Nothing is unpickled.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from core.config import UserError
from core.data.product_catalogue import Catalogue
from core.plural import count_of

ID_COLUMNS = ("id", "product", "product_id", "item", "item_id", "asin", "key", "word")
VECTOR_COLUMNS = ("vector", "embedding", "vectors", "embeddings")
IDS = ".ids.txt"  # of a.npy: a.ids.txt, as `python -m core export` writes it
SHOWN = 3  # ids in a message


@dataclass(frozen=True)
class NamedVectors:
    """Vectors with the ids of their products; checked by `named`.

    Attributes
    ----------
    ids : list of str
        Distinct.
    vectors : float32 array, shape (len(ids), dim)
        Finite.
    file : str
        Name of the file that they were read from; empty for vectors in memory.
    """

    ids: list[str]
    vectors: np.ndarray
    file: str = ""


@dataclass(frozen=True)
class AlignedVectors:
    """Vectors in the order of a catalogue.

    Attributes
    ----------
    matrix : float32 array, shape (n_products, dim)
        Zeros where a product has no vector.
    unknown : int
        Number of vectors that match no product of the catalogue.
    """

    matrix: np.ndarray
    unknown: int = 0

    @property
    def has_vector(self) -> np.ndarray:
        """Whether each product has a vector, bool; zeros count as missing."""
        return np.any(self.matrix != 0, axis=1)

    def summary(self) -> str:
        """Return a sentence that says how many products have a vector."""
        n, missing = len(self.matrix), int((~self.has_vector).sum())
        parts = [f"{n - missing:,} of {n:,} products have a vector"]
        if missing:
            parts.append(f"pairs with the {count_of(missing, 'other')} get the lowest score")
        if self.unknown:
            unknown = count_of(self.unknown, "vector matches", "vectors match")
            parts.append(f"{unknown} no product of the data set")
        return "; ".join(parts) + "."


def read_vectors(path: Path | str, ids: Path | str | None = None) -> NamedVectors:
    """Read a file of vectors; its content says which kind it is.

    Parameters
    ----------
    path : path
    ids : path, optional
        For ``.npy`` and ``.safetensors``: a text file with the id of row i in line i; by default
        the file of that name that ends in ``.ids.txt``.

    Raises
    ------
    UserError
        If a file is missing, of another kind, or its vectors and ids do not match.
    """
    path = Path(path)
    return replace(_read(path, ids), file=path.name)


def _read(path: Path, ids: Path | str | None) -> NamedVectors:
    if not path.is_file():
        raise UserError(f"There is no file {path}.")
    with open(path, "rb") as file:
        start = file.read(4096)
    if start.startswith(b"\x80"):
        raise UserError(
            f"{path} is a pickle, which can run any code when it is read. In gensim, write the "
            "vectors with: model.wv.save_word2vec_format('vectors.txt')"
        )
    try:
        if start.startswith(b"\x93NUMPY"):
            array = np.load(path, allow_pickle=False)
        elif start.startswith(b"PAR1"):
            return of_frame(pd.read_parquet(path), str(path))
        elif path.suffix == ".safetensors":
            array = _only_tensor(path)
        else:
            return _read_word2vec(path, start)
    except (ValueError, OSError, EOFError, OverflowError, KeyError, IndexError) as error:
        known = ".npy, .parquet, .safetensors, or word2vec's text or binary format"
        raise UserError(f"{path} cannot be read as vectors ({error}). Known: {known}.") from None
    return named(array, _read_ids(path, ids), str(path))


def _read_ids(path: Path, ids: Path | str | None) -> list[str]:
    file = path.with_suffix(IDS) if ids is None else Path(ids)
    if not file.is_file():
        raise UserError(
            f"There is no file {file}. {path.name} needs the ids of its rows: a text file with the "
            f"id of row i in line i, named by --ids, or {path.with_suffix(IDS).name} beside it."
        )
    try:
        return file.read_text("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise UserError(f"{file} is not UTF-8 text: write one id per line.") from None


def _only_tensor(path: Path) -> np.ndarray:
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        tensors = load_file(path)
    except SafetensorError as error:
        raise ValueError(str(error)) from None
    if len(tensors) != 1:
        raise ValueError(f"it holds {len(tensors)} tensors instead of one")
    return next(iter(tensors.values()))


def _read_word2vec(path: Path, start: bytes) -> NamedVectors:
    from gensim.models import KeyedVectors

    header, _, rest = start.partition(b"\n")
    numbers = header.split()
    has_header = len(numbers) == 2 and all(number.isdigit() for number in numbers)
    binary = has_header and (b"\0" in rest or not _is_text(rest))
    if not has_header and not (_is_text(start) and len(numbers) > 2):
        raise ValueError("its first line is neither word2vec's header nor an id with numbers")
    read = KeyedVectors.load_word2vec_format(
        str(path), binary=binary, no_header=not has_header, unicode_errors="replace"
    )
    # gensim leaves the later vectors of an id without a key.
    if repeated := sum(key is None for key in read.index_to_key):
        raise ValueError(f"it repeats {count_of(repeated, 'id')}")
    return named(read.vectors, read.index_to_key, str(path))


def _is_text(content: bytes) -> bool:
    # The last character may have been cut off.
    return "�" not in content.decode("utf-8", "replace")[:-1]


def vectors_of(source: object) -> NamedVectors:
    """Return the vectors of an object in memory, or of a file.

    Parameters
    ----------
    source : path, (path, path of ids), (array, ids), data frame, or gensim KeyedVectors
        Of a data frame, a column like ``id`` (else the index) holds the ids; a column ``vector``
        of lists, else all numeric columns, the vectors.

    Raises
    ------
    UserError
        If it is something else, or its vectors and ids do not match.
    """
    if isinstance(source, str | Path):
        return read_vectors(source)
    if isinstance(source, pd.DataFrame):
        return of_frame(source, "the data frame")
    # A trained gensim model holds its vectors as `wv`.
    keyed = getattr(source, "wv", source)
    if hasattr(keyed, "index_to_key") and hasattr(keyed, "vectors"):
        return named(keyed.vectors, keyed.index_to_key, "the KeyedVectors")
    if isinstance(source, tuple) and len(source) == 2:
        is_file = isinstance(source[0], str | Path)
        return read_vectors(*source) if is_file else named(*source, "the array")
    raise UserError(
        f"Vectors cannot be a {type(source).__name__}: pass (array, ids), a data frame, gensim's "
        "KeyedVectors, or the path of a file."
    )


def of_frame(frame: pd.DataFrame, where: str) -> NamedVectors:
    """Return the vectors of a data frame; see `vectors_of`."""
    lower = {str(name).lower(): name for name in frame.columns}
    id_column = next((lower[name] for name in ID_COLUMNS if name in lower), None)
    ids = frame.index if id_column is None else frame[id_column]
    column = next((lower[name] for name in VECTOR_COLUMNS if name in lower), None)
    if column is None:
        numeric = frame.drop(columns=id_column or []).select_dtypes("number")
        if numeric.shape[1] == 0:
            raise UserError(
                f"{where} has no vectors: it needs a column 'vector' of lists, or numeric columns."
            )
        return named(numeric.to_numpy(), ids, where)
    return named(_stacked(frame[column].tolist(), where), ids, where)


def _stacked(rows: Sequence[ArrayLike | None], where: str) -> np.ndarray:
    widths = [0 if row is None else np.size(row) for row in rows]
    usual = max(set(widths), key=widths.count) if widths else 0
    for number, width in enumerate(widths, start=1):
        if width != usual:
            raise UserError(
                f"Row {number:,} of {where} has {width:,} numbers, most have {usual:,}: all "
                "vectors need the same width."
            )
    return np.array(rows)


def named(vectors: ArrayLike, ids: Iterable[object], where: str) -> NamedVectors:
    """Return checked vectors with their ids as text.

    Raises
    ------
    UserError
        If there are no vectors, numbers that are not finite, or ids that are missing or repeated.
    """
    array = np.asarray(vectors)
    if array.ndim != 2 or array.shape[1] == 0 or array.dtype.kind not in "fiu":
        raise UserError(
            f"{where} has the shape {array.shape} and the type {array.dtype}: expected numbers, "
            "one row per product."
        )
    texts = list(map(_text, ids))
    if len(texts) != len(array):
        raise UserError(
            f"{where} has {count_of(len(array), 'vector')} for {count_of(len(texts), 'id')}: row i "
            "needs the id in line i."
        )
    if not texts:
        raise UserError(f"{where} has no vectors.")
    bad = np.flatnonzero(~np.isfinite(array).all(axis=1))
    if len(bad):
        raise UserError(
            f"{where} has a number that is not finite in {len(bad):,} of {len(array):,} vectors, "
            f"such as that of '{texts[bad[0]]}': leave them out, or correct them."
        )
    repeated = pd.Series(texts).duplicated()
    if repeated.any():
        raise UserError(
            f"{where} repeats {count_of(int(repeated.sum()), 'id')}, such as "
            f"'{texts[int(repeated.idxmax())]}': every product needs one vector."
        )
    return NamedVectors(texts, array.astype(np.float32))


def _text(value: object) -> str:
    # A column of numbers with gaps has become one of floats.
    return str(int(value) if isinstance(value, float) and value.is_integer() else value).strip()


def align(
    vectors: NamedVectors, catalogue: Catalogue, where: str = "The vectors"
) -> AlignedVectors:
    """Return the vectors in the order of a catalogue; those of other products are left out.

    word2vec's formats cannot hold white space: an id matches if it has ``_`` in its place.

    Raises
    ------
    UserError
        If no id is a product's.
    """
    wanted = catalogue.frame["id"].astype(str)
    row_of = pd.Series(np.arange(len(vectors.ids)), index=vectors.ids)
    rows = row_of.reindex(wanted).to_numpy()
    underscored = row_of.reindex(wanted.str.replace(r"\s", "_", regex=True)).to_numpy()
    rows = np.where(np.isnan(rows), underscored, rows)
    has = ~np.isnan(rows)
    if not has.any():
        theirs, ours = (", ".join(map(repr, ids[:SHOWN])) for ids in (vectors.ids, wanted.tolist()))
        raise UserError(
            f"{where} and the data set have no id in common: {theirs} and {ours}, for instance."
        )
    used = rows[has].astype(np.int64)
    matrix = np.zeros((len(wanted), vectors.vectors.shape[1]), np.float32)
    matrix[has] = vectors.vectors[used]
    return AlignedVectors(matrix, len(vectors.ids) - len(np.unique(used)))
