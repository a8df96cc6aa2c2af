"""The measures that are facts of a run, not results of its evaluation; listed in `measures.py`."""

from __future__ import annotations

from core.evaluation.measure_type import EVERYWHERE, Measure, Recorded, Row

# Short tables have room for one data set's published figures: the one with the most rows.
SHORT_DATASET = "Electronics"


def _minutes(value: float) -> str:
    if value < 0.005:
        return "<0.01"
    return f"{value:.2f}" if value < 0.1 else f"{value:.1f}"


def _fact(name: str, heading: str, title: str, about: str) -> Measure:
    """Return a recorded value of that name, for the full table only; no value is better."""
    return Measure(
        name=name,
        heading=heading,
        title=title,
        help=about,
        computed_by=Recorded(lambda row: row.get(name), reads=(name,)),
        places=frozenset({"full_table"}),
        better=None,
        text=str,
    )


def _published(dataset: str) -> tuple[Measure, Measure]:
    """Return the published figures for a data set that the study measured."""
    key = f"published_{dataset.lower()}"

    def both(row: Row) -> str:
        areas = [row.get(f"{key}_{part}") for part in ("auc_all", "auc_seen")]
        if areas == [None, None]:
            return ""
        return " / ".join("–" if area is None else f"{area:.4f}" for area in areas)

    return (
        Measure(
            name=f"{key}_auc_all",
            heading=f"Published, {dataset}",
            title=f"Published AUC, {dataset}",
            help=f"AUC all / AUC seen of the study on {dataset}: other data, not ranked with ours",
            computed_by=Recorded(lambda row: row.get(f"{key}_auc_all"), both),
            places=frozenset(
                {"full_table", "short_table"} if dataset == SHORT_DATASET else {"full_table"}
            ),
            better=None,
        ),
        Measure(
            name=f"{key}_minutes",
            heading=f"Published min., {dataset}",
            title=f"Published minutes, {dataset}",
            help=f"Wall time of the study on {dataset}, on its author's machine",
            computed_by=Recorded(lambda row: row.get(f"{key}_minutes")),
            places=frozenset({"full_table"}),
            better=None,
            text="{:.1f}".format,
        ),
    )


MINUTES = Measure(
    name="minutes",
    heading="Minutes",
    title="Minutes",
    help="Wall time of the whole run: choices, training and evaluation",
    computed_by=Recorded(
        lambda row: row["total_seconds"] / 60 if row.get("total_seconds") else None,
        reads=("total_seconds",),
    ),
    places=EVERYWHERE - {"comparison"},
    # A cost, so no value is marked as best: a model that learns nothing is fast.
    better=None,
    text=_minutes,
)
EPOCHS = _fact("epochs", "Epochs", "Epochs", "Passes over the training data")
UNSEEN_RULE = _fact(
    "unseen_rule",
    "Unseen rule",
    "Rule for unseen products",
    "Score of pairs with an unseen product. lowest: the lowest of all, so that they tie; "
    "own: the model scores unseen products itself.",
)
SCORING = _fact(
    "scoring",
    "Scoring",
    "Scoring",
    "How two vectors make a score, chosen on the development slice",
)
PUBLISHED = (*_published("Electronics"), *_published("Books"))
