"""Map, selection: which products are selected, by lasso, filter, chart, name or link.

The link holds a small selection's ids, or the name of a saved selection.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import quote, unquote

import numpy as np
import streamlit as st

from core.config import UserError
from core.explore.saved_selections import load_selection
from core.graph.split import Split
from dashboard import cached_data, url
from dashboard.parts.map_slot import ITEM
from dashboard.url import InvalidValue

KEY = "picked"  # in the address
# Session keys: the selection; the link's text that it stands for; those before it was narrowed.
_STATE, _TEXT, _EARLIER = "_picked", "_picked-text", "_picked-earlier"
SAVED = "saved:"
MAX_LINK = 1500  # characters


class Selection(NamedTuple):
    """Selected products.

    Attributes
    ----------
    of : tuple of str
        Data set and split.
    products : int array, sorted
    """

    of: tuple[str, str]
    products: np.ndarray


def current_selection() -> Selection | None:
    """Return the selected products; None if there are none on this data set and split."""
    selection = st.session_state.get(_STATE)
    return selection if selection and selection.of == st.session_state["_split"] else None


def restore() -> None:
    """Take the selection over from the link, if it names one that is not selected yet."""
    dataset, prepared = of = st.session_state["_split"]
    split = cached_data.split(dataset, prepared)
    url.restore(KEY, "", lambda text: _check(text, dataset, split))
    text = st.session_state[KEY]
    selection = st.session_state.get(_STATE)
    if selection and selection.of != of and text == st.session_state.get(_TEXT):
        text = st.session_state[KEY] = ""
    if text != st.session_state.get(_TEXT, "") or (text and not current_selection()):
        if text:
            select(_products(text, dataset, split), text)
        else:
            clear()
    url.record(KEY, st.session_state[KEY], "")


def select(products: np.ndarray, text: str | None = None) -> None:
    """Select products.

    Parameters
    ----------
    products : int array
    text : str, optional
        Text for the link; by default the products' ids, if they are few.
    """
    of = st.session_state["_split"]
    products = np.unique(np.asarray(products, np.int64))
    if text is None:
        text = _text(cached_data.split(*of).catalogue.frame["id"].iloc[products])
    st.session_state[_STATE] = Selection(of, products)
    st.session_state[KEY] = st.session_state[_TEXT] = text
    st.session_state.pop(_EARLIER, None)


def narrow(products: np.ndarray) -> None:
    """Select some of the selected products; `widen` takes it back."""
    before = (*st.session_state.get(_EARLIER, ()), (current_selection(), st.session_state[KEY]))
    select(products)
    st.session_state[_EARLIER] = before


def widen() -> None:
    """Select what was selected before the last `narrow`; a callback."""
    *rest, (selection, text) = st.session_state[_EARLIER]
    select(selection.products, text)
    if rest:
        st.session_state[_EARLIER] = tuple(rest)


def is_narrowed() -> bool:
    """Return whether `widen` has something to take back."""
    return bool(st.session_state.get(_EARLIER))


def clear() -> None:
    """Clear the selection; a callback."""
    for key in (_STATE, _EARLIER):
        st.session_state.pop(key, None)
    st.session_state[KEY] = st.session_state[_TEXT] = ""


def selected(key: str) -> None:
    """Read what was clicked or lassoed; a callback.

    Parameters
    ----------
    key : str
        Key of the figure.
    """
    points = st.session_state[key]["selection"]["points"]
    chosen = [point["customdata"] for point in points if point.get("customdata") is not None]
    products = np.unique([value[0] if isinstance(value, list) else value for value in chosen])
    products = products.astype(np.int64)
    if len(products) == 1:
        ids = cached_data.split(*st.session_state["_split"]).catalogue.frame["id"]
        st.session_state[ITEM] = ids.iloc[int(products[0])]
        # After a click the product is in view already.
        st.session_state[f"{ITEM}-found-by-search"] = False
    elif len(products) > 1:
        select(products)


def saved_text(name: str) -> str:
    """Return the text in the link that names a saved selection."""
    return SAVED + name


def _text(ids: Iterable[str]) -> str:
    """Return ids as the link has them; "" if they are too many."""
    text = ",".join(quote(name, safe="") for name in ids)
    return text if len(text) <= MAX_LINK else ""


def _check(text: str, dataset: str, split: Split) -> str:
    """Return the text of a link if it names products."""
    try:
        if not text or len(_products(text, dataset, split)):
            return text
    except UserError as error:
        raise InvalidValue(f"Selection: {error}", "") from None
    raise InvalidValue("Selection: none of its products is in this data set.", "")


def _products(text: str, dataset: str, split: Split) -> np.ndarray:
    """Return the products that a link names; those of other data sets are left out."""
    if text.startswith(SAVED):
        ids = load_selection(cached_data.store(), dataset, text.removeprefix(SAVED))
    else:
        ids = [unquote(part) for part in text.split(",")]
    return split.catalogue.index_of.reindex(ids).dropna().to_numpy(np.int64)
