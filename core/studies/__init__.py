"""The studies: questions that several runs together answer, each one command.

python -m core study forgetting demo

A study trains what it needs through the pipeline, or reuses existing runs, and writes tables and
figures. How to read them is fixed text, here. Nothing here imports torch.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.config import UserError


@dataclass(frozen=True)
class Study:
    """A question and what answers it.

    Attributes
    ----------
    name, title, question : str
    text : str
        What is measured, and how to read it.
    answer : str
        Import path of the function ``(StudyRunner) -> (tables, figures)``.
    """

    name: str
    title: str
    question: str
    text: str
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
            "Matrix factorisation is trained under the published optimiser (dense Adam with L2 on "
            "all rows, a learning rate that restarts every epoch) and with each repair alone and "
            "together, on the training pairs of the development slice. Forgetting is the largest "
            "fall of the AUC from the end of an epoch into the first half of the next one; the "
            "sample of pairs may make falls up to 0.005. The hypothesis is that dense steps, which "
            "move and shrink rows outside the batch, cause it. It is supported if, with the "
            "shorter start, the AUC falls at least twice as far under the published optimiser as "
            "under sparse updates that learn as much. Decay also helps: vectors that start at "
            "N(0, 1) are too long to learn from, and dense L2 shortens them, so compare the "
            "variants with a shorter start. The second table repeats the test with as many steps "
            "as on Books, where the published AUC (All) falls from 0.54 to 0.48 within an epoch.",
            "core.studies.mf_forgetting:answer",
        ),
        Study(
            "stand-in",
            "The stand-in score",
            "How much of the gain from gensim to PyTorch comes from the score used for unseen "
            "products?",
            "Pairs with an unseen product have no learned score, so another score replaces it, "
            "and AUC all depends on that score. Every model is evaluated with the lowest score, "
            "with the median score and with its own score in their place; AUC seen does not "
            "depend on it. The study used the median for gensim and untrained vectors for "
            "PyTorch, and published a gap of +0.0472 (0.9082 to 0.9554) between the two. The last "
            "table shows that gap here, as the study measured it and with the same rule for both. "
            "The gap that remains under the same rule is due to the models; the rest is due to "
            "the rule.",
            "core.studies.unseen_scores:answer",
        ),
        Study(
            "leaks",
            "Leaks",
            "How far does one get against each kind of negatives without knowing anything about "
            "the two products?",
            "Two flags of a product are scored as if they were models: whether it lists relations "
            "(is a source), and whether it has metadata. Popularity (degree) and all models are "
            "scored, too. A flag near 0.5 is uninformative. A kind of negatives against which a "
            "flag or popularity comes close to the models measures how the data were collected, "
            "not which products go together: read the columns for possible and degree-matched "
            "negatives instead.",
            "core.studies.data_leaks:answer",
        ),
        Study(
            "cold",
            "Cold start",
            "How well does side information describe products that nobody has bought yet, and "
            "which fields matter?",
            "A tenth of the products with metadata loses all training pairs; its held-out pairs "
            "are then scored by brand, categories, price and text alone. Popularity is the model "
            "to beat: EGES should find at least 3 times as many partners in its top 10, and reach "
            "a degree-matched AUC of at least 0.60, where a constant score has 0.50. Fields are "
            "then taken apart: each alone, and all but each. A field matters where the whole 95 % "
            "interval of a change is on one side of 0. The last tables show what side information "
            "costs on the other splits, where no measure should fall more than 0.003 below "
            "skip-gram's.",
            "core.studies.cold_products:answer",
        ),
        Study(
            "relations",
            "Relations and time",
            "Are models equally good at every relation, and do they predict the future as well as "
            "a random third?",
            "The first table divides the held-out pairs by the relation that mentions them; a pair "
            "can be in several. Where the data have times, every model is also trained on the past "
            "and evaluated on pairs that appear later. The two splits hold out different pairs of "
            "different products, so compare the order of the models rather than the values: a "
            "rank correlation of 1 means that both splits order the models alike.",
            "core.studies.relations_and_time:answer",
        ),
        Study(
            "seeds",
            "Seeds",
            "How much of a difference between two models is chance?",
            "Every model with randomness in it is trained with several seeds on the same split. "
            "The first table has the mean and the standard deviation over the seeds. The "
            "differences have an interval that covers the paired 95 % intervals of all seeds: a "
            "difference is beyond chance where that interval does not contain 0. Published figures "
            "come from other data, and are never ranked with ours.",
            "core.studies.seed_variance:answer",
        ),
    )
}


def study(name: str) -> Study:
    """Return the study called `name`, or raise a `UserError` that lists the names."""
    if name not in STUDIES:
        raise UserError(f"There is no study '{name}'. Studies: {', '.join(STUDIES)}.")
    return STUDIES[name]
