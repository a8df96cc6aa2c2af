"""Deep links: reads choices from the page's address, and writes what is chosen back into it.

An address states the whole view, defaults included, because defaults change when a run or a data
set is added. It is read when a session begins and when the person goes back or forward; otherwise
what is chosen on the page counts, and the address is written once the whole page has been drawn.

Streamlit's ``bind="query-params"`` (1.67) cannot do this: it writes labels, and omits defaults.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard import pages

Value = str | float | bool | list[str] | None
T = TypeVar("T", bound=Value)

EMPTY_LIST = ","
_STATE = "_address"
# Streamlit makes a step in the browser's history of every change to the address. So that Back leads
# to the page before, only another page is a step; changes within a page replace the last step.
ONE_STEP_PER_PAGE = """<script>
if (!history.ofPages) {
    const push = history.pushState.bind(history);
    history.pushState = (state, title, url) =>
        new URL(url ?? "", location.href).pathname === location.pathname
            ? history.replaceState(state, title, url)
            : push(state, title, url);
    history.ofPages = true;
}
</script>"""


class InvalidValue(Exception, Generic[T]):
    """A link has a value that does not exist or is not allowed.

    Attributes
    ----------
    message : str
        What to tell the person.
    replacement : object
        What is shown instead.
    """

    def __init__(self, message: str, replacement: T) -> None:
        super().__init__(message)
        self.message, self.replacement = message, replacement


@dataclass
class _State:
    """The state of one session's address, by the names of the choices."""

    # The opened link: texts that no control has read yet, accepted values, refused values.
    link: dict[str, str]
    from_link: dict[str, Value] = field(default_factory=dict)
    invalid: dict[str, InvalidValue] = field(default_factory=dict)
    # Whether the person has just gone back or forward, so that the link overrules what is chosen.
    history_step: bool = False
    # Choices, kept while other pages are open, and each control's last default.
    memory: dict[str, Value] = field(default_factory=dict)
    defaults: dict[str, Value] = field(default_factory=dict)
    # Texts of the controls drawn so far in this run, and whether the sidebar is among them.
    texts: dict[str, str] = field(default_factory=dict)
    may_write: bool = False
    page: str = ""


def _state() -> _State:
    if _STATE not in st.session_state:
        st.session_state[_STATE] = _State(st.query_params.to_dict())
    return st.session_state[_STATE]


def begin() -> None:
    """Begin a run of the whole page."""
    st.html(ONE_STEP_PER_PAGE, unsafe_allow_javascript=True)
    state, context = _state(), get_script_run_ctx()
    state.texts, state.may_write = {}, False
    if context is None:
        return
    if context.page_script_hash != state.page:
        state.invalid.clear()
    state.page = context.page_script_hash
    if context.is_history_navigation:
        state.history_step, state.link = True, st.query_params.to_dict()


def allow_writing() -> None:
    """Let this run write the address, once what all pages share has been drawn."""
    _state().may_write = True


def restore(key: str, default: T, parse: Callable[[str], T]) -> None:
    """Set a choice in the session before it is drawn.

    The first of these that there is:

    1. what the person has chosen on this page (a choice that equals the old default moves to the
       new default),
    2. what the link says,
    3. what was chosen on an earlier visit to the page,
    4. the default.

    After going back or forward only 2 and 4 count.

    Parameters
    ----------
    key : str
        Its name in the address and in the session; unique among all pages.
    default : object
    parse : callable
        Returns the value of a link's text; raises `InvalidValue`.
    """
    state, session = _state(), st.session_state
    if key in session and not state.history_step:
        old_default = key in state.defaults and session[key] == state.defaults[key] != default
        if old_default and key not in state.from_link:
            session[key] = default
    elif key in state.link:
        try:
            session[key] = state.from_link[key] = parse(state.link[key])
            state.invalid.pop(key, None)
        except InvalidValue as invalid:
            session[key] = invalid.replacement
            state.invalid[key] = invalid
    else:
        session[key] = default if state.history_step else state.memory.get(key, default)


def record(key: str, chosen: Value, default: Value, text: str | None = None) -> None:
    """Record a choice once it is drawn.

    Parameters
    ----------
    text : str, optional
        Its text in the address, "" to leave it out; that of `to_text` by default.
    """
    state = _state()
    state.defaults[key] = default
    # A default may change before the next visit, so it is not remembered.
    if chosen == default:
        state.memory.pop(key, None)
    else:
        state.memory[key] = chosen
    if key in state.from_link and state.from_link[key] != chosen:
        del state.from_link[key]
    if key in state.invalid and state.invalid[key].replacement != chosen:
        del state.invalid[key]
    state.texts[key] = to_text(chosen) if text is None else text


def leave_out(key: str) -> None:
    """Leave a recorded choice out of the address."""
    _state().texts[key] = ""


def current(key: str, default: Value) -> str:
    """Return a choice as its text, also before it is drawn."""
    state = _state()
    if key in st.session_state and not state.history_step:
        return to_text(st.session_state[key])
    if key in state.link:
        return state.link[key]
    return to_text(default if state.history_step else state.memory.get(key, default))


def set_by_link(key: str) -> bool:
    """Return whether the link sets a choice that has not been drawn yet."""
    state = _state()
    return state.history_step or key in state.link


def problems() -> list[str]:
    """Return a message for every invalid value of the link that this run would have drawn."""
    state = _state()
    return [invalid.message for key, invalid in state.invalid.items() if key in state.texts]


def write() -> None:
    """Write the address; only if it changes, since each write is a message to the browser."""
    state = _state()
    if not state.may_write:
        return
    state.history_step = False
    # Values of controls that this view does not draw are kept for a view that does.
    state.link = {key: text for key, text in state.link.items() if key not in state.texts}
    state.from_link = {key: value for key, value in state.from_link.items() if key in state.texts}
    state.invalid = {key: value for key, value in state.invalid.items() if key in state.texts}
    texts = {key: text for key, text in state.texts.items() if text}
    if st.query_params.to_dict() != texts:
        st.query_params.from_dict(texts)


def open_page(name: str) -> None:
    """Open the page of that name in `dashboard.pages`."""
    # Keep this page's address until the other page writes its own. Otherwise Streamlit would clear
    # it in the browser's history, where Back needs it.
    st.switch_page(pages.page(name).file, query_params=st.query_params.to_dict())


def to_text(value: Value) -> str:
    """Return a value as text for the address."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"{value:.10g}"
    if isinstance(value, list):
        return ",".join(value) or EMPTY_LIST
    return value
