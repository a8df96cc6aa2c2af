"""Overview."""

from dashboard import frame

with frame.page("Overview") as page:
    page.need_split()
