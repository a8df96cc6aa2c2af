"""About, studies: the chosen study, its result on the chosen data, and the button to run it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.config import UserError
from core.jobs.app_jobs import start_study, study_job
from core.studies import STUDIES, Study
from core.studies.study_result import StudyResult, read_result
from dashboard import cached_data, page_frame, url_widgets
from dashboard.charts.study_charts import study_figure
from dashboard.parts import figures_and_tables, follow_job


def studies(dataset: str | None) -> None:
    """Draw the choice of studies, and the result of the chosen one or how to run it."""
    name = url_widgets.choice(
        st.segmented_control,
        "Study",
        list(STUDIES),
        key="study",
        required=True,
        names=lambda name: STUDIES[name].title,
        label_visibility="collapsed",
    )
    st.markdown(f"**{page_frame.plain(STUDIES[name].question)}**")
    if dataset is None:
        st.caption("A study needs data: choose a data set and models first.")
        page_frame.go_to("train", "Choose data and models", key=f"go-train-{name}")
        return
    st.text(STUDIES[name].text)
    has_result = True
    try:
        result = read_result(cached_data.store(), dataset, name)
        if result is not None:
            _show(result)
        has_result = result is not None
    except UserError as error:
        st.error(page_frame.plain(str(error)), icon=":material/build:")
    _offer(STUDIES[name], dataset, again=has_result)


def _show(result: StudyResult) -> None:
    for number, described in enumerate(result.figures):
        key = f"study-{result.study}-{number}"
        st.caption(page_frame.plain(described.title))
        figures_and_tables.plot(study_figure(described), key, alt=described.title)
        if described.note:
            st.caption(page_frame.plain(described.note))
    for table in result.tables:
        st.caption(page_frame.plain(table.title))
        rows = pd.DataFrame(table.rows, columns=table.columns)
        floats = rows.select_dtypes("float").columns
        style = rows.style.format(dict.fromkeys(floats, f"{{:.{table.digits}f}}"), na_rep="–")
        figures_and_tables.table(style, height="content", alt=table.title)
        if table.note:
            st.caption(page_frame.plain(table.note))
    for reason in result.left_out:
        st.caption(f"Left out: {page_frame.plain(reason)}")
    st.caption(f"Run on {page_frame.plain(result.made[:10])}: {page_frame.plain(result.command)}")


def _offer(study: Study, dataset: str, again: bool) -> None:
    """Show the button that runs a study, and its progress."""
    job = study_job(cached_data.store(), study.name, dataset)
    if job.is_running():
        follow_job.follow(job, "The study is running. You can leave this page.")
        return
    if job.error:
        st.error(page_frame.plain(job.error), icon=":material/build:")
    if not again:
        st.info(
            f"It trains the models it compares, which takes minutes. From the command line: "
            f"{page_frame.plain(study.command(dataset))}",
            title=f"Not run on {page_frame.plain(dataset)} yet",
            icon=":material/science:",
        )
    st.button(
        "Run it again" if again else "Run the study",
        key=f"run-{study.name}",
        icon=":material/refresh:" if again else ":material/play_arrow:",
        on_click=start_study,
        args=(cached_data.store(), study.name, dataset),
        help=f"Same as {page_frame.plain(study.command(dataset))}, with all models. "
        "Existing runs are reused unless something has changed.",
    )
