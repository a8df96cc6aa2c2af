"""Streamlit's input widgets, with their values stored in the page's URL (`dashboard.url`)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard import url
from dashboard.url import EMPTY_LIST, InvalidValue, Value

# Characters of a link's text that a message repeats.
MAX_QUOTED = 120


def choice(
    widget: Callable[..., Any],
    label: str,
    options: Sequence[str],
    *,
    key: str,
    names: Callable[[str], str | None] = str,
    default: str | None = None,
    **widget_options: Any,
) -> str:
    """Draw a choice of one option and return it.

    Parameters
    ----------
    widget : callable
        `st.selectbox` or `st.segmented_control`, or that of a container.
    label : str
    options : sequence of str
        Ids; the address holds the chosen one.
    key : str
        Its name in the address and in the session; unique among all pages.
    names : callable
        Returns the text that the page shows for an id.
    default : str, optional
        The first option by default.
    **widget_options
        Passed on to `widget`.
    """
    options = list(options)
    first = options[0] if default is None else default

    def parse(text: str) -> str:
        if text not in options:
            raise InvalidValue(_not_found(label, [text], names(first) or first), first)
        return text

    url.restore(key, first, parse)
    if st.session_state[key] not in options:
        st.session_state[key] = first
    chosen: str = widget(label, options, key=key, format_func=names, **widget_options)
    url.record(key, chosen, first)
    return chosen


def optional_choice(
    widget: Callable[..., Any],
    label: str,
    options: Sequence[str],
    *,
    key: str,
    default: str | None = None,
    **choice_options: Any,
) -> str:
    """Draw a choice as `choice` does; its default is left out of the address."""
    chosen = choice(widget, label, options, key=key, default=default, **choice_options)
    if chosen == (options[0] if default is None else default):
        url.leave_out(key)
    return chosen


def part(titles: Mapping[str, str], *, key: str) -> str:
    """Draw the choice of the part of a page that is shown, across the page, and return it.

    Parameters
    ----------
    titles : mapping
        The parts' titles by their ids; the first one is shown by default.
    key : str
        As in `choice`.
    """
    return choice(
        st.segmented_control, "Part", list(titles), key=key, names=titles.get,
        required=True, label_visibility="collapsed", width="stretch",
    )  # fmt: skip


def choices(
    label: str,
    options: Sequence[str],
    *,
    key: str,
    names: Callable[[str], str | None],
    default: list[str],
    **widget_options: Any,
) -> list[str]:
    """Draw a choice of several options and return it; the parameters are those of `choice`."""
    limit = widget_options.get("max_selections")

    def shown(option: str) -> str:
        return names(option) or option

    def parse(text: str) -> list[str]:
        linked = [] if text == EMPTY_LIST else text.split(",")
        known = list(dict.fromkeys(option for option in linked if option in options))[:limit]
        if unknown := [option for option in linked if option not in options]:
            shown = "the rest of the link" if known else "the default"
            raise InvalidValue(_not_found(label, unknown, shown), known or default)
        return known

    url.restore(key, default, parse)
    # If no option exists in the new data set, use the default; keep a choice that was empty.
    if before := st.session_state[key]:
        st.session_state[key] = [option for option in before if option in options] or default
    chosen = st.multiselect(label, list(options), key=key, format_func=shown, **widget_options)
    # An empty choice is left out of the address if it is the default.
    url.record(key, chosen, default, None if chosen or default else "")
    return chosen


def number(
    widget: Callable[..., Any],
    label: str,
    low: float,
    high: float | None,
    *,
    key: str,
    default: float | None,
    **widget_options: Any,
) -> Any:
    """Draw a number and return it: an integer if `low` is one.

    Parameters
    ----------
    widget : callable
        `st.slider` or `st.number_input`, or that of a container.
    label, key
        As in `choice`.
    low, high : number
        Bounds, both included.
    default : number or None
        None is an empty field, which is left out of the address.
    **widget_options
        Passed on to `widget`.
    """
    kind = int if isinstance(low, int) else float

    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value) or kind(value) != value:
            raise InvalidValue(_not_possible(label, text, url.to_text(default) or "none"), default)
        clipped = kind(_clip(value, low, high))
        if clipped != value:
            raise InvalidValue(_not_possible(label, text, url.to_text(clipped)), clipped)
        return clipped

    url.restore(key, default, parse)
    before = st.session_state[key]
    if before is not None and _clip(before, low, high) != before:
        st.session_state[key] = kind(_clip(before, low, high))
    if default is None:
        widget_options["value"] = None
    chosen = widget(label, low, high, key=key, **widget_options)
    url.record(key, chosen, default)
    return chosen


def text(widget: Callable[..., str], label: str, *, key: str, **widget_options: Any) -> str:
    """Draw a line of text and return it; if empty, it is left out of the address."""
    url.restore(key, "", str)
    chosen = widget(label, key=key, **widget_options)
    url.record(key, chosen, "")
    return chosen


def switch(label: str, *, key: str, default: bool = False, **widget_options: Any) -> bool:
    """Draw a switch and return whether it is on; at its default it is left out of the address."""

    def parse(text: str) -> bool:
        if text not in ("true", "false"):
            raise InvalidValue(_not_possible(label, text, url.to_text(default)), default)
        return text == "true"

    url.restore(key, default, parse)
    chosen = st.toggle(label, key=key, **widget_options)
    url.record(key, chosen, default, "" if chosen == default else None)
    return chosen


def is_on(key: str) -> bool:
    """Return whether a switch that is off by default is on, also before it is drawn."""
    return url.current(key, False) == "true"


def changed(**defaults: Value) -> list[str]:
    """Return which of these choices are not at their default, also before they are drawn."""
    return [key for key, value in defaults.items() if url.current(key, value) != url.to_text(value)]


def table_row(label: str, options: Sequence[str], *, key: str) -> str:
    """Return the option that a table's callback has put into the session; "" if none."""

    def parse(text: str) -> str:
        if text not in options:
            raise InvalidValue(_not_found(label, [text], "none"), "")
        return text

    url.restore(key, "", parse)
    chosen = st.session_state[key] if st.session_state[key] in options else ""
    url.record(key, chosen, "")
    return chosen


def fixed(label: str, value: str, *, key: str) -> None:
    """Put the only possible value into the address, and check that a link names no other one."""
    st.session_state.pop(key, None)

    def parse(text: str) -> str:
        if text != value:
            raise InvalidValue(_not_found(label, [text], value), value)
        return text

    url.restore(key, value, parse)
    url.record(key, value, value)


def _clip(value: float, low: float, high: float | None) -> float:
    return max(low, value if high is None else min(value, high))


def _not_possible(label: str, text: str, shown: str) -> str:
    return f"{label}: {text[:MAX_QUOTED] or 'nothing'} is not valid; showing {shown}."


def _not_found(label: str, texts: list[str], shown: str) -> str:
    named = ", ".join(texts)[:MAX_QUOTED] or "nothing"
    return f"{label}: {named} not found; showing {shown}."
