"""What every page shares: the data-set picker, presenter mode, and the boundary around errors."""

from __future__ import annotations

import re
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import wraps
from typing import Any, NoReturn

import streamlit as st

from core.config import UserError
from core.runs.recorder import now
from dashboard import cached_data, jobs, url, url_widgets
from dashboard.content import tour

LOG = "dashboard.log"
STYLE = "<style>.stMainBlockContainer { padding: 2.2rem 2rem 3rem; }</style>"
PRESENTER_STYLE = """<style>
html { font-size: 20px !important; }
[data-testid=stSidebarNav], [data-testid=stSidebarUserContent] { margin: 0 -0.9rem; }
[data-testid=stMetricValue] { font-size: 1.7rem; }
</style>"""
# Seconds until the browser surely has the larger type, before the first table is measured in it.
STYLE_WAIT = 0.2
_MARKS = re.compile(r"([!-/:-@\[-`{-~])")
# What Markdown makes links and arrows of even behind backslashes; an unseen letter, at which no
# line breaks, stands between. Arrows stand between blanks: the dashes of a command to be copied
# don't.
_JOINED = re.compile(
    r"(?<=:)(?=//)|(?<=www)(?=\.)|(?<=@)|(?:(?<=\s[-<>=~])|(?<=^[-<>=~]))(?=[-<>=~]+(?:\s|$))",
    re.IGNORECASE,
)
_UNSEEN = "\u2060"


@dataclass(frozen=True)
class Page:
    """What the picker says.

    Attributes
    ----------
    dataset : str or None
        The chosen data set; None where nothing has been read yet.
    prepared : str or None
        The chosen prepared split of it.
    presenter : bool
        Larger type and fewer controls.
    """

    dataset: str | None
    prepared: str | None
    presenter: bool

    def need_split(self) -> tuple[str, str]:
        """Return data set and prepared split, or show what to do next and end the page here."""
        if self.dataset is not None and self.prepared is None:
            if not under_way(self.dataset):
                st.info(
                    "Its pairs are divided for training and evaluation when a model is trained.",
                    title=f"{plain(self.dataset)} is read, but nothing has been trained on it yet",
                    icon=":material/database:",
                )
                go_to("train", "Train models on it", primary=True)
            end_page()
        if self.dataset is None:
            if not under_way():
                st.info(
                    "Train the demo: it is embedded, needs no download and takes a few minutes.",
                    title="There is no data yet",
                    icon=":material/database:",
                )
                with st.container(horizontal=True):
                    train_demo()
                    go_to("train", "Choose data and models yourself")
            end_page()
        return self.dataset, self.prepared

    def has_runs(self) -> bool:
        """Return whether a model has been trained on the chosen split."""
        return self.prepared is not None and bool(cached_data.finished(self.dataset, self.prepared))

    def need_runs(self, with_kept: bool = False) -> list:
        """Return the finished runs on the chosen split, or show what to do next and end here.

        `with_kept`: stopped runs, too, that kept what they had learned; those have no results.
        """
        dataset, prepared = self.need_split()
        runs = cached_data.finished(dataset, prepared)
        if with_kept:
            runs = runs + cached_data.kept(dataset, prepared)
        if not runs:
            if not under_way(dataset):
                st.info(
                    "Train at least one model on this data set; the graph scores take seconds.",
                    title="No model has been trained yet",
                    icon=":material/model_training:",
                )
                go_to("train", "Train models", primary=True)
            end_page()
        return runs


class PageEnd(Exception):
    """Nothing more of this page can be drawn; raised by `end_page`."""


def end_page() -> NoReturn:
    """End the page here; unlike `st.stop`, which lets nothing more happen, with its address."""
    raise PageEnd


def under_way(dataset: str | None = None) -> bool:
    """Say that models are in training, on `dataset` if one is given, and lead there; return
    whether any are."""
    current = [job for job in jobs.active(jobs.queue().jobs()) if dataset in (None, job.dataset)]
    if current:
        one = len(current) == 1
        st.info(
            f"{len(current)} run{' is' if one else 's are'} in training or wait{'s' * one}. This "
            "page fills with the first that has finished.",
            title="Models are in training",
            icon=":material/hourglass_top:",
        )
        go_to("train", "Watch them train", primary=True)
    return bool(current)


def train_demo() -> None:
    """Draw the button that trains the demo, and begins the tour through what comes of it."""
    if st.button(
        "Train the demo", type="primary", icon=":material/rocket_launch:", key="train-demo",
        on_click=tour.start,
    ):  # fmt: skip
        jobs.train_demo()
        url.open_page("train")


