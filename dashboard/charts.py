"""Data frames in, plotly figures out. Nothing here reads files or knows of Streamlit.

Every model has its colour and line everywhere. Texts that come from data go through `text`.
"""

from __future__ import annotations

import html

from core.experiments import EXPERIMENTS

# Okabe and Ito's colours, the yellow darkened so that it can be told on white.
PALETTE = (
    "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#8C8C8C", "#A89B00",
    "#8A63D2",
)  # fmt: skip
DASHES = ("solid", "dash", "dot", "dashdot")
COLOURS = {name: PALETTE[i % len(PALETTE)] for i, name in enumerate(EXPERIMENTS)}
LINES = {name: DASHES[i // len(PALETTE) % len(DASHES)] for i, name in enumerate(EXPERIMENTS)}


def text(value: object) -> str:
    """Return `value` so that plotly, which reads some HTML, shows it letter by letter."""
    return html.escape(str(value), quote=False)
