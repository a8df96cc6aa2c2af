"""About, studies: what the chosen one found on the chosen data, as its run wrote it down."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.config import UserError
from core.jobs.job import Errand
from core.studies import STUDIES, Study
from dashboard import cached_data, page_frame, url_widgets
from dashboard.charts.study_charts import study_figure
from dashboard.parts import output


def studies(dataset: str | None) -> None:
    """Draw the choice of studies, and what the chosen one found on a data set or how to run it."""
    name = url_widgets.choice(
        st.segmented_control, "Study", list(STUDIES), key="study", required=True,
        names=lambda name: STUDIES[name].title, label_visibility="collapsed",
    )  # fmt: skip
    st.markdown(f"**{page_frame.plain(STUDIES[name].question)}**")
    if dataset is None:
        st.caption("The study needs data: choose some, and models to begin with.")
        page_frame.go_to("train", "Choose data and models", key=f"go-train-{name}")
        return
    found = True
    try:
        found = cached_data.store().study(dataset, name)
        if found is not None:
            _show(found)
    except (UserError, KeyError, TypeError, ValueError) as error:
        st.error(
            page_frame.plain(f"What this study wrote down is damaged: {error}. Run it again: ")
            + page_frame.plain(STUDIES[name].command(dataset)),
            icon=":material/build:",
        )
    _offer(STUDIES[name], dataset, again=found is not None)


def _show(found: dict) -> None:
    st.text(found["conclusion"])
    for number, described in enumerate(found["figures"]):
        key = f"study-{found['study']}-{number}"
        st.caption(page_frame.plain(described["title"]))
        output.plot(study_figure(described), key, alt=described["title"])
        if described.get("note"):
            st.caption(page_frame.plain(described["note"]))
    for table in found["tables"]:
        st.caption(page_frame.plain(table["title"]))
        rows = pd.DataFrame(table["rows"], columns=table["columns"])
        digits = int(table.get("digits", 4))
        floats = rows.select_dtypes("float").columns
        style = rows.style.format(dict.fromkeys(floats, f"{{:.{digits}f}}"), na_rep="–")
        output.table(style, height="content", alt=table["title"])
        if table.get("note"):
            st.caption(page_frame.plain(table["note"]))
    st.caption(
        f"Run on {page_frame.plain(found['made'][:10])}: {page_frame.plain(found['command'])}"
    )


def _offer(study: Study, dataset: str, again: bool) -> None:
    """Show the button that runs a study, and how it goes."""
    errand = Errand(cached_data.store(), f"study-{study.name}-{dataset}")
    if errand.is_running():
        _follow(study, errand)
        return
    if error := errand.error():
        st.error(page_frame.plain(error), icon=":material/build:")
    if not again:
        st.info(
            f"It trains the models it compares, which takes minutes. From the command line: "
            f"{page_frame.plain(study.command(dataset))}",
            title=f"Not run on {page_frame.plain(dataset)} yet",
            icon=":material/science:",
        )
    st.button(
        "Run it again" if again else "Run the study", key=f"run-{study.name}",
        icon=":material/refresh:" if again else ":material/play_arrow:",
        on_click=errand.start, args=(["study", study.name, dataset],),
        help=f"As {page_frame.plain(study.command(dataset))} does, with all models. "
        "Existing runs are reused; what has changed is trained anew.",
    )  # fmt: skip


def _follow(study: Study, errand: Errand) -> None:
    @st.fragment(run_every="2s")
    @page_frame.guarded
    def draw() -> None:
        if not errand.is_running():
            st.rerun()
        st.markdown(":material/hourglass_top: The study is running; this page may be left.")
        tail = errand.log().splitlines()[-4:]
        if tail:
            st.code("\n".join(tail), language=None)

    draw()
