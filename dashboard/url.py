"""The page's address and the choices on the page: read from one, written to the other.

An address states the whole view, what nobody chose included: what a page begins with is another
thing once a run or a data set has been added. It is read when a session begins and when someone
goes back; else what stands on the page counts, and the address is written once, when all of the
page has been drawn.

Streamlit's own binding is not used: it leaves out what a control begins with, and of a choice it
writes what it is called on the page. That wording changes, so such a link would not last.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

NOTHING = ","
_STATE = "_address"
# What is chosen on a page changes its address, and Streamlit would make a step back of each: twice
# back, and nothing to see, for every page. So that Back leads to the page before, only another
# page is a step.
STEPS_BACK = """<script>
if (!history.ofPages) {
    const push = history.pushState.bind(history);
    history.pushState = (state, title, url) =>
        new URL(url ?? "", location.href).pathname === location.pathname
            ? history.replaceState(state, title, url)
            : push(state, title, url);
    history.ofPages = true;
}
</script>"""


class Missing(Exception):
    """What a link names is not there.

    Attributes
    ----------
    said : str
        What to tell the person.
    value : object
        What is shown instead.
    """

    def __init__(self, said: str, value: Any) -> None:
        super().__init__(said)
        self.said, self.value = said, value


@dataclass
class _State:
    """What one session knows, by the names of the choices."""

    # Of the link: texts of what has not been drawn yet, and values of what was taken from it.
    link: dict[str, str]
    taken: dict[str, Any] = field(default_factory=dict)
    missing: dict[str, Missing] = field(default_factory=dict)
    # Whether someone has just gone back or forward, so that the link counts, not what is shown.
    back: bool = False
    # What was chosen, kept while other pages are open; what each choice began with at last.
    memory: dict[str, Any] = field(default_factory=dict)
    usual: dict[str, Any] = field(default_factory=dict)
    # Texts for the address, of what this run has drawn so far; whether the side bar is drawn.
    texts: dict[str, str] = field(default_factory=dict)
    ready: bool = False
    page: str = ""


def _state() -> _State:
    if _STATE not in st.session_state:
        st.session_state[_STATE] = _State(st.query_params.to_dict())
    return st.session_state[_STATE]


def begin() -> None:
    """Begin a run of the whole page."""
    st.html(STEPS_BACK, unsafe_allow_javascript=True)
    state = _state()
    state.texts, state.ready = {}, False
    context = get_script_run_ctx()
    if context.page_script_hash != state.page:
        state.missing.clear()
    state.page = context.page_script_hash
    if context.is_history_navigation:
        state.back, state.link = True, st.query_params.to_dict()


def allow() -> None:
    """Let this run write the address; without what all pages share it would lose that part."""
    _state().ready = True


def recall(key: str, default: Any, read: Callable[[str], Any]) -> None:
    """Put into the session what a choice stands at, before it is drawn.

    That is what the person has just chosen, else what the link says, else what was chosen here
    before, else `default`; the latter also where it stood at a default that is another one now.
    Going back, it is what the link says, or `default`.

    Parameters
    ----------
    key : str
        Its name in the address and in the session; another one on every page.
    default : object
    read : callable
        The value of a link's text; raises `Missing`.
    """
    state, session = _state(), st.session_state
    if key in session and not state.back:
        began = key in state.usual and session[key] == state.usual[key] != default
        if began and key not in state.taken:
            session[key] = default
    elif key in state.link:
        try:
            session[key] = state.taken[key] = read(state.link[key])
            state.missing.pop(key, None)
        except Missing as missing:
            session[key] = missing.value
            state.missing[key] = missing
    else:
        session[key] = default if state.back else state.memory.get(key, default)


def note(key: str, chosen: Any, default: Any, text: str | None = None) -> None:
    """Say what a choice stands at, once it is drawn.

    Parameters
    ----------
    text : str, optional
        What the address says, "" for nothing; by default what `shown` makes of it.
    """
    state = _state()
    state.usual[key] = default
    # A default is not kept: it may be another one next time.
    if chosen == default:
        state.memory.pop(key, None)
    else:
        state.memory[key] = chosen
    if key in state.taken and state.taken[key] != chosen:
        del state.taken[key]
    if key in state.missing and state.missing[key].value != chosen:
        del state.missing[key]
    state.texts[key] = shown(chosen) if text is None else text


def now(key: str, default: Any) -> str:
    """Return what a choice stands at, as its text; it need not have been drawn yet."""
    state = _state()
    if key in st.session_state and not state.back:
        return shown(st.session_state[key])
    if key in state.link:
        return state.link[key]
    return shown(default if state.back else state.memory.get(key, default))


def named(key: str) -> bool:
    """Return whether the link decides about a choice that is drawn next."""
    state = _state()
    return state.back or key in state.link


def missing() -> list[str]:
    """Return what the link names and is not there, of what this run has drawn."""
    state = _state()
    return [found.said for key, found in state.missing.items() if key in state.texts]


def write() -> None:
    """Write the address, at once and only where it changes: each time, the browser is told."""
    state = _state()
    if not state.ready:
        return
    state.back = False
    # A link may name what this view does not show.
    state.link = {key: text for key, text in state.link.items() if key not in state.texts}
    for left in (state.taken, state.missing):
        for key in [key for key in left if key not in state.texts]:
            del left[key]
    texts = {key: text for key, text in state.texts.items() if text}
    if st.query_params.to_dict() != texts:
        st.query_params.from_dict(texts)


def open_page(view: str) -> None:
    """Open another page."""
    # Given what is there, Streamlit leaves the address that one comes back to as it is. The other
    # page writes its own.
    st.switch_page(f"views/{view}.py", query_params=st.query_params.to_dict())


def shown(value: Any) -> str:
    """Return a value as text for the address."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"{value:.10g}"
    if isinstance(value, list):
        return ",".join(value) or NOTHING
    return str(value)
