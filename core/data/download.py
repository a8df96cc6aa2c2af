"""Downloads that survive a break: resumed, checked for size, and put in place in one step."""

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
_OF_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


def download(
    url: str, target: Path, progress: Progress = QUIET, attempts: int = 5, pause: float = 1.0
) -> Path:
    """Fetch `url` to `target`, going on where an earlier attempt broke off.

    What has come so far stands in ``target.part``; it is kept after a failure, so running the
    same command again resumes. Beside the finished file stands its SHA-256 in ``target.sha256``.

    Parameters
    ----------
    attempts : int
        How often a broken connection is taken up again before giving up.
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
            progress.log(f"The connection broke ({problem}); going on with {target.name}.")
            progress.stage(f"Wait to go on with {target.name} ({problem})")
            time.sleep(pause * 2 ** (attempt - 1))
        try:
            _fetch(url, part, progress)
        except urllib.error.HTTPError as error:
            if error.code < 500:
                raise _unreachable(url, target, f"the server answers {error.code}") from None
            problem = error
        except (OSError, HTTPException, _Incomplete) as error:
            if getattr(error, "errno", None) in _OF_DISK:  # no connection will mend that
                raise
            problem = error
            if attempt == 0 and isinstance(getattr(error, "reason", None), socket.gaierror):
                break  # there is no network: waiting for it is the person's choice
        else:
            _finish(part, target)
            return target
    raise _unreachable(url, target, str(getattr(problem, "reason", problem)))


class _Incomplete(Exception):
    """The connection ended before the file did."""


def _fetch(url: str, part: Path, progress: Progress) -> None:
    """Fetch what is missing from `part`; raises `_Incomplete` if something still is."""
    note = part.with_name(part.name + ".json")  # which version of the file the part is of
    have = part.stat().st_size if part.exists() else 0
    version = json.loads(note.read_text()).get("version") if have and note.exists() else None
    headers = {"Accept-Encoding": "identity"}
    if have and version:
        # A server whose file has changed since sends all of it instead of the rest.
        headers |= {"Range": f"bytes={have}-", "If-Range": version}
    request = urllib.request.Request(url, headers=headers)
    try:
        response = urllib.request.urlopen(request, timeout=_TIMEOUT)
    except urllib.error.HTTPError as error:
        if error.code == 416:  # nothing after what is here: either complete, or not the same file
            size_there = (error.headers.get("Content-Range") or "").rpartition("/")[2]
            if size_there == str(have):
                return
            part.unlink()
            raise _Incomplete("the file on the server has changed") from None
        raise
    with response:
        resumed = response.status == 206 and (
            response.headers.get("Content-Range", "").startswith(f"bytes {have}-")
        )
        if response.status == 206 and not resumed:
            part.unlink()
            raise _Incomplete("the server sent another part than asked for")
        length = response.headers.get("Content-Length")
        start = have if resumed else 0
        total: int | None = start + int(length) if length and length.isdigit() else None
        version = response.headers.get("ETag") or response.headers.get("Last-Modified")
        if not resumed:
            note.write_text(json.dumps({"url": url, "version": version}))
        progress.stage(f"Download {part.name.removesuffix('.part')}", total, "bytes")
        with open(part, "ab" if resumed else "wb") as file:
            progress.advance(start)
            # read1, so that what came before a break is kept.
            while block := response.read1(_CHUNK):
                file.write(block)
                progress.advance(file.tell())
            size = file.tell()
    if total is not None and size < total:
        raise _Incomplete(f"{size:,} of {total:,} bytes came")
    if total is not None and size > total:
        part.unlink()
        raise _Incomplete(f"{size:,} bytes came, {total:,} were announced")


def _finish(part: Path, target: Path) -> None:
    """Write the checksum and put the file in its place."""
    with open(part, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    target.with_name(target.name + ".sha256").write_text(f"{digest}  {target.name}\n")
    os.replace(part, target)
    part.with_name(part.name + ".json").unlink(missing_ok=True)


def _unreachable(url: str, target: Path, why: str) -> UserError:
    return UserError(
        f"Could not download {url} ({why}). Run the same command again to go on, or fetch the "
        f"file on a machine with a connection and put it here: {target}"
    )
