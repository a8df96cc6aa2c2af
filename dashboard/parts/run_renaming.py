"""Give a run another name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from core.config import UserError
from core.runs.run_folder import Run
from core.runs.run_names import LONGEST_NAME, own_name, rename
from dashboard import page_frame


def name_field(run: Run, shown: str) -> None:
    """Draw a field with the name of a run; clearing it restores the automatic name.

    Parameters
    ----------
    run : Run
    shown : str
        The name that the pages show now.
    """
    key = f"name-of-{run.folder.parents[1].name}-{run.id}"
    st.session_state[key] = own_name(run)
    st.text_input(
        "Name", key=key, max_chars=LONGEST_NAME, placeholder=shown, width=460,
        help="Used on all pages and by the command line. Leave empty for the automatic name.",
        on_change=_rename, args=(run, key),
    )  # fmt: skip


def rename_popover(runs: Sequence[Run], names: Mapping[str, str]) -> None:
    """Draw a button that opens a small form to rename one of several runs."""
    by_id = {run.id: run for run in runs}
    with st.popover("Rename", icon=":material/edit:"):
        run_id = st.selectbox(
            "Run", list(by_id), format_func=lambda one: names[one], key="rename-run"
        )
        if run_id:
            name_field(by_id[run_id], names[run_id])


def _rename(run: Run, key: str) -> None:
    """Save the name that was typed; a callback."""
    try:
        rename(run, st.session_state[key])
    except (UserError, OSError) as error:
        st.toast(page_frame.plain(str(error)), icon=":material/error:")
