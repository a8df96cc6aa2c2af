"""Train, data of one's own: a file is named or sent, read in a process of its own, and offered."""

from __future__ import annotations

import re
from pathlib import Path

import streamlit as st

from core.cli.set_options import read_options
from core.config import UserError, check_name
from core.data.sources import SOURCES
from core.jobs.job import Errand
from dashboard import cached_data, page_frame

UPLOADS = "uploads"
NAME = "own-name"
# How the errands that read begin.
READ = "prepare-"
# What is being read, kept while other pages are open.
READING = "_reading"


def own_data() -> None:
    """Draw the form, or how far the reading is."""
    if READING not in st.session_state and (others := Errand.under_way(cached_data.store(), READ)):
        # Begun in another window, or before this one was loaded anew.
        st.session_state[READING] = others[0].removeprefix(READ)
    name = st.session_state.get(READING)
    if name and Errand(cached_data.store(), READ + name).is_running():
        _follow(name)
        return
    if name:
        _ended(name)
    with st.expander("Use data of your own", icon=":material/upload_file:", key="own-data"):
        st.caption(
            "Amazon metadata (2014 or 2018), a transaction log (basket, product, time) or an edge "
            "list (source, target), plain or gzipped, CSV or Parquet. What it is shows from its "
            "content. It stays on this machine."
        )
        left, right = st.columns(2)
        sent = left.file_uploader("Send a file", key="own-file")
        path = left.text_input("Or the path of one on this machine", key="own-path")
        also = right.file_uploader("Product table, if apart (id, title, brand, …)", key="own-also")
        also_path = right.text_input("Or its path", key="own-also-path")
        name = left.text_input(
            "Call it", key=NAME, placeholder="shop", help="Letters, digits, '-' and '_'"
        )
        options = right.text_area(
            "How to read it, one setting a line", key="own-options", height=68,
            placeholder="columns.basket=order_no\nmin_sold=10",
            help="The same as --set of `python -m core prepare`; most files need none",
        )  # fmt: skip
        anew = left.checkbox(
            "Replace what the name holds", key="own-replace",
            help="Read it anew, as from a corrected file; models trained on it are removed",
        )  # fmt: skip
        if st.button("Read it", type="primary", icon=":material/database_upload:", key="own-read"):
            try:
                _read(name.strip(), (sent, path), (also, also_path), options, anew)
            except UserError as error:
                st.error(page_frame.plain(str(error)), icon=":material/build:")


def _read(name: str, log: tuple, table: tuple, options: str, anew: bool) -> None:
    """Check what was said and start the reading.

    Of the log and of the product table, what was sent and the path that was typed.
    """
    check_name(name)
    if name in SOURCES:
        raise UserError(f"'{name}' is a data set that comes with the project: choose another name.")
    settings = [line.strip() for line in options.splitlines() if line.strip()]
    read_options(settings)
    errand = Errand(cached_data.store(), READ + name)
    if errand.is_running():  # from another window; its file must stay as it is
        raise UserError(f"'{name}' is being read: wait for its end, or choose another name.")
    file = _file(f"{name}/log", *log)
    if file is None:
        raise UserError("Send a file, or give the path of one.")
    products = _file(f"{name}/products", *table)
    arguments = ["prepare", name, "--file", str(file)]
    if products is not None:
        arguments += ["--products", str(products)]
    if anew:
        arguments.append("--replace")
    errand.start([*arguments, *(f"--set={setting}" for setting in settings)])
    st.session_state[READING] = name
    st.rerun()


def _file(folder: str, sent, path: str) -> Path | None:
    """Return where a file is: the one sent, kept under a safe name, or the one named."""
    if sent is not None:
        safe = re.sub(r"[^A-Za-z0-9._-]+", "-", Path(sent.name).name).lstrip(".") or "file"
        target = cached_data.store().root / UPLOADS / folder / safe
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(sent.getbuffer())
        return target
    if not path.strip():
        return None
    found = Path(path.strip()).expanduser()
    if not found.is_file():
        raise UserError(f"There is no file {found}. Give its whole path, or send it.")
    return found


def _follow(name: str) -> None:
    @st.fragment(run_every="1s")
    @page_frame.guarded
    def draw() -> None:
        errand = Errand(cached_data.store(), READ + name)
        if not errand.is_running():
            st.rerun()
        with st.container(border=True):
            st.markdown(f":material/hourglass_top: **{page_frame.plain(name)}** is being read.")
            tail = errand.log().splitlines()[-4:]
            if tail:
                st.code("\n".join(tail), language=None)

    draw()


def _ended(name: str) -> None:
    """Say how the reading ended; what was read is chosen to be trained on."""
    del st.session_state[READING]
    errand = Errand(cached_data.store(), READ + name)
    error = errand.error()
    if error:
        st.error(page_frame.plain(error), icon=":material/build:")
    elif cached_data.store().prepared(name):
        st.session_state["train-data"] = name
        st.success(
            f"{page_frame.plain(name)} is read and its pairs are divided. Choose models below.",
            icon=":material/check:",
        )
        # What was found, whether products have metadata at all, and lines that were left out.
        st.code(errand.log().strip(), language=None, wrap_lines=True)
    else:
        tail = "\n".join(errand.log().splitlines()[-4:])
        st.error(page_frame.plain(f"The reading was broken off. {tail}"), icon=":material/build:")
