"""Figures, tables and downloads, the same on all pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import page_frame
from dashboard.charts import chart_style

# Colour of axes and their titles by theme: Streamlit's own grey is too faint for a projector.
INK = {"light": "#33404E", "dark": "#D3DBE3"}
# Sizes of type, in pixels.
TYPE_SIZE, PRESENTER_TYPE_SIZE = 16, 20
PAGE_STYLE = (
    "body{font:15px sans-serif;margin:2em}td,th{padding:.3em .8em;border-bottom:1px solid #ddd;"
    "text-align:left}"
)
NO_NETWORK = "One file that works offline. For a PNG, click the camera icon in the figure's corner."

# Fades the other lines of a figure while the pointer is on one: plotly has no option for that.
HIGHLIGHT = """<script>
if (!window.highlightsLines) {
    window.highlightsLines = true;
    const fade = (plot, points) => {
        const name = points && points[0].fullData.legendgroup;
        const traces = plot._fullData.filter(trace => trace.legendgroup);
        for (const trace of traces) {
            const drawn = plot.querySelectorAll(`.trace${trace.uid}`);
            const shown = name ? (trace.legendgroup === name ? 1 : 0.2) : trace.opacity;
            drawn.forEach(part => { part.style.opacity = shown; });
        }
    };
    document.addEventListener("mouseover", event => {
        const plot = event.target.closest?.(".js-plotly-plot");
        if (!plot || plot.fades || !plot.on || !plot._fullData) return;
        plot.fades = true;
        plot.on("plotly_hover", ({points}) => fade(plot, points));
        plot.on("plotly_unhover", () => fade(plot));
    });
}
</script>"""

Table = Callable[[], pd.DataFrame]


def plot(
    figure: go.Figure,
    key: str,
    *,
    alt: str,
    name: str | None = None,
    copy: bool = True,
    **options: Any,
) -> Any:
    """Draw a figure in the app's theme, larger in presenter mode; its tool bar saves a PNG.

    Parameters
    ----------
    figure : Figure
    key : str
    alt : str
        What the figure shows, for people who cannot see it.
    name : str, optional
        Name of the PNG file; `key` by default.
    copy : bool
        False if the caller does not use `figure` afterwards: it is then changed in place.
    **options
        Passed on to `st.plotly_chart`, such as ``on_select``.

    Returns
    -------
    What `st.plotly_chart` returns.
    """
    figure = go.Figure(figure) if copy else figure
    if options.get("height") == "stretch":
        # Otherwise the frame would be as high as the figure.
        figure.update_layout(height=None)
    ink = INK[st.context.theme.type or "light"]
    figure.update_layout(font_color=ink, legend_font_color=ink)
    axis: dict[str, str | int] = {"tickfont_color": ink, "title_font_color": ink}
    if page_frame.presenter():
        height, legend = figure.layout.height, figure.layout.legend.font.size
        figure.update_layout(
            font_size=18,
            legend_font_size=round(legend * 1.3) if legend else 17,
            height=round(height * 1.25) if height else None,
        )
        axis |= {"title_font_size": 18, "tickfont_size": 16}
        figure.update_annotations(font_size=17)
        figure.update_traces(textfont_size=16, selector={"mode": "markers+text"})
    figure.update_xaxes(**axis)
    figure.update_yaxes(**axis)
    image = {"format": "png", "filename": name or key, "scale": 2}
    config = {"displaylogo": False, "toImageButtonOptions": image, **options.pop("config", {})}
    if page_frame.on_phone() and "on_select" not in options:
        # Where nothing hovers, the tool bar is always there, and covers the legend.
        config["displayModeBar"] = False
    return st.plotly_chart(figure, key=key, config=config, alt=alt, **options)


def window_frame(key: str, least: float, above: float) -> DeltaGenerator:
    """Return a container that reaches to the end of the window.

    Parameters
    ----------
    key : str
    least : float
        Its minimum height, in units of the type.
    above : float
        Height of what stands above it, in the same units.
    """
    frame = st.container(key=key, gap=None)
    frame.html(
        f"<style>.st-key-{key} {{ height: max({least}rem, calc(100vh - {above}rem)); flex: none; }}"
        "</style>"
    )
    return frame


def highlight_lines() -> None:
    """Highlight the line under the pointer in the figures of this page."""
    st.html(HIGHLIGHT, unsafe_allow_javascript=True)


def heading(label: str, model: str) -> None:
    """Draw a run's label, with a dot in its model's colour."""
    mark = f':color[●]{{foreground="{chart_style.colour(model)}"}}'
    st.markdown(f"{mark} **{page_frame.plain(label)}**")


def table(data: Any, **options: Any) -> Any:
    """Draw a table as `st.dataframe` does, without row numbers and with a dash for no value."""
    return st.dataframe(data, **{"hide_index": True, "placeholder": "–", **options})


def row_height(lines: int) -> int:
    """Return the height of a table's row that holds several lines of text, in pixels.

    Streamlit wraps text only in rows higher than four times the size of the type.
    """
    size = PRESENTER_TYPE_SIZE if page_frame.presenter() else TYPE_SIZE
    return max(round(4.1 * size), round((1.4 * lines + 0.6) * size))


def download_html(figure: Callable[[], go.Figure], name: str, key: str) -> None:
    """Draw a button that saves a figure as one HTML file; `figure` makes it on request."""
    st.download_button(
        "HTML",
        lambda: figure().to_html(include_plotlyjs=True, full_html=True),
        file_name=f"{name}.html",
        mime="text/html",
        key=key,
        on_click="ignore",
        icon=":material/download:",
        help=NO_NETWORK,
    )


def download_csv(data: Table, name: str, key: str) -> None:
    """Draw a button that saves a table as CSV; `data` makes the table on request."""
    st.download_button(
        "CSV",
        lambda: data().to_csv(index=False).encode(),
        file_name=f"{name}.csv",
        mime="text/csv",
        key=f"{key}-csv",
        on_click="ignore",
        icon=":material/download:",
    )


def figure_downloads(figure: go.Figure, data: Table, name: str, key: str) -> None:
    """Draw buttons that save a figure as HTML and its data as CSV.

    Parameters
    ----------
    figure : Figure
    data : callable
        Makes the table on request.
    name : str
        Name of the files.
    key : str
    """
    with st.container(horizontal=True):
        download_html(lambda: figure, name, f"{key}-html")
        download_csv(data, name, key)


def table_downloads(data: Table, name: str, key: str) -> None:
    """Draw buttons that save a table as an HTML page and as CSV; see `figure_downloads`."""
    with st.container(horizontal=True):
        st.download_button(
            "HTML",
            lambda: html_page(data(), name),
            file_name=f"{name}.html",
            mime="text/html",
            key=f"{key}-html",
            on_click="ignore",
            icon=":material/download:",
        )
        download_csv(data, name, key)


def html_page(data: pd.DataFrame, title: str) -> bytes:
    """Return a table as an HTML page; its texts are escaped."""
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        f"<title>{chart_style.text(title)}</title>"
        f"<style>{PAGE_STYLE}</style><h1>{chart_style.text(title)}</h1>"
        f"{data.to_html(index=False, border=0, na_rep='–')}</html>"
    ).encode()
