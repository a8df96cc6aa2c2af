"""Train: follow the current run, start others, and see the history."""

from __future__ import annotations

import streamlit as st

from core.config import UserError
from dashboard import page_frame, queue_actions
from dashboard.parts.import_vectors import import_vectors
from dashboard.parts.own_data import own_data
from dashboard.parts.training_form import training_form
from dashboard.parts.training_history import training_history
from dashboard.parts.training_pinned_product import choose_pin
from dashboard.parts.training_progress import training_progress, visible_state

SCROLL_UP = """<script>
document.querySelector("[data-testid=stMain]")?.scrollTo({top: 0});
</script>"""


def result_links(page: page_frame.PageContext) -> None:
    """Draw buttons to the pages that show results, once there are any."""
    if not page.finished_runs():
        return
    with st.container(horizontal=True):
        page_frame.go_to("compare", "Compare the runs")
        page_frame.go_to("neighbours", "Find neighbours")
        page_frame.go_to("map", "Open the map")


with page_frame.page_body() as page:
    queue_actions.start_worker()
    active = queue_actions.active_jobs()
    # While a run trains, its progress comes first and the form is folded below it.
    st.fragment(training_progress, run_every="1s" if active else None)(visible_state(active))
    if active and not page.presenter:
        choose_pin(active)
    if st.session_state.pop("_launched", False):
        st.html(SCROLL_UP, unsafe_allow_javascript=True)
    form = st.expander("Train more", icon=":material/add:") if active else st.container()
    with form:
        if not page.presenter:
            own_data()
            import_vectors()
        try:
            training_form(page)
        except UserError as error:
            st.error(page_frame.plain(str(error)), icon=":material/build:")
    result_links(page)
    training_history()
