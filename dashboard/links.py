"""Choices that stand in a page's link by their ids, and are kept while other pages are open.

Streamlit's own binding writes what a choice is called on the page. That wording changes, and a
run's label with the runs beside it, so such a link would not last. Where the id is what is shown
(numbers, texts, switches) its binding is used.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

MEMORY = "_links"
NOTHING = ","


def one(
    draw: Callable[..., Any],
    label: str,
    options: Sequence[str],
    *,
    key: str,
    names: Callable[[str], str] = str,
    default: str | None = None,
    **looks: Any,
) -> Any:
    """Draw a choice of one and return it.

    Parameters
    ----------
    draw : callable
        `st.selectbox` or `st.segmented_control`, or the like of a column.
    label : str
    options : sequence of str
        Ids; the link holds the chosen one, unless it is the default.
    key : str
        Its name in the link and in the session; another one on every page.
    names : callable
        What an id is called on the page.
    default : str, optional
        The first option by default.
    **looks
        Passed on to `draw`.
    """
    options = list(options)
    first = options[0] if default is None else default
    recall(key, first, lambda text: text if text in options else first)
    if st.session_state[key] not in options:
        st.session_state[key] = first
    chosen = draw(label, options, key=key, format_func=names, **looks)
    note(key, chosen, "" if chosen == first else str(chosen))
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

    def read(text: str) -> list[str]:
        known = [name for name in text.split(",") if name in options]
        return known if known or text == NOTHING else default

    recall(key, default, read)
    st.session_state[key] = [name for name in st.session_state[key] if name in options]
    chosen = st.multiselect(label, list(options), key=key, format_func=names, **looks)
    note(key, chosen, "" if chosen == default else ",".join(chosen) or NOTHING)
    return chosen


def asked(*keys: str) -> bool:
    """Return whether the link sets any of these choices."""
    return any(key in st.query_params for key in keys)


def recall(key: str, default: Any, read: Callable[[str], Any]) -> None:
    """Begin with what the link says, else with what was chosen before, else with the default."""
    if key in st.session_state:
        return
    if key in st.query_params:
        st.session_state[key] = read(st.query_params[key])
    else:
        st.session_state[key] = st.session_state.get(MEMORY, {}).get(key, default)


def note(key: str, chosen: Any, text: str) -> None:
    """Put what was chosen into the link as `text`, "" if it need not stand there."""
    memory = st.session_state.setdefault(MEMORY, {})
    # A default is not kept: it may be another one next time.
    if text:
        memory[key] = chosen
    else:
        memory.pop(key, None)
    if st.query_params.get(key, "") == text:
        return
    if text:
        st.query_params[key] = text
    else:
        del st.query_params[key]
