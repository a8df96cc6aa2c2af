"""Read a data set: a named one, or a file. The entry point to all readers of files."""

from __future__ import annotations

from pathlib import Path

from core.config import UserError, check_name
from core.data.named_datasets import NAMED_DATASETS
from core.data.read_options import ReadOptions
from core.data.read_result import ReadResult
from core.progress import QUIET, Progress


def read_dataset(
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
        One of `NAMED_DATASETS`, or any name together with `file`.
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
    # Imported here, so that a named data set does not load the table readers.
    from core.data.read_file import read_file

    check_name(name)
    source = NAMED_DATASETS.get(name)
    if file is not None:
        if source and source.url is None:
            raise UserError(f"'{name}' is embedded and needs no file: give your file another name.")
        return read_file(Path(file), products, options, progress)
    if source is None:
        raise UserError(
            f"There is no data set '{name}': the named ones are {', '.join(NAMED_DATASETS)}. "
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
            "downloads it again."
        ) from None
