"""Exported pages in a browser without a network."""

from __future__ import annotations

import pytest

from core.explore.exports.export import export
from core.explore.exports.export_options import ExportOptions
from tests.maps import lay_out
from tests.shops import prepared_shop, trained

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A folder with the map and the report of a run."""
    folder = tmp_path_factory.mktemp("pages")
    run = trained(prepared_shop(folder), "spectral", changes={"dim": 9})
    lay_out(run)
    export(run, "map", folder / "map.html")
    export(run, "report", folder / "report.html", ExportOptions(products=("P003",), k=4))
    return folder


@pytest.mark.parametrize("name", ["map", "report"])
def test_a_page_draws_its_figures_and_asks_for_nothing(name, files, browser):
    context = browser.new_context(offline=True, viewport={"width": 1440, "height": 900})
    page, asked, problems = context.new_page(), [], []
    address = (files / f"{name}.html").as_uri()
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(address)
    page.locator(".js-plotly-plot .main-svg").first.wait_for()
    counted = "() => Math.max(...[...document.querySelectorAll('.js-plotly-plot')].map(" + (
        "figure => figure.data.reduce((sum, trace) => sum + (trace.customdata?.length ?? 0), 0)))"
    )
    assert page.evaluate(counted) == 200  # every product is a point
    if name == "report":
        assert page.get_by_role("heading", name="Gadget 3 of group 0").is_visible()
    # A figure's own "data:" and "blob:" stay inside the page.
    assert [url for url in asked if not url.startswith(("data:", "blob:"))] == [address]
    assert problems == []
    context.close()
