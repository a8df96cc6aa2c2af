"""What every page shares: sidebar, title, tour step, error boundary, and links to other pages."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import wraps
from typing import Literal, NoReturn, ParamSpec, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.config import UserError
from core.runs.run_folder import Run
from core.runs.timestamp import now
from dashboard import cached_data, pages, queue_actions, url, url_widgets
from dashboard.parts import tour

P = ParamSpec("P")
R = TypeVar("R")

LOG = "dashboard.log"
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
# Markdown turns these into links and arrows even when escaped, so an invisible character that
# allows no line break is inserted. Arrows have spaces around them; the dashes of a command, which
# people copy, do not.
_AUTOLINKS = re.compile(
    r"(?<=:)(?=//)|(?<=www)(?=\.)|(?<=@)|(?:(?<=\s[-<>=~])|(?<=^[-<>=~]))(?=[-<>=~]+(?:\s|$))",
    re.IGNORECASE,
)
_WORD_JOINER = "\u2060"
# The type of presenter mode is larger by this factor, so its columns are wider by it, too.
PRESENTER_SCALE = 5 / 4
RELEASE_SWITCH = """<script>
if (document.activeElement?.matches("[role=switch]")) document.activeElement.blur();
</script>"""


@dataclass(frozen=True)
class PageContext:
    """What is chosen in the sidebar.

    Attributes
    ----------
    dataset : str or None
        The chosen data set; None if none has been read yet.
    prepared : str or None
        Its chosen split; None if none has been prepared yet.
    presenter : bool
        Whether presenter mode is on: larger type, fewer controls.
    """

    dataset: str | None
    prepared: str | None
    presenter: bool

    def need_split(self) -> tuple[str, str]:
        """Return data set and split; if there is none, show what to do next and end the page."""
        if self.dataset is not None and self.prepared is None:
            if not show_active_jobs(self.dataset):
                st.info(
                    "Its pairs are split for training and evaluation when a model is trained.",
                    title=f"No model has been trained on {plain(self.dataset)} yet",
                    icon=":material/database:",
                )
                go_to("train", "Train models on it", primary=True)
            end_page()
        if self.dataset is None or self.prepared is None:
            if not show_active_jobs():
                st.info(
                    "Train the demo: it needs no download and takes a few minutes.",
                    title="No data yet",
                    icon=":material/database:",
                )
                with st.container(horizontal=True):
                    train_demo_button()
                    go_to("train", "Choose data and models")
            end_page()
        return self.dataset, self.prepared

    def finished_runs(self) -> list[Run]:
        """Return the finished runs on the chosen split; none if there is no split yet."""
        if self.dataset is None or self.prepared is None:
            return []
        return cached_data.finished(self.dataset, self.prepared)

    def need_runs(self, with_stopped: bool = False) -> list[Run]:
        """Return the finished runs; if there is none, show what to do next and end the page.

        Parameters
        ----------
        with_stopped : bool
            Also stopped runs that have a checkpoint; those have vectors but no results.
        """
        dataset, prepared = self.need_split()
        runs = cached_data.finished(dataset, prepared)
        if with_stopped:
            runs = runs + cached_data.stopped_with_checkpoint(dataset, prepared)
        if not runs:
            if not show_active_jobs(dataset):
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
    """End the page here; unlike after `st.stop`, its address is still written."""
    raise PageEnd


def show_active_jobs(dataset: str | None = None) -> bool:
    """Return whether runs are training or waiting; if so, show a notice with a link to them.

    Parameters
    ----------
    dataset : str, optional
        Count only the runs on this data set.
    """
    active = [job for job in queue_actions.active_jobs() if dataset in (None, job.request.dataset)]
    if active:
        one = len(active) == 1
        st.info(
            f"{len(active)} run{' is' if one else 's are'} training or waiting. This page shows "
            "results as soon as the first has finished.",
            title="Models are training",
            icon=":material/hourglass_top:",
        )
        go_to("train", "Watch them train", primary=True)
    return bool(active)


def train_demo_button() -> None:
    """Draw the button that trains the demo's models and starts the tour."""
    if st.button(
        "Train the demo",
        type="primary",
        icon=":material/rocket_launch:",
        key="train-demo",
        on_click=tour.start,
    ):
        queue_actions.train_demo()
        url.open_page("train")


