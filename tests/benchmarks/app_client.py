"""A session of the app without a browser: it speaks Streamlit's protocol over a websocket."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Mapping
from urllib.parse import urlencode

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

from dashboard.pages import PAGES

END_OF_RUN = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_WITH_COMPILE_ERROR)


class AppClient:
    """A person's session.

    Parameters
    ----------
    address : str
        Of the app, such as ``http://127.0.0.1:8501``.
    """

    def __init__(self, address: str) -> None:
        self.address = address.replace("http", "ws", 1) + "/_stcore/stream"
        self.hashes: dict[str, str] = {}
        # Seconds between the reruns of the fragments that rerun by themselves.
        self.fragments: dict[str, float] = {}
        self.page = ""

    async def __aenter__(self) -> AppClient:
        # Without pings, as in browsers: a busy server would answer them too late.
        self.connection: ClientConnection = await connect(
            self.address, max_size=None, ping_interval=None
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.connection.close()

    async def view(self, page: str, query: Mapping[str, str]) -> list[str]:
        """Open a page as a link does, and wait until it is drawn; return the errors it shows.

        Parameters
        ----------
        page : str
            The name of one of `dashboard.pages.PAGES`.
        query : mapping
            The parameters of the link.
        """
        self.page = self.hashes.get(page, "")
        message = BackMsg()
        state = message.rerun_script
        state.query_string, state.page_script_hash = urlencode(query), self.page
        if not self.page and page != PAGES[0].name:
            state.page_name = page
        # The app reads a link as a session begins and when the person goes back or forward.
        state.is_history_navigation = bool(self.hashes)
        await self.connection.send(message.SerializeToString())
        errors: list[str] = []
        begun = False
        while True:
            answer = await self._next()
            kind = answer.WhichOneof("type")
            if kind == "new_session":
                begun = self.page in ("", answer.new_session.page_script_hash)
                errors = []
                self.fragments = {}
            elif kind == "navigation":
                self._learn_pages(answer)
            elif kind == "page_not_found":
                errors.append(f"there is no page {page}")
            elif kind == "delta":
                errors += error_of(answer.delta.new_element)
            elif kind == "script_finished" and begun and answer.script_finished in END_OF_RUN:
                return errors

    async def linger(self, seconds: float) -> None:
        """Look at the page for a while; its fragments rerun meanwhile, as a browser has them do."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min([left, *self.fragments.values()])):
                    while True:
                        await self._next()
            for fragment in self.fragments:
                message = BackMsg()
                message.rerun_script.fragment_id = fragment
                message.rerun_script.page_script_hash = self.page
                message.rerun_script.is_auto_rerun = True
                await self.connection.send(message.SerializeToString())

    async def _next(self) -> ForwardMsg:
        data = await self.connection.recv()
        assert isinstance(data, bytes)  # Streamlit sends no text
        message = ForwardMsg.FromString(data)
        kind = message.WhichOneof("type")
        if kind == "auto_rerun":
            self.fragments[message.auto_rerun.fragment_id] = message.auto_rerun.interval
        elif kind == "stop_auto_rerun":
            self.fragments.pop(message.stop_auto_rerun.fragment_id, None)
        return message

    def _learn_pages(self, message: ForwardMsg) -> None:
        self.page = message.navigation.page_script_hash
        for page in message.navigation.app_pages:
            name = PAGES[0].name if page.is_default else page.url_pathname
            if not page.is_hidden:
                self.hashes[name] = page.page_script_hash


def error_of(element: Element) -> list[str]:
    """Return the text of an element that shows an error; empty for any other element."""
    if element.HasField("exception"):
        return [f"{element.exception.type}: {element.exception.message}"]
    if element.HasField("alert") and element.alert.format == Alert.ERROR:
        return [f"{element.alert.title} {element.alert.body}".strip()]
    return []
