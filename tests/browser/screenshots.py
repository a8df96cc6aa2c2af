"""Take the README's pictures of a running app.

python -m tests.browser.screenshots http://localhost:8501 dashboard/screenshots
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

PAGES = {"compare-light": ("compare", "light"), "neighbours-dark": ("neighbours", "dark")}
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
SETTLE_MS = 12_000


def main(address: str, folder: str) -> None:
    """Open every page of `PAGES` at 1440x900 and save what it shows."""
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=FLAGS, headless=True
        )
        for name, (page, scheme) in PAGES.items():
            context = browser.new_context(
                viewport={"width": 1440, "height": 900}, color_scheme=scheme
            )
            tab = context.new_page()
            tab.goto(f"{address}/{page}?dataset=demo")
            tab.wait_for_timeout(SETTLE_MS)
            tab.screenshot(path=target / f"{name}.png")
            context.close()
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