def on_phone() -> bool:
    """Return whether the browser says that it runs on a phone; a page cannot ask for its width."""
    return "Mobi" in (st.context.headers.get("User-Agent") or "")


def presenter() -> bool:
    """Return whether presenter mode is on, as it always is on a full-screen page."""
    page = st.session_state.get("_page")
    return bool(page and page.full_screen) or url_widgets.is_on("presenter")


def open_first_page() -> None:
    """Open the first page, keeping the choices in the address."""
    url.open_page(pages.PAGES[0].name)


@contextmanager
def page_body() -> Iterator[PageContext]:
    """Draw the current page's title, then the body of the `with` block; then write the address.

    Yields
    ------
    PageContext
    """
    page: pages.Page = st.session_state["_page"]
    context: PageContext = st.session_state["_context"]
    if page.full_screen:
        pass
    elif presenter():
        _one_line_header(page)
    else:
        st.title(page.title)
        if page.caption:
            st.caption(page.caption)
    with boundary():
        if tour.is_on():
            with boundary():
                tour.step(page, bool(context.finished_runs()))
        top = st.container()
        with suppress(PageEnd):
            yield context
        _finish(top)


def _one_line_header(page: pages.Page) -> None:
    """Draw a presenter's title, with buttons that turn the pages; so do the arrow keys."""
    position = pages.PAGES.index(page)
    # The switch that turned presenter mode on keeps the focus, and with it the arrow keys.
    st.html(RELEASE_SWITCH, unsafe_allow_javascript=True)
    with st.container(horizontal=True, vertical_alignment="center", key="presenter-header"):
        st.title(page.title, anchor=False, width="stretch")
        for label, step, key in (("Previous page", -1, "Left"), ("Next page", 1, "Right")):
            icon = f":material/arrow_{'back' if step < 0 else 'forward'}:"
            if st.button(
                label,
                key=f"turn-{key}",
                type="tertiary",
                icon=icon,
                shortcut=key,
                disabled=not 0 <= position + step < len(pages.PAGES),
            ):
                url.open_page(pages.PAGES[position + step].name)


def _finish(top: DeltaGenerator) -> None:
    """List the invalid parts of the link, and write the address of what was drawn."""
    if messages := url.problems():
        top.warning(
            "  \n".join(map(plain, messages)),
            title="Part of this link is invalid",
            icon=":material/link_off:",
        )
    url.write()


@contextmanager
def boundary() -> Iterator[None]:
    """Show an error inside as a message that says what to do, never as a stack trace."""
    try:
        yield
    except PageEnd:
        raise
    except UserError as error:
        st.error(plain(str(error)), icon=":material/build:")
    except Exception:
        path = cached_data.store().root / LOG
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with open(path, "a") as log:
                log.write(f"{now()}\n{traceback.format_exc()}\n")
            hint = f"The details are in {path}."
        except OSError:
            hint = "The details could not be saved."
        st.error(
            f"{plain(hint)} Reload the page; if this happens again, send that file to whoever runs "
            "this dashboard.",
            title="This part could not be shown",
            icon=":material/error:",
        )


def guarded(draw: Callable[P, R]) -> Callable[P, R | None]:
    """Put `boundary` around a fragment, which Streamlit reruns without the page around it."""

    @wraps(draw)
    def inside(*args: P.args, **kwargs: P.kwargs) -> R | None:
        with boundary():
            return draw(*args, **kwargs)
        return None

    return inside


def plain(text: str) -> str:
    """Return `text` escaped, so that Streamlit's Markdown shows it as it is, on one line."""
    return _PUNCTUATION.sub(r"\\\1", _AUTOLINKS.sub(_WORD_JOINER, " ".join(str(text).split())))


def go_to(
    name: str,
    label: str | None = None,
    *,
    primary: bool = False,
    key: str | None = None,
    models: list[str] | None = None,
) -> None:
    """Draw a button that opens another page.

    Parameters
    ----------
    name : str
        The page's, in `dashboard.pages`.
    label : str, optional
        The page's title by default.
    models : list of str, optional
        Models to choose on the Train page.
    """
    kind: Literal["primary", "secondary"] = "primary" if primary else "secondary"
    label = label or pages.page(name).title
    if st.button(label, type=kind, key=key or f"go-{name}", icon=":material/arrow_forward:"):
        if models:
            st.session_state["train-preset"] = "ours"
            st.session_state["train-models-ours"] = models
        url.open_page(name)
