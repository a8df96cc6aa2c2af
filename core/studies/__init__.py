"""The studies: questions that several runs together answer, each one command.

python -m core study forgetting demo

A study trains what it needs through the pipeline, or uses what is there already, and writes its
tables, its figures and a text that is made from the numbers. Nothing here imports torch.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.config import UserError


@dataclass(frozen=True)
class Study:
    """A question and who answers it.

    Attributes
    ----------
    name, title, question : str
    answer : str
        Import path of the function ``(Lab) -> Answer``.
    """

    name: str
    title: str
    question: str
    answer: str

    def command(self, dataset: str) -> str:
        """Return the command that runs the study."""
        return f"python -m core study {self.name} {dataset}"


STUDIES: dict[str, Study] = {
    study.name: study
    for study in (
        Study(
            "forgetting",
            "Forgetting",
            "Why does the study's matrix factorisation forget when its learning rate restarts?",
            "core.studies.mf_forgetting:answer",
        ),
        Study(
            "stand-in",
            "The stand-in rule",
            "How much of the step from gensim to PyTorch is the score that stands in for unseen "
            "products?",
            "core.studies.unseen_scores:answer",
        ),
        Study(
            "leaks",
            "Leaks",
            "How far does one get against each kind of negatives without knowing anything about "
            "the two products?",
            "core.studies.data_leaks:answer",
        ),
        Study(
            "cold",
            "Cold start",
            "What does side information say of products that nobody has bought yet, and which "
            "field says it?",
            "core.studies.cold_products:answer",
        ),
        Study(
            "relations",
            "Relations and time",
            "Is a model as good at each relation, and as good at the future as at a random third?",
            "core.studies.relations_and_time:answer",
        ),
        Study(
            "seeds",
            "Seeds",
            "How much of a difference between two models is chance?",
            "core.studies.seed_variance:answer",
        ),
    )
}


def study(name: str) -> Study:
    """Return the study called `name`, or raise a `UserError` that lists the names."""
    if name not in STUDIES:
        raise UserError(f"There is no study '{name}'. Studies: {', '.join(STUDIES)}.")
    return STUDIES[name]
