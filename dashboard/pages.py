"""The pages of the app: one entry each. A page is its entry here and its file in `views`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

VIEWS = Path(__file__).resolve().parent / "views"


@dataclass(frozen=True)
class TourStep:
    """When the guided tour visits a page, and what to see on it."""

    order: int
    text: str
    needs_run: bool = True  # whether the page is empty before a model has finished


@dataclass(frozen=True)
class Page:
    """A page.

    Attributes
    ----------
    name : str
        Name of its file in `views`, without the suffix, and its path in the address.
    title : str
        Its heading, and its name in the sidebar and on buttons.
    icon : str
        A Material symbol.
    caption : str
        One sentence below the title; empty for none.
    tour : TourStep or None
        None for a page that the tour does not visit.
    full_screen : bool
        Whether the page is for a projector: always in presenter mode, with its own title.
    """

    name: str
    title: str
    icon: str
    caption: str = ""
    tour: TourStep | None = None
    full_screen: bool = False

    @property
    def file(self) -> Path:
        """Path of the file that draws the page."""
        return VIEWS / f"{self.name}.py"


# In the order of the sidebar; the app opens with the first.
PAGES: tuple[Page, ...] = (
    Page(
        "overview",
        "Overview",
        ":material/home:",
        "What the models found, and where to look next.",
    ),
    Page(
        "data",
        "Data and walks",
        ":material/conversion_path:",
        "What the models learn from: products, pairs, walks.",
        TourStep(
            1,
            "What the models learn from: relations, the network around a product, and random "
            "walks. Choose Random walk, then Roll again.",
            needs_run=False,
        ),
    ),
    Page(
        "train",
        "Train",
        ":material/model_training:",
        "Runs train one at a time in the background, even after this page or the app is closed.",
        TourStep(
            2,
            "Models train one after the other in the background: watch the learning curve grow. "
            "Continue as soon as one has finished; the others appear by themselves.",
            needs_run=False,
        ),
    ),
    Page(
        "compare",
        "Compare",
        ":material/leaderboard:",
        "Finished runs on the same pairs, side by side.",
        TourStep(
            5,
            "Popularity alone (Degree) looks good against random products (AUC seen); against "
            "equally popular ones (AUC matched) it is a coin toss.",
        ),
    ),
    Page(
        "neighbours",
        "Neighbours",
        ":material/hub:",
        "",
        TourStep(
            3,
            "One product in several models. Green rows are held-out pairs that no model has seen: "
            "hits. Click a product and open Why, or let the app surprise you.",
        ),
    ),
    Page(
        "map",
        "Map",
        ":material/scatter_plot:",
        "All product vectors on a map: similar products lie close together.",
        TourStep(
            4,
            "The whole catalogue on a map. Colour it, click a point to see its true "
            "neighbours, draw a lasso around a region.",
        ),
    ),
    Page("story", "Story", ":material/slideshow:", full_screen=True),
    Page(
        "about",
        "About the method",
        ":material/menu_book:",
    ),
)


def page(name: str) -> Page:
    """Return the page of that name; raises ``KeyError``."""
    return {page.name: page for page in PAGES}[name]


def tour() -> list[Page]:
    """Return the pages that the tour visits, in its order."""
    steps = [(page.tour.order, page) for page in PAGES if page.tour]
    return [page for _, page in sorted(steps, key=lambda step: step[0])]
