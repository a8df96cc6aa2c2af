"""The stand-in score: how the score of pairs with an unseen product changes *All*."""

from __future__ import annotations

from core.evaluation.metrics import UnseenRule, auc
from core.models.registry import model_title
from core.runs.run_folder import Run
from core.runs.saved_evaluation import evaluation
from core.studies.study_result import Figure, Series, Table
from core.studies.study_runner import StudyRunner

RULES: dict[UnseenRule, str] = {
    "lowest": "lowest score",
    "median": "median score",
    "own": "its own score",
}
# The study's two rows, and the rule it used for each.
PUBLISHED_RULE: dict[str, UnseenRule] = {"gensim-cbow": "median", "skipgram": "own"}
PUBLISHED_EPOCHS = 5
# Measures of one model: AUC of all pairs under each rule, and of seen pairs.
Aucs = dict[str, float]


def answer(runner: StudyRunner) -> tuple[list[Table], list[Figure]]:
    """Score *All* of every model under each rule, then the study's two rows under its settings."""
    ours = {name: aucs_by_rule(run) for name, run in runner.each(runner.models).items()}
    shorter = {} if runner.epochs is None else {"epochs": runner.epochs}
    runs = {
        name: runner.run(name, preset="study", changes=shorter if name == "skipgram" else {})
        for name in PUBLISHED_RULE
    }
    study = {name: aucs_by_rule(run) for name, run in runs.items()}
    epochs = int(str(runs["skipgram"].config.settings["epochs"]))
    tables = [
        _table_of_rules("Our models under each rule", ours),
        _table_of_rules("The study's two rows under its own settings", study),
        _table_of_gaps(study, epochs),
        _table_of_unseen_pairs(runs["skipgram"]),
    ]
    figure = Figure(
        title="AUC all by the score that replaces that of unseen products",
        kind="bars",
        x_title="model",
        y_title="AUC, all pairs",
        series=[
            Series(
                name=shown, x=[model_title(name) for name in ours], y=[ours[n][rule] for n in ours]
            )
            for rule, shown in RULES.items()
        ],
    )
    return tables, [figure]


def aucs_by_rule(run: Run) -> Aucs:
    """Return the AUC against uniform negatives under each rule, and of seen pairs alone."""
    scores = evaluation(run).pair_scores
    by_rule: Aucs = {rule: auc(*scores.against("uniform", rule)) for rule in RULES}
    by_rule["seen"] = auc(*scores.against("uniform", seen_only=True))
    return by_rule


def _table_of_rules(heading: str, rows: dict[str, Aucs]) -> Table:
    return Table(
        title=heading,
        columns=["model", *(f"AUC all, {rule}" for rule in RULES.values()), "range", "AUC seen"],
        rows=[
            [model_title(name), *(row[rule] for rule in RULES), _range(row), row["seen"]]
            for name, row in rows.items()
        ],
        note="A model without scores for unseen products shows whatever its untrained vectors say.",
    )


def _range(row: Aucs) -> float:
    by_rule = [row[rule] for rule in RULES]
    return max(by_rule) - min(by_rule)


def _table_of_gaps(study: dict[str, Aucs], epochs: int) -> Table:
    gensim, torch = study["gensim-cbow"], study["skipgram"]
    published = torch[PUBLISHED_RULE["skipgram"]] - gensim[PUBLISHED_RULE["gensim-cbow"]]
    rows: list[list[str | float | None]] = [
        ["as the study measured it: its own score, and the median", published]
    ]
    rows += [[f"both by the {shown}", torch[rule] - gensim[rule]] for rule, shown in RULES.items()]
    rows.append(["seen pairs alone", torch["seen"] - gensim["seen"]])
    shorter = "" if epochs == PUBLISHED_EPOCHS else f" PyTorch ran {epochs} of its 5 epochs."
    return Table(
        title="AUC all of PyTorch minus that of gensim, the study's settings",
        columns=["stand-in score", "difference"],
        rows=rows,
        note=f"Published: +0.0472.{shorter}",
    )


def _table_of_unseen_pairs(run: Run) -> Table:
    seen = evaluation(run).pair_scores.seen
    return Table(
        title="Pairs with an unseen product, whose score is the stand-in",
        columns=["pairs", "share"],
        rows=[
            ["held-out pairs", 1 - float(seen["positive"].mean())],
            ["uniform negatives", 1 - float(seen["uniform"].mean())],
        ],
        digits=3,
    )
