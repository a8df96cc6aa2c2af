"""Train, own vectors: a job evaluates vectors from elsewhere and saves them as a run."""

from __future__ import annotations

import streamlit as st

from core.config import UserError, check_name
from core.jobs.app_jobs import import_job, start_import
from core.runs.saved_facts import SplitFacts
from core.runs.store import Store
from dashboard import cached_data, page_frame
from dashboard.parts import follow_job
from dashboard.parts.file_choice import FileChoice, chosen_file

# The data set and the name of the vectors that are being evaluated.
_MEASURING = "_measuring-vectors"


def import_vectors() -> None:
    """Draw the form for vectors from elsewhere, or the progress of evaluating them."""
    store = cached_data.store()
    datasets = [name for name in store.datasets() if store.prepared(name)]
    if not datasets:
        return
    measuring = st.session_state.get(_MEASURING)
    if measuring and (job := import_job(store, *measuring)).is_running():
        follow_job.follow(job, f"**{page_frame.plain(measuring[1])}** is being evaluated.")
        return
    if measuring:
        _show_end(store, *measuring)
    with st.expander("Your own vectors", icon=":material/scatter_plot:", key="own-vectors"):
        _form(store, datasets)


def _form(store: Store, datasets: list[str]) -> None:
    st.caption(
        "Vectors from another program, evaluated like a model: a row in Compare, neighbours and a "
        "map. Parquet (id, vector), .npy with its ids, or word2vec's formats."
    )
    left, right = st.columns(2)
    data = FileChoice(
        left.file_uploader("Vectors", key="vectors-file"),
        left.text_input("Or a path on this machine", key="vectors-path"),
    )
    ids = FileChoice(
        right.file_uploader("Ids, one per line, for .npy", key="vectors-ids"),
        right.text_input("Or their path on this machine", key="vectors-ids-path"),
    )
    dataset = left.selectbox("Data set", datasets, key="vectors-data")
    splits = [name for name in store.prepared(dataset) if "study" not in name]
    split = right.selectbox(
        "Split",
        splits,
        key="vectors-split",
        help="The vectors must not have been learned from its held-out pairs",
    )
    name = left.text_input(
        "Name of the vectors",
        key="vectors-name",
        placeholder="mine",
        help="Letters, digits, '-' and '_'",
    )
    make_map = right.checkbox("Make the map", key="vectors-map")
    if st.button("Evaluate vectors", type="primary", icon=":material/speed:", key="vectors-read"):
        try:
            _start(_facts(store, dataset, split), name.strip(), data, ids, make_map)
        except UserError as error:
            st.error(page_frame.plain(str(error)), icon=":material/build:")


def _facts(store: Store, dataset: str, split: str | None) -> SplitFacts:
    if split is None:
        raise UserError(f"'{dataset}' has no split to evaluate on. Run: core prepare {dataset}")
    return store.split_facts(dataset, split)


def _start(facts: SplitFacts, name: str, data: FileChoice, ids: FileChoice, make_map: bool) -> None:
    """Check what was entered, start the job and draw the page again."""
    check_name(name, "name of vectors")
    store, dataset = cached_data.store(), facts["dataset"]
    if import_job(store, dataset, name).is_running():
        raise UserError(f"'{name}' is still being evaluated. Wait until it has finished.")
    file = chosen_file(f"vectors-{dataset}/{name}", data)
    if file is None:
        raise UserError("Upload a file, or enter the path of one.")
    arguments = [str(file), "--name", name]
    arguments += ["--split", facts["kind"], "--split-seed", str(facts["seed"])]
    if (ids_file := chosen_file(f"vectors-{dataset}/{name}-ids", ids)) is not None:
        arguments += ["--ids", str(ids_file)]
    if make_map:
        arguments.append("--map")
    start_import(store, dataset, name, arguments)
    st.session_state[_MEASURING] = (dataset, name)
    st.rerun()


def _show_end(store: Store, dataset: str, name: str) -> None:
    """Show the result of the evaluation."""
    del st.session_state[_MEASURING]
    job = import_job(store, dataset, name)
    if job.state == "finished":
        message = f"{name} has been evaluated and is listed with the runs of {dataset}."
        st.success(page_frame.plain(message), icon=":material/check:")
        st.code(job.log().strip(), language=None, wrap_lines=True)
        return
    message = job.error or f"The evaluation was interrupted. {follow_job.last_lines(job)}"
    st.error(page_frame.plain(message), icon=":material/build:")
