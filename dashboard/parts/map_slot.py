"""Map: the slot of a map on the page, that is, its run, its place, and how reliable it is."""

from __future__ import annotations

from dataclasses import dataclass

from core.explore.umap_projection import MapFacts
from core.graph.split import Split
from core.runs.run_folder import Run
from dashboard import cached_data

ITEM = "at"  # key of the chosen product, in the address and in the session
K = 15  # neighbours that the lines lead to


@dataclass(frozen=True)
class MapSlot:
    """One of the maps on the page.

    Attributes
    ----------
    run : Run
    label : str
        What the run is called.
    prepared : str
        Name of the prepared split.
    place : str
        ``a`` for the first map, ``b`` for the second.
    is_half : bool
        Whether two maps share the width.
    """

    run: Run
    label: str
    prepared: str
    place: str = "a"
    is_half: bool = False


def split_of(slot: MapSlot) -> Split:
    """Return the split of a slot's run."""
    return cached_data.split(slot.run.config.dataset, slot.prepared)


def map_quality(facts: MapFacts, missing: bool) -> str:
    """Return what the map shows, how it was sampled and how many neighbours it preserves."""
    text = f"UMAP with {settings_text(facts)}. {facts['points']:,} products"
    if facts["points"] < facts["candidates"]:
        text += f", a sample by category of {facts['candidates']:,}"
    if facts["left_out"]:
        text += f"; {facts['left_out']:,} without a learned vector are left out"
    is_cosine = facts.get("metric", "cosine") == "cosine"
    distance = "cosine" if is_cosine else "Euclidean distance"
    text += (
        f". Of the {facts['preserved_neighbours']} nearest by {distance}, {facts['preserved']:.0%} "
        f"are also nearest on the map (on {facts['preserved_checked']:,} products): trust the "
        "lines, not the distances."
    )
    return text + (" The chosen product is not on this map." if missing else "")


def settings_text(facts: MapFacts) -> str:
    """Return the settings of a map, as far as its file has them."""
    parts = [f"{facts['n_neighbors']} neighbours"]
    if "min_dist" in facts:
        parts.append(f"minimum distance {facts['min_dist']:g}")
    if "metric" in facts:
        parts.append(f"{facts['metric']} distance")
    if "seed" in facts:
        parts.append(f"seed {facts['seed']}")
    return ", ".join(parts)
