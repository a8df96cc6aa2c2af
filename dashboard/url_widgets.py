"""Controls whose choice stands in the page's address; `dashboard.url` reads and writes it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from dashboard import url
from dashboard.url import NOTHING, Missing

# Characters of a link's text that a message repeats.
LONGEST = 120


def one(
    draw: Callable[..., Any],
    label: str,
    options: Sequence[str],
    *,
    key: str,
    names: Callable[[str], str] = str,
    default: str | None = None,
    off: str | None = None,
    **looks: Any,
) -> Any:
    """Draw a choice of one and return it.

    Parameters
    ----------
    draw : callable
        `st.selectbox` or `st.segmented_control`, or the like of a column.
    label : str
    options : sequence of str
        Ids; the address holds the chosen one.
    key : str
        Its name in the address and in the session; another one on every page.
    names : callable
        What an id is called on the page.
    default : str, optional
        The first option by default.
    off : str, optional
        The option that is as good as no choice, and is left out of the address.
    **looks
        Passed on to `draw`.
    """
    options = list(options)
    first = options[0] if default is None else default

    def read(text: str) -> str:
        if text not in options:
            raise Missing(_gone(label, [text], names(first)), first)
        return text

    url.recall(key, first, read)
    if st.session_state[key] not in options:
        st.session_state[key] = first
    chosen = draw(label, options, key=key, format_func=names, **looks)
    url.note(key, chosen, first, "" if chosen == off else None)
    return chosen


def many(
    label: str,
    options: Sequence[str],
    *,
    key: str,
    names: Callable[[str], str],
    default: list[str],
    **looks: Any,
) -> list[str]:
    """Draw a choice of several and return it; the parameters are those of `one`."""

    most = looks.get("max_selections")

    def read(text: str) -> list[str]:
        asked = [] if text == NOTHING else text.split(",")
        known = list(dict.fromkeys(name for name in asked if name in options))[:most]
        if gone := [name for name in asked if name not in options]:
            rest = "what else the link names" if known else "what this page begins with"
            raise Missing(_gone(label, gone, rest), known or default)
        return known

    url.recall(key, default, read)
    # Of another data set, none is left; that nothing was chosen is a choice.
    if kept := st.session_state[key]:
        st.session_state[key] = [name for name in kept if name in options] or default
    chosen = st.multiselect(label, list(options), key=key, format_func=names, **looks)
    url.note(key, chosen, default)
    return chosen


def number(
    draw: Callable[..., Any],
    label: str,
    low: float,
    high: float | None,
    *,
    key: str,
    default: float | None,
    **looks: Any,
) -> Any:
    """Draw a number and return it.

    Parameters
    ----------
    draw : callable
        `st.slider` or `st.number_input`, or the like of a column.
    label, key
        As in `one`.
    low, high : number
        Between which it lies, both included; whole numbers if `low` is one.
    default : number or None
        None is an empty box, which is left out of the address.
    **looks
        Passed on to `draw`.
    """
    kind = int if isinstance(low, int) else float

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value) or kind(value) != value:
            raise Missing(_instead(label, text, url.shown(default) or "none"), default)
        fit = kind(_between(value, low, high))
        if fit != value:
            raise Missing(_instead(label, text, url.shown(fit)), fit)
        return fit

    url.recall(key, default, read)
    stood = st.session_state[key]
    if stood is not None and _between(stood, low, high) != stood:
        st.session_state[key] = kind(_between(stood, low, high))
    if default is None:
        looks["value"] = None
    chosen = draw(label, low, high, key=key, **looks)
    url.note(key, chosen, default)
    return chosen


def text(draw: Callable[..., str], label: str, *, key: str, **looks: Any) -> str:
    """Draw a line of text and return it; empty, it is left out of the address."""
    url.recall(key, "", str)
    chosen = draw(label, key=key, **looks)
    url.note(key, chosen, "")
    return chosen


def switch(label: str, *, key: str, default: bool = False, **looks: Any) -> bool:
    """Draw a switch and return whether it is on; it is in the address if it is not at `default`."""

    def read(said: str) -> bool:
        if said not in ("true", "false"):
            raise Missing(_instead(label, said, url.shown(default)), default)
        return said == "true"

    url.recall(key, default, read)
    chosen = st.toggle(label, key=key, **looks)
    url.note(key, chosen, default, "" if chosen == default else None)
    return chosen


def is_on(key: str) -> bool:
    """Return whether a switch that begins switched off is on; it need not have been drawn yet."""
    return url.now(key, False) == "true"


def changed(**usual: Any) -> list[str]:
    """Return which of these choices stand at something else, drawn or not."""
    return [key for key, value in usual.items() if url.now(key, value) != url.shown(value)]


def picked(label: str, options: Sequence[str], *, key: str) -> str:
    """Return which of the options was picked in a table, by its callback or the link; "" if none.

    The callback puts it into the session under `key`.
    """

    def read(text: str) -> str:
        if text not in options:
            raise Missing(_gone(label, [text], "none"), "")
        return text

    url.recall(key, "", read)
    chosen = st.session_state[key] if st.session_state[key] in options else ""
    url.note(key, chosen, "")
    return chosen


def only(label: str, value: str, *, key: str) -> None:
    """Put into the address what there is no choice of, and notice a link to something else."""
    st.session_state.pop(key, None)

    def read(text: str) -> str:
        if text != value:
            raise Missing(_gone(label, [text], value), value)
        return text

    url.recall(key, value, read)
    url.note(key, value, value)


def _between(value: float, low: float, high: float | None) -> float:
    return max(low, value if high is None else min(value, high))


def _instead(label: str, text: str, shown: str) -> str:
    return f"{label}: {text[:LONGEST] or 'nothing'} is not possible. Shown is {shown}."


def _gone(label: str, texts: list[str], shown: str) -> str:
    named = ", ".join(texts)[:LONGEST] or "nothing"
    return f"{label}: {named} {'is' if len(texts) == 1 else 'are'} not here. Shown is {shown}."
