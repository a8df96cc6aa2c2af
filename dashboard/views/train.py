"""Train."""

from dashboard import frame

with frame.page("Train") as page:
    page.need_split()
