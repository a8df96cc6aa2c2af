"""A file of any known format -> products and relations."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from core.config import UserError
from core.data import product_table
from core.data.formats.input_format import InputFormat, Sample
from core.data.formats.registry import FORMATS, choose_format
from core.data.read_options import ReadOptions
from core.data.read_result import ReadResult
from core.data.recognise_file import check_file
from core.data.several_files import open_sample
from core.data.tables.open_table import open_table
from core.data.tables.table import Table
from core.progress import QUIET, Progress


def read_file(
    path: Path,
    products: Path | None = None,
    options: ReadOptions | None = None,
    progress: Progress = QUIET,
) -> ReadResult:
    """Read a local file of any known format, recognised by its content.

    Parameters
    ----------
    path : Path
        A file; a folder or a pattern (``orders-*.csv``) for files of one kind, read as one.
    products : Path, optional
        Product table that accompanies a transaction log or an edge list.
    options : ReadOptions, optional

    Raises
    ------
    UserError
        If a file is missing, of no known format, or without a usable line.
    """
    options = options or ReadOptions()
    if products is not None:
        check_file(Path(products))
    with TemporaryDirectory(prefix="products-") as folder:
        scratch = Path(folder)
        sample = open_sample(Path(path), scratch, options)
        table = None if products is None else open_table(Path(products), scratch)
        return read_sample(sample, table, progress)


def read_sample(sample: Sample, products: Table | None, progress: Progress) -> ReadResult:
    """Read the file or frame of `sample`, with its product table if there is one."""
    chosen = choose_format(sample)
    if products is not None and not chosen.takes_products:
        raise UserError(f"{sample.label} is {chosen.about}, which describes its products itself.")
    _check_roles(sample, chosen, products is not None)
    frame = described = None
    if products is not None:
        frame, described = product_table.read_products(products, sample.options, progress)
    result = chosen.read(sample, frame, sample.options, progress)
    if described is not None:
        result.report.notes["products"] = described.to_dict()
    return result.reweighed(sample.options.weights)


def _check_roles(sample: Sample, chosen: InputFormat, has_products: bool) -> None:
    """Raise `UserError` if a column is named for a role that no file can have."""
    used = {*chosen.roles, *(product_table.ROLES if has_products else ())}
    unused = sorted(set(sample.options.columns) - used)
    if not unused:
        return
    known = {role for entry in FORMATS.values() for role in entry.roles} | {*product_table.ROLES}
    if unused[0] not in known:
        raise UserError(f"No such role: {unused[0]}; roles are {', '.join(sorted(known))}.")
    hint = ""
    if not has_products and set(unused) <= set(product_table.ROLES):
        hint = " Such columns are read from a product table: name it with --products."
    raise UserError(
        f"columns.{unused[0]} has no effect: {chosen.about} has columns for "
        f"{', '.join(sorted(used)) or 'nothing'}.{hint}"
    )
