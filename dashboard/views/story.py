"""Story: six full-screen views for a projector, turned with the arrow keys."""

from __future__ import annotations

import streamlit as st

from dashboard import page_frame, url, url_widgets
from dashboard.pages import PAGES
from dashboard.parts import story

# URL key of the view.
SCENE = "scene"
# The figure takes what the claim above it and the buttons below it leave of the screen.
STYLE = """<style>
[data-testid=stHeader], [data-testid=stSidebar] { display: none; }
.stMainBlockContainer { padding: 1rem 2.5rem 0; max-width: none; }
.stMainBlockContainer h1 { font-size: clamp(1.5rem, 2.6vw, 2.8rem); padding: 0 0 0.8rem; }
.st-key-story-figure { height: calc(100vh - 11rem); flex: none; overflow: auto; }
</style>"""


def turn(to: int) -> None:
    """Turn to a view; a callback."""
    st.session_state[SCENE] = str(to)


with page_frame.page_body() as page:
    heading = st.empty()
    heading.title("Story")
    dataset, prepared = page.need_split()
    scenes = story.scenes(dataset, prepared, page.finished_runs())
    st.html(STYLE)
    above = st.container()
    places = [str(place) for place in range(1, len(scenes) + 1)]
    with st.container(horizontal=True, vertical_alignment="center", key="story-turn"):
        shown = int(url_widgets.choice(
            st.segmented_control, "View", places, key=SCENE, required=True,
            label_visibility="collapsed", width="stretch",
        ))  # fmt: skip
        st.button(
            "Back", icon=":material/arrow_back:", shortcut="Left", key="story-back",
            on_click=turn, args=(shown - 1,), disabled=shown == 1,
        )  # fmt: skip
        st.button(
            "Next", icon=":material/arrow_forward:", shortcut="Right", key="story-next",
            type="primary", on_click=turn, args=(shown + 1,), disabled=shown == len(scenes),
        )  # fmt: skip
        if st.button("Leave", icon=":material/close:", shortcut="Esc", key="story-leave"):
            url.open_page(PAGES[0].name)
    scene = scenes[shown - 1]
    heading.title(page_frame.plain(scene.claim))
    with above:
        st.caption(page_frame.plain(scene.note))
        with st.container(key="story-figure", height="stretch"), page_frame.boundary():
            scene.draw()
