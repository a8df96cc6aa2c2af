"""Files are written atomically, and errors in reading them name the file."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import JsonValue

from core.config import UserError


def describe_damage(error: Exception) -> str:
    """Return what is wrong with a file, for a message.

    numpy takes every unknown file for a pickle, and suggests loading it unsafely.
    """
    return "it is not an array" if "pickle" in str(error) else str(error)


@contextlib.contextmanager
def naming_file(path: Path) -> Iterator[None]:
    """Turn the errors of reading a missing or damaged file into a `UserError` that names it."""
    try:
        yield
    except FileNotFoundError:
        raise UserError(f"{path} is missing. Rerun the step that makes it.") from None
    except (ValueError, OSError, EOFError) as error:
        raise UserError(
            f"{path} is damaged ({describe_damage(error)}). Remove its folder, then rerun "
            "the step that makes it."
        ) from None


@contextlib.contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Yield a temporary file next to `target`; it replaces `target` if nothing fails."""
    temporary = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}")
    try:
        yield temporary
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def temporary_folder(target: Path) -> Iterator[Path]:
    """Yield an empty folder next to `target`; it is removed at the end, if it still exists."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}")
    temporary.mkdir()
    try:
        yield temporary
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


@contextlib.contextmanager
def replacing_folder(target: Path) -> Iterator[Path]:
    """Yield an empty folder next to `target`; it replaces `target` if nothing fails."""
    with temporary_folder(target) as temporary:
        yield temporary
        if target.exists():
            retired = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}")
            os.replace(target, retired)
            os.replace(temporary, target)
            shutil.rmtree(retired, ignore_errors=True)
        else:
            os.replace(temporary, target)


def write_json(path: Path, content: object) -> None:
    """Write `content` as JSON, atomically; NaN and infinity become null."""
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(json_values(content), indent=2, ensure_ascii=False) + "\n")


def read_json(path: Path) -> Any:
    """Read JSON, or raise a `UserError` that names the damaged file."""
    with naming_file(path):
        return json.loads(path.read_text())


def json_values(value: Any) -> JsonValue:
    """Return `value` in the types of JSON: NaN and infinity as None, tuples as lists."""
    if isinstance(value, dict):
        return {key: json_values(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [json_values(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a table as Parquet or CSV, by the ending of `path`, atomically."""
    with replacing(path) as temporary:
        if path.suffix == ".parquet":
            table.to_parquet(temporary, index=False)
        else:
            table.to_csv(temporary, index=False)


def read_table(path: Path, columns: list[str] | None = None) -> pd.DataFrame:
    """Read a table that `write_table` wrote; `UserError` names it if it is damaged."""
    with naming_file(path):
        if path.suffix == ".parquet":
            return pd.read_parquet(path, columns=columns)
        return pd.read_csv(path, usecols=columns)


def write_array(path: Path, array: np.ndarray) -> None:
    """Write an array as `.npy`, atomically."""
    with replacing(path) as temporary, open(temporary, "wb") as file:
        np.save(file, array, allow_pickle=False)


def read_array(path: Path) -> np.ndarray:
    """Memory-map an array that `write_array` wrote; `UserError` names it if it is damaged."""
    with naming_file(path):
        return np.load(path, mmap_mode="r", allow_pickle=False)


def modified_ns(path: Path) -> int:
    """Return when a file was last modified, in nanoseconds; 0 if it does not exist."""
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0
