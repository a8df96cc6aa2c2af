"""The dashboard's entry point: the pages of `dashboard.pages` and the sidebar that they share.

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

from dashboard import page_frame, queue_actions, sidebar  # noqa: E402
from dashboard.pages import PAGES  # noqa: E402

# In pixels; side-by-side tables need the rest of a 1440-pixel screen.
SIDEBAR_WIDTH = 245
# Streamlit serves the first page only at "/", whatever its path is.
FIRST_PATH = "home"

st.set_page_config(
    page_title="Product embeddings",
    page_icon=str(HERE / "icon.svg"),
    layout="wide",
    initial_sidebar_state=SIDEBAR_WIDTH,
)
queue_actions.report_at_exit()
FIRST = PAGES[0]
entries = [
    st.Page(
        page.file,
        title=page.title,
        icon=page.icon,
        default=page is FIRST,
        url_path=FIRST_PATH if page is FIRST else page.name,
    )
    for page in PAGES
]
# People also type the first page's name.
alias = st.Page(page_frame.open_first_page, url_path=FIRST.name, visibility="hidden")
chosen = st.navigation([*entries, alias])
with page_frame.boundary():
    sidebar.draw(PAGES[entries.index(chosen)] if chosen in entries else FIRST)
with page_frame.boundary():
    chosen.run()
