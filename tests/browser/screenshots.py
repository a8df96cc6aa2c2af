"""Take the README's pictures of a running app that has the demo.

python -m tests.browser.screenshots http://localhost:8501 dashboard/screenshots
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.conftest import FLAGS, QUIET

# Page, its link and the scheme.
PICTURES = {
    "overview-light": ("", "light"),
    "neighbours-dark": ("neighbours?by=cosine", "dark"),
    "map-light": ("map", "light"),
    "walk-light": ("data?look=walk", "light"),
}
SIZE = {"width": 1440, "height": 900}
PATIENCE_MS = 120_000
# Maps and tables are painted a little after the app has sent them.
PAINT_MS = 2_500
# Few colours make small files; the pictures have hardly more.
COLOURS = 255


def main(address: str, folder: str) -> None:
    """Open every page of `PICTURES` and save what it shows."""
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for name, (page, scheme) in PICTURES.items():
            tab = browser.new_context(viewport=SIZE, color_scheme=scheme).new_page()
            tab.set_default_timeout(PATIENCE_MS)
            link = f"{address}/{page}{'&' if '?' in page else '?'}data=demo"
            tab.goto(link)
            tab.wait_for_selector("h1")
            tab.wait_for_function(QUIET)
            tab.wait_for_timeout(PAINT_MS)
            path = target / f"{name}.png"
            tab.screenshot(path=path)
            shrink(path)
            tab.context.close()
        browser.close()


def shrink(path: Path) -> None:
    """Save a picture with few colours, in place."""
    from PIL import Image  # comes with Streamlit

    with Image.open(path) as picture:
        small = picture.convert("RGB").quantize(
            COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE
        )
    small.save(path, optimize=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
