"""Resumable downloads: checked for size and moved into place atomically."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import socket
import time
import urllib.error
import urllib.request
from http.client import HTTPException
from pathlib import Path

from core.config import UserError
from core.progress import QUIET, Progress

_CHUNK = 2**20
_TIMEOUT = 30  # seconds without a byte
_DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


def download(
    url: str, target: Path, progress: Progress = QUIET, attempts: int = 5, pause: float = 1.0
) -> Path:
    """Download `url` to `target`, resuming an earlier attempt.

    The partial file is ``target.part``; it remains after a failure, so running the same command
    again resumes. The SHA-256 of the finished file is written to ``target.sha256``.

    Parameters
    ----------
    attempts : int
        Number of attempts before giving up on a broken connection.
    pause : float
        Seconds to wait before the second attempt; doubled each time.

    Raises
    ------
    UserError
        If the address cannot be reached or refuses, or the file stays incomplete.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    problem: Exception | None = None
    for attempt in range(attempts):
        if attempt:
            progress.log(f"The connection broke ({problem}); resuming {target.name}.")
            progress.stage(f"Wait to resume {target.name} ({problem})")
            time.sleep(pause * 2 ** (attempt - 1))
        try:
            _fetch(url, part, progress)
        except urllib.error.HTTPError as error:
            if error.code < 500:
                raise _unreachable(url, target, f"the server answers {error.code}") from None
            problem = _Incomplete(f"the server answers {error.code}")
        except (OSError, HTTPException, _Incomplete) as error:
            if getattr(error, "errno", None) in _DISK_ERRORS:  # a disk problem: no retry helps
                raise
            problem = error
            if attempt == 0 and isinstance(getattr(error, "reason", None), socket.gaierror):
                break  # no network at all: retrying is up to the user
        else:
            _finish(part, target)
            return target
    raise _unreachable(url, target, str(getattr(problem, "reason", problem)))


class _Incomplete(Exception):
    """The connection ended before the file did."""


def _fetch(url: str, part: Path, progress: Progress) -> None:
    """Download the missing rest of `part`; raises `_Incomplete` if the connection ends early."""
    note = part.with_name(part.name + ".json")  # the version of the file that `part` is of
    n_present = part.stat().st_size if part.exists() else 0
    version = json.loads(note.read_text()).get("version") if n_present and note.exists() else None
    headers = {"Accept-Encoding": "identity"}
    if n_present and version:
        # If the file has changed since, the server sends all of it instead of the rest.
        headers |= {"Range": f"bytes={n_present}-", "If-Range": version}
    request = urllib.request.Request(url, headers=headers)
    try:
        response = urllib.request.urlopen(request, timeout=_TIMEOUT)
    except urllib.error.HTTPError as error:
        if error.code == 416:  # no bytes beyond ours: the file is complete, or a different one
            size_there = (error.headers.get("Content-Range") or "").rpartition("/")[2]
            if size_there == str(n_present):
                return
            part.unlink()
            raise _Incomplete("the file on the server has changed") from None
        raise
    with response:
        resumed = response.status == 206 and (
            response.headers.get("Content-Range", "").startswith(f"bytes {n_present}-")
        )
        if response.status == 206 and not resumed:
            part.unlink()
            raise _Incomplete("the server sent a different range than requested")
        length = response.headers.get("Content-Length")
        start = n_present if resumed else 0
        total: int | None = start + int(length) if length and length.isdigit() else None
        version = response.headers.get("ETag") or response.headers.get("Last-Modified")
        if not resumed:
            note.write_text(json.dumps({"url": url, "version": version}))
        progress.stage(f"Download {part.name.removesuffix('.part')}", total, "bytes")
        with open(part, "ab" if resumed else "wb") as file:
            progress.advance(start)
            # read1 returns the bytes received so far, so a broken connection loses none of them.
            while block := response.read1(_CHUNK):
                file.write(block)
                progress.advance(file.tell())
            size = file.tell()
    if total is not None and size < total:
        raise _Incomplete(f"received {size:,} of {total:,} bytes")
    if total is not None and size > total:
        part.unlink()
        raise _Incomplete(f"received {size:,} bytes, expected {total:,}")


def _finish(part: Path, target: Path) -> None:
    """Write the checksum and move the file into place."""
    with open(part, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    target.with_name(target.name + ".sha256").write_text(f"{digest}  {target.name}\n")
    os.replace(part, target)
    part.with_name(part.name + ".json").unlink(missing_ok=True)


def _unreachable(url: str, target: Path, reason: str) -> UserError:
    return UserError(
        f"Could not download {url} ({reason}). Run the same command again to resume, or fetch the "
        f"file on a machine with a connection and put it here: {target}"
    )
