"""Train, own data: upload or name a file, have a job read it, and offer it for training."""

from __future__ import annotations

import re
from typing import NamedTuple

import streamlit as st

from core.config import LONGEST_NAME, UserError, check_name
from core.data.named_datasets import NAMED_DATASETS
from core.data.parse_options import read_options
from core.jobs.app_jobs import prepare_job, prepares_running, start_prepare
from dashboard import cached_data, page_frame
from dashboard.parts import follow_job
from dashboard.parts.file_choice import FileChoice, chosen_file
from dashboard.parts.file_preview_form import file_preview_form, products_form

# The data set that is being read, to show the result when the person comes back.
_READING = "_reading"
# The data set that this window reads, for all pages to show once there is a split.
OPEN = "_open-data"


class OwnFiles(NamedTuple):
    """The file of a data set, its product table, and its test pairs."""

    data: FileChoice
    products: FileChoice
    test: FileChoice


def own_data() -> None:
    """Draw the form for the person's own data, or the progress of reading it."""
    store = cached_data.store()
    if _READING not in st.session_state and (running := prepares_running(store)):
        # Started in another window, or before this one was reloaded.
        st.session_state[_READING] = running[0]
    name = st.session_state.get(_READING)
    if name and (job := prepare_job(store, name)).is_running():
        follow_job.follow(job, f"**{page_frame.plain(name)}** is being read.")
        return
    if name:
        _show_end(name)
    with st.expander("Your own data", icon=":material/upload_file:", key="own-data"):
        _form()


def just_read() -> bool:
    """Return whether the data set that this window reads has a split, and is not yet shown."""
    name = st.session_state.get(OPEN)
    store = cached_data.store()
    return bool(name and store.prepared(name) and not prepare_job(store, name).is_running())


def _form() -> None:
    st.caption(
        "Amazon metadata (2014 or 2018), a transaction log (basket, product, time) or an edge "
        "list (source, target): CSV, Excel, JSON or Parquet, compressed or not. The file stays on "
        "this machine."
    )
    left, right = st.columns(2)
    data = FileChoice(
        left.file_uploader("Upload a file", key="own-file"),
        left.text_input(
            "Or a path on this machine",
            key="own-path",
            help="A file; or a folder or a pattern (orders-*.csv) for files that belong together",
        ),
    )
    products = FileChoice(
        right.file_uploader(
            "Product table, if it is a separate file (id, title, brand, …)", key="own-also"
        ),
        right.text_input("Or its path on this machine", key="own-also-path"),
    )
    with st.expander("Held-out pairs in a separate file", key="own-divided"):
        left, right = st.columns(2)
        test = FileChoice(
            left.file_uploader(
                "Test file, if the pairs were divided elsewhere",
                key="own-test",
                help="The file above then has the training pairs; the split is called given",
            ),
            right.text_input("Or its path on this machine", key="own-test-path"),
        )
    settings: dict[str, str] = {}
    for form, choice in ((file_preview_form, data), (products_form, products)):
        try:
            settings |= dict(text.split("=", 1) for text in form(choice))
        except UserError as error:
            st.warning(page_frame.plain(str(error)), icon=":material/build:")
    left, right = st.columns(2)
    name = left.text_input(
        "Name of the data set",
        key="own-name",
        placeholder=_suggested_name(data) or "shop",
        help="Letters, digits, '-' and '_'; by default the file's",
    )
    options = right.text_area(
        "Other options, one per line",
        key="own-options",
        height=68,
        placeholder="columns.basket=order_no\nmin_sold=10",
        help="The same as --set of `python -m core prepare`; most files need none",
    )
    replace = left.checkbox(
        "Replace a data set of this name",
        key="own-replace",
        help="For a corrected file. Models trained on the earlier data are removed",
    )
    if st.button("Read file", type="primary", icon=":material/database_upload:", key="own-read"):
        try:
            typed = [line.strip() for line in options.splitlines() if line.strip()]
            names = {line.partition("=")[0].strip() for line in typed}
            chosen = [f"{name}={text}" for name, text in settings.items() if name not in names]
            files = OwnFiles(data, products, test)
            start_reading(name.strip() or _suggested_name(data), files, chosen + typed, replace)
        except UserError as error:
            st.error(page_frame.plain(str(error)), icon=":material/build:")


def _suggested_name(choice: FileChoice) -> str:
    """Return the name of a file as a data set's: without its endings, and with '-' for signs."""
    name = re.sub(r"[^A-Za-z0-9_]+", "-", choice.name.split(".")[0]).strip("-")
    return name[:LONGEST_NAME]


def start_reading(name: str, files: OwnFiles, settings: list[str], replace: bool) -> None:
    """Check what was entered, start the job and draw the page again.

    Raises
    ------
    UserError
        If a name, a path or an option is invalid, or the data set is already being read.
    """
    if not name:
        raise UserError("Upload a file, or enter the path of one; then name the data set.")
    check_name(name)
    if name in NAMED_DATASETS:
        raise UserError(f"'{name}' is a data set that comes with the project: choose another name.")
    read_options(settings)
    store = cached_data.store()
    if prepare_job(store, name).is_running():
        # Another window started the job, whose file must not be overwritten.
        raise UserError(
            f"'{name}' is being read. Wait until it has finished, or choose another name."
        )
    data_file = chosen_file(f"{name}/log", files.data)
    if data_file is None:
        raise UserError("Upload a file, or enter the path of one.")
    arguments = ["--file", str(data_file)]
    for option, choice in (("products", files.products), ("test", files.test)):
        if (path := chosen_file(f"{name}/{option}", choice)) is not None:
            arguments += [f"--{option}", str(path)]
    if replace:
        arguments.append("--replace")
    arguments += [f"--set={setting}" for setting in settings]
    start_prepare(store, name, arguments)
    st.session_state[_READING] = st.session_state[OPEN] = name
    st.rerun()


def _show_end(name: str) -> None:
    """Show the result of reading; if it succeeded, choose the data set for training."""
    del st.session_state[_READING]
    job = prepare_job(cached_data.store(), name)
    if job.state == "failed":
        st.error(page_frame.plain(job.error), icon=":material/build:")
    elif job.state == "finished" and cached_data.store().prepared(name):
        st.session_state["train-data"] = name
        if "given" in cached_data.store().prepared(name):
            st.session_state["train-split"] = "given"
        st.success(
            f"{page_frame.plain(name)} has been read and split. Choose models below.",
            icon=":material/check:",
        )
        # How many lines were used or skipped, and whether the products have metadata.
        st.code(job.log().strip(), language=None, wrap_lines=True)
    else:
        message = f"Reading was interrupted. {follow_job.last_lines(job)}"
        st.error(page_frame.plain(message), icon=":material/build:")
