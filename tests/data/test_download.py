"""Downloads from a local server that breaks off, ignores ranges, or sends other content."""

from __future__ import annotations

import errno
import hashlib
import re
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from core.config import UserError
from core.data.download import download

CONTENT = np.random.default_rng(0).bytes(300_000)


class Server(ThreadingHTTPServer):
    """Serves `content`; the attributes set its faults."""

    content = CONTENT
    etag = '"one"'
    break_after: int | None = None  # bytes of each answer, then the connection is cut
    breaks = 0  # how many more answers are cut
    ignore_range = False
    wrong_part = False
    extra_length = 0  # announced beyond what is sent
    status: int | None = None
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.ranges: list[str | None] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/folder/meta.json.gz"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, *args):
        pass

    def do_GET(self):
        server, content = self.server, self.server.content
        requested = self.headers.get("Range")
        server.ranges.append(requested)
        if server.status:
            return self.send_error(server.status)
        start = 0
        current = self.headers.get("If-Range") in (None, server.etag)
        if requested and current and not server.ignore_range:
            start = int(re.fullmatch(r"bytes=(\d+)-", requested)[1])
            if start >= len(content):
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{len(content)}")
                self.send_header("Content-Length", "0")
                return self.end_headers()
            self.send_response(206)
            shown = start + 7 if server.wrong_part else start
            self.send_header("Content-Range", f"bytes {shown}-{len(content) - 1}/{len(content)}")
        else:
            self.send_response(200)
        body = content[start:]
        if server.etag:
            self.send_header("ETag", server.etag)
        self.send_header("Content-Length", str(len(body) + server.extra_length))
        self.end_headers()
        if server.breaks > 0:
            server.breaks -= 1
            body = body[: server.break_after]
        self.wfile.write(body)


@pytest.fixture
def server():
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def fetch(server, tmp_path, **options):
    target = tmp_path / "raw" / "meta.json.gz"
    return download(server.url, target, **({"pause": 0, "attempts": 3} | options))


def test_a_whole_file_with_progress_and_checksum(server, tmp_path, recorder):
    target = fetch(server, tmp_path, progress=recorder)
    assert target.read_bytes() == CONTENT
    digest = hashlib.sha256(CONTENT).hexdigest()
    assert (tmp_path / "raw" / "meta.json.gz.sha256").read_text() == f"{digest}  meta.json.gz\n"
    assert sorted(path.name for path in target.parent.iterdir()) == [
        "meta.json.gz",
        "meta.json.gz.sha256",
    ]
    assert recorder.stages == [("Download meta.json.gz", len(CONTENT), "bytes")]
    assert recorder.done[-1] == len(CONTENT)


def test_a_broken_connection_is_resumed(server, tmp_path, recorder):
    server.break_after, server.breaks = 100_000, 2
    target = fetch(server, tmp_path, progress=recorder)
    assert target.read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=100000-", "bytes=200000-"]
    assert len(recorder.messages) == 2 and "broke" in recorder.messages[0]
    assert recorder.done == sorted(recorder.done)


def test_a_partial_download_is_resumed_by_the_next_call(server, tmp_path):
    server.break_after, server.breaks = 120_000, 1
    with pytest.raises(UserError, match="again to resume") as error:
        fetch(server, tmp_path, attempts=1)
    target = tmp_path / "raw" / "meta.json.gz"
    assert str(target) in str(error.value) and server.url in str(error.value)
    assert not target.exists()
    assert target.with_name("meta.json.gz.part").stat().st_size == 120_000
    assert fetch(server, tmp_path).read_bytes() == CONTENT
    assert server.ranges[-1] == "bytes=120000-"


def test_a_download_restarts_if_the_server_ignores_ranges(server, tmp_path):
    server.break_after, server.breaks, server.ignore_range = 50_000, 1, True
    assert fetch(server, tmp_path).read_bytes() == CONTENT


def test_a_changed_file_is_downloaded_from_the_start(server, tmp_path):
    server.break_after, server.breaks = 50_000, 1
    with pytest.raises(UserError):
        fetch(server, tmp_path, attempts=1)
    server.content, server.etag = CONTENT[::-1], '"two"'
    assert fetch(server, tmp_path).read_bytes() == CONTENT[::-1]


def test_a_partial_file_of_unknown_version_is_not_resumed(server, tmp_path):
    server.etag = None
    server.break_after, server.breaks = 50_000, 1
    assert fetch(server, tmp_path).read_bytes() == CONTENT
    assert server.ranges == [None, None]


def test_a_wrong_range_is_not_appended(server, tmp_path):
    server.break_after, server.breaks, server.wrong_part = 50_000, 1, True
    assert fetch(server, tmp_path).read_bytes() == CONTENT


def test_a_complete_partial_file_is_only_moved(server, tmp_path):
    server.break_after, server.breaks, server.extra_length = len(CONTENT), 1, 10
    with pytest.raises(UserError):
        fetch(server, tmp_path, attempts=1)
    server.extra_length = 0
    assert fetch(server, tmp_path).read_bytes() == CONTENT


def test_a_file_of_the_wrong_size_is_not_moved_into_place(server, tmp_path):
    server.extra_length = 10
    with pytest.raises(UserError, match="of 300,010 bytes"):
        fetch(server, tmp_path, attempts=1)
    assert not (tmp_path / "raw" / "meta.json.gz").exists()


@pytest.mark.parametrize(("status", "tries"), [(404, 1), (403, 1), (503, 3)])
def test_refused_downloads_have_clear_messages(server, tmp_path, status, tries):
    server.status = status
    with pytest.raises(UserError, match=str(status)):
        fetch(server, tmp_path)
    assert len(server.ranges) == tries


def test_an_unknown_host_is_reported_without_retries(tmp_path, recorder):
    url = "http://no-such-host.invalid/meta.json.gz"
    with pytest.raises(UserError, match="put it here"):
        # With the pause the test would take far too long.
        download(url, tmp_path / "meta.json.gz", recorder, pause=3600)
    assert recorder.stages == []


def test_a_full_disk_is_reported_without_retries(server, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("core.data.download._fetch", full)
    with pytest.raises(OSError, match="No space"):
        fetch(server, tmp_path, pause=3600)


def test_without_network_the_error_names_the_file_to_copy(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    target = tmp_path / "meta.json.gz"
    url = f"http://127.0.0.1:{port}/meta.json.gz"
    with pytest.raises(UserError, match="put it here") as error:
        download(url, target, attempts=2, pause=0)
    assert url in str(error.value) and str(target) in str(error.value)
