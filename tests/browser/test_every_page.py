"""Every view of every page on a real server, through sessions without a browser."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.Element_pb2 import Element

from core.runs.store import Store
from dashboard.pages import PAGES
from tests.benchmarks.app_client import AppClient, error_of
from tests.benchmarks.audience import Audience, Places, Tally, report, walk
from tests.benchmarks.bench_app import App

T = TypeVar("T")


def run(walking: Coroutine[None, None, T]) -> T:
    """Run it in a thread: the browser of other tests keeps an event loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, walking).result()


@pytest.fixture(scope="module")
def app(servers, shop_with_maps) -> App:
    """An app with a graph score and two runs that have maps."""
    address = servers.start(shop_with_maps)
    return App(address, servers.running[address].pid)


@pytest.fixture(scope="module")
def places(shop_with_maps) -> Places:
    """Its views."""
    return Places(Store(shop_with_maps), "shop")


def test_every_view_opens_in_one_session_without_an_error(app, places):
    async def all_views() -> dict[str, list[str]]:
        async with AppClient(app.address) as client:
            return {str(link): await client.view(*link) for link in places.links()}

    errors = run(all_views())
    assert {link: found for link, found in errors.items() if found} == {}
    assert {page for page, _ in places.links()} == {page.name for page in PAGES}


def test_an_audience_sees_no_error(app, places, capsys):
    tally = Tally()
    looks = run(walk(app, places, Audience(people=2, minutes=0.3, pause=0.1), tally))
    assert tally.errors == [] and len(tally.all()) >= 2
    assert looks[0].mb > 50
    report(tally, looks)
    assert "0 errors" in capsys.readouterr().out


def test_an_unresponsive_app_is_recorded_as_an_error_and_the_walk_continues(places):
    tally, nobody = Tally(), App("http://127.0.0.1:1", os.getpid())
    run(walk(nobody, places, Audience(people=1, minutes=0.02, pause=0.1), tally))
    assert tally.errors and all("no connection" in error for error in tally.errors)
    assert tally.all() == []


def test_a_view_that_does_not_exist_is_an_error(app):
    async def no_view() -> list[str]:
        async with AppClient(app.address) as client:
            return await client.view("nowhere", {})

    assert run(no_view()) == ["there is no page nowhere"]


def test_an_error_box_and_a_stack_trace_are_errors_and_a_warning_is_not():
    element = Element()
    element.alert.title, element.alert.body = "This part could not be shown", "Reload the page."
    element.alert.format = Alert.WARNING
    assert error_of(element) == []
    element.alert.format = Alert.ERROR
    assert error_of(element) == ["This part could not be shown Reload the page."]
    element = Element()
    element.exception.type, element.exception.message = "KeyError", "'type'"
    assert error_of(element) == ["KeyError: 'type'"]