def pick_dataset() -> str | None:
    """Show the picker of data sets and return the choice; its place is the sidebar."""
    names = cached_data.store().datasets()
    if not names:
        st.caption("No data set has been read yet.")
        return None
    return url_widgets.one(st.selectbox, "Data set", names, key="data")


def pick_split(dataset: str) -> str | None:
    """Show the picker of prepared splits, where there is a choice, and return the choice."""
    names = cached_data.store().prepared(dataset)
    if len(names) == 1:
        url_widgets.only("Split", names[0], key="split")
    if len(names) < 2:
        return names[0] if names else None
    return url_widgets.one(
        st.selectbox,
        "Split",
        names,
        key="split",
        help="How the pairs were divided. Results of different splits are never compared.",
    )


def presenter() -> bool:
    """Return whether presenter mode is on."""
    return url_widgets.is_on("presenter")


def sidebar() -> None:
    """Draw what stands beside every page, and keep what was chosen for `page`."""
    url.begin()
    # Before all else: tables measure their type as they are drawn.
    st.html(STYLE)
    if presenter():
        st.html(PRESENTER_STYLE)
        if not st.session_state.get("_styled"):
            time.sleep(STYLE_WAIT)
    st.session_state["_styled"] = presenter()
    st.session_state["_page"] = Page(None, None, presenter())
    with st.sidebar:
        dataset = pick_dataset()
        prepared = pick_split(dataset) if dataset else None
        if dataset:
            trained = len(cached_data.finished(dataset, prepared)) if prepared else 0
            split = f"split {plain(prepared)}" if prepared else "no split prepared"
            st.caption(f"{split} · {trained} finished run{'' if trained == 1 else 's'}")
        url_widgets.switch(
            "Presenter mode",
            key="presenter",
            help="Larger type and fewer controls, for a projector",
        )
        url_widgets.switch(
            "Tour", key=tour.KEY,
            help="Says on every page what there is to see, and leads to the next",
        )  # fmt: skip
    st.session_state["_page"] = Page(dataset, prepared, presenter())
    url.allow()


def first_page() -> None:
    """Lead to the first page, with what the address says."""
    url.open_page("overview")


@contextmanager
def page(title: str, about: str = "") -> Iterator[Page]:
    """Open a page: its title, a boundary around all that is drawn inside, and its address.

    Yields
    ------
    Page
    """
    st.title(title)
    if about and not presenter():
        st.caption(about)
    with boundary():
        found = st.session_state.get("_page") or Page(None, None, presenter())
        if tour.is_on():
            with boundary():
                tour.strip(title, found.has_runs())
        top = st.container()
        with suppress(PageEnd):
            yield found
        _end(top)


def _end(top: Any) -> None:
    """Say what the link names and is not there, and write the address of what was drawn."""
    if said := url.missing():
        top.warning(
            "  \n".join(map(plain, said)),
            title="This link names what is not here, any more or yet",
            icon=":material/link_off:",
        )
    url.write()


@contextmanager
def boundary() -> Iterator[None]:
    """Show an error inside as a message that says what to do; never as a stack trace."""
    try:
        yield
    except PageEnd:
        raise
    except UserError as error:
        st.error(plain(str(error)), icon=":material/build:")
    except Exception:
        where = cached_data.store().root / LOG
        try:
            where.parent.mkdir(parents=True, exist_ok=True)
            with open(where, "a") as log:
                log.write(f"{now()}\n{traceback.format_exc()}\n")
            hint = f"Its details are in {where}."
        except OSError:
            hint = "Its details could not be written down."
        st.error(
            f"{plain(hint)} Reload the page; if it comes again, send that file to whoever runs "
            "this dashboard.",
            title="This part could not be shown",
            icon=":material/error:",
        )


def guarded(draw: Callable[..., Any]) -> Callable[..., Any]:
    """Put `boundary` around a fragment, which Streamlit runs on its own after the first time."""

    @wraps(draw)
    def inside(*args: Any, **kwargs: Any) -> Any:
        with boundary():
            return draw(*args, **kwargs)

    return inside


def plain(text: str) -> str:
    """Return `text` so that Streamlit's Markdown shows it letter by letter, on one line."""
    return _MARKS.sub(r"\\\1", _JOINED.sub(_UNSEEN, " ".join(str(text).split())))


def go_to(
    view: str, label: str, *, primary: bool = False, key: str | None = None,
    models: list[str] | None = None,
) -> None:  # fmt: skip
    """Draw a button that opens another page; `models` are then chosen on the Train page."""
    kind = "primary" if primary else "secondary"
    if st.button(label, type=kind, key=key or f"go-{view}", icon=":material/arrow_forward:"):
        if models:
            st.session_state["train-preset"] = "ours"
            st.session_state["train-models-ours"] = models
        url.open_page(view)
