"""Figures, tables and downloads as all pages show them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboard import page_frame
from dashboard.charts import chart_style

# Streamlit's own grey of axes and their titles is too faint for a projector.
INK = {"light": "#33404E", "dark": "#D3DBE3"}


def plot(
    figure: go.Figure, key: str, *, name: str | None = None, alt: str, own: bool = False,
    **options: Any,
) -> Any:  # fmt: skip
    """Show a figure: themed, larger in presenter mode, and saved as PNG from its tool bar.

    Parameters
    ----------
    figure : Figure
    key : str
    name : str, optional
        Name of the PNG file; `key` by default.
    alt : str
        What the figure shows, for those who cannot see it.
    own : bool
        Whether `figure` is used nowhere else, so that it may be changed: large ones take long
        to copy.
    **options
        Passed on to `st.plotly_chart`, such as ``on_select``.
    """
    figure = figure if own else go.Figure(figure)
    ink = INK[st.context.theme.type or "light"]
    figure.update_layout(font_color=ink, legend_font_color=ink)
    axis = {"tickfont_color": ink, "title_font_color": ink}
    if page_frame.presenter():
        size = figure.layout.height
        figure.update_layout(
            font_size=18, legend_font_size=17, height=round(size * 1.25) if size else None
        )
        axis |= {"title_font_size": 18, "tickfont_size": 16}
        figure.update_annotations(font_size=17)
    figure.update_xaxes(**axis)
    figure.update_yaxes(**axis)
    image = {"format": "png", "filename": name or key, "scale": 2}
    config = {"displaylogo": False, "toImageButtonOptions": image, **options.pop("config", {})}
    return st.plotly_chart(figure, key=key, config=config, alt=alt, **options)


def heading(label: str, model: str) -> None:
    """Draw what a run is called, beside the colour that its model has in all figures."""
    mark = f':color[●]{{foreground="{chart_style.colour(model)}"}}'
    st.markdown(f"{mark} **{page_frame.plain(label)}**")


def table(data: Any, **options: Any) -> Any:
    """Show a table as `st.dataframe` does, without row numbers; a missing value is a dash."""
    return st.dataframe(data, **{"hide_index": True, "placeholder": "–", **options})


def row_of(lines: int) -> int:
    """Return the height of a table's row of so many lines, in pixels.

    Streamlit breaks lines in rows of more than four times the size of the type only.
    """
    size = 20 if page_frame.presenter() else 16
    return max(round(4.1 * size), round((1.4 * lines + 0.6) * size))


def download_html(figure: go.Figure, name: str, key: str) -> None:
    """Draw a button that saves a figure as one HTML file that needs no network."""
    st.download_button(
        "HTML",
        lambda: figure.to_html(include_plotlyjs=True, full_html=True),
        file_name=f"{name}.html",
        mime="text/html",
        key=key,
        on_click="ignore",
        icon=":material/download:",
        help="One file that needs no network. For a PNG, press the camera at the figure's corner.",
    )


def downloads(figure: go.Figure, data: Callable[[], pd.DataFrame], name: str, key: str) -> None:
    """Draw the buttons that save a figure as HTML, and what it is drawn from as CSV.

    Parameters
    ----------
    data : callable
        Makes the table once it is asked for.
    name : str
        Of the files.
    key : str
    """
    with st.container(horizontal=True):
        download_html(figure, name, f"{key}-html")
        csv_button(data, name, key)


def page_of(data: pd.DataFrame, title: str) -> bytes:
    """Return a table as one HTML page; pandas escapes what it holds."""
    style = (
        "body{font:15px sans-serif;margin:2em}td,th{padding:.3em .8em;border-bottom:1px solid #ddd;"
        "text-align:left}"
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        f"<title>{chart_style.text(title)}</title>"
        f"<style>{style}</style><h1>{chart_style.text(title)}</h1>"
        f"{data.to_html(index=False, border=0, na_rep='–')}</html>"
    ).encode()


def table_downloads(data: Callable[[], pd.DataFrame], name: str, key: str) -> None:
    """Draw the buttons that save a table as an HTML page and as CSV, as `downloads` a figure."""
    with st.container(horizontal=True):
        st.download_button(
            "HTML", lambda: page_of(data(), name), file_name=f"{name}.html", mime="text/html",
            key=f"{key}-html", on_click="ignore", icon=":material/download:",
        )  # fmt: skip
        csv_button(data, name, key)


def csv_button(data: Callable[[], pd.DataFrame], name: str, key: str) -> None:
    """Draw the button that saves a table as CSV; `data` makes it once it is asked for."""
    st.download_button(
        "CSV", lambda: data().to_csv(index=False).encode(), file_name=f"{name}.csv",
        mime="text/csv", key=f"{key}-csv", on_click="ignore", icon=":material/download:",
    )  # fmt: skip
