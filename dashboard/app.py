"""The dashboard's entrance: the list of pages and what all of them share.

streamlit run dashboard/app.py
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
# Streamlit puts this file's own folder on the path, not the one that holds `core`.
if str(HERE.parent) not in sys.path:
    sys.path.insert(0, str(HERE.parent))

import streamlit as st  # noqa: E402

from dashboard import page_frame  # noqa: E402

VIEWS = {
    "overview": ("Overview", ":material/home:"),
    "data": ("Data and walks", ":material/conversion_path:"),
    "train": ("Train", ":material/model_training:"),
    "compare": ("Compare", ":material/leaderboard:"),
    "neighbours": ("Neighbours", ":material/hub:"),
    "map": ("Map", ":material/scatter_plot:"),
    "about": ("About the method", ":material/menu_book:"),
}

# Pixels; tables side by side need the rest.
SIDEBAR = 245
st.set_page_config(
    page_title="Product embeddings", page_icon=str(HERE / "icon.svg"), layout="wide",
    initial_sidebar_state=SIDEBAR,
)  # fmt: skip
FIRST = "overview"
pages = [
    st.Page(
        f"views/{name}.py", title=title, icon=icon, default=name == FIRST,
        url_path="home" if name == FIRST else name,
    )
    for name, (title, icon) in VIEWS.items()
]  # fmt: skip
# Streamlit serves the first page at "/" alone, whatever its path; people type its name, too.
pages.append(st.Page(page_frame.first_page, url_path=FIRST, visibility="hidden"))
chosen = st.navigation(pages)
with page_frame.boundary():
    page_frame.sidebar()
with page_frame.boundary():
    chosen.run()
