"""The registry entries of the matrix factorisations: a grid of six, with their settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.models.model_entry import ModelEntry
from core.models.shared_settings import EMBEDDING, STUDY_TORCH

STUDY_MF = {
    **STUDY_TORCH,
    "optimiser": "adam",
    "learning_rate": 0.01,
    "l2": 1e-6,
    "initial": "normal",
    "initial_scale": 1.0,
}
# Chosen on Beauty's development slice; the regularisation (l2) matters most.
OURS_MF = {"initial": "normal", "initial_scale": 0.1}
OURS_L2 = {"bce": 0.06, "mse": 0.15}
OURS_EDGES = {"epochs": 5, "batch_size": 2048, "group_size": 64}


def matrix_factorisation(
    name: str,
    title: str,
    about: str,
    formula: str,
    *,
    grid: Mapping[str, object] | None = None,
    **options: Any,
) -> ModelEntry:
    """Return the entry of a matrix factorisation, one of the grid `trained_on` x `loss` x `bias`.

    `options` are other fields of the entry.
    """
    point = {"trained_on": "edges", "two_tables": False, "loss": "bce", **(grid or {})}
    edges = OURS_EDGES if point["trained_on"] == "edges" else {}
    return ModelEntry(
        name,
        EMBEDDING,
        title,
        about,
        formula,
        "factorisation",
        ours={**point, **OURS_MF, "l2": OURS_L2[str(point["loss"])], **edges},
        study={**point, **STUDY_MF},
        published=name,
        **options,
    )


MATRIX_FACTORISATIONS = (
    matrix_factorisation(
        "mf",
        "MF",
        "Inner product of two vectors, learned from the pairs.",
        r"\begin{gathered}s(u,v)=p_u^\top p_v\\L=-\log\sigma\big(s(u,v)\big)"
        r"-\sum_{n}\log\sigma\big(-s(u,n)\big)+\lambda\lVert p\rVert^2\end{gathered}",
    ),
    matrix_factorisation(
        "mf-bias",
        "MF + bias",
        "MF with a bias for the popularity of each product.",
        r"s(u,v)=p_u^\top p_v+b_u+b_v+b,\qquad L\text{ as for MF}",
        grid={"bias": True},
        roles=("compared",),
        prominence=1,
    ),
    matrix_factorisation(
        "mf-continuous",
        "MF continuous",
        "MF that predicts the weight of a pair.",
        r"\begin{gathered}s(u,v)=p_u^\top p_v\\L=\big(s(u,v)-w_{uv}\big)^2+\sum_n s(u,n)^2"
        r"+\lambda\lVert p\rVert^2\end{gathered}",
        grid={"loss": "mse"},
    ),
    matrix_factorisation(
        "mf-bias-continuous",
        "MF + bias continuous",
        "MF with biases that predicts the weight of a pair.",
        r"\begin{gathered}s(u,v)=p_u^\top p_v+b_u+b_v+b\\L=\big(s(u,v)-w_{uv}\big)^2+\dots"
        r"\end{gathered}",
        grid={"loss": "mse", "bias": True},
    ),
    matrix_factorisation(
        "mf-walks",
        "MF on walks",
        "MF on the windows of random walks.",
        r"(u,v)\sim\text{window of a walk},\qquad s(u,v)=p_u^\top p_v",
        grid={"trained_on": "walks"},
    ),
    matrix_factorisation(
        "mf-bias-walks",
        "MF + bias on walks",
        "MF with biases on the windows of random walks.",
        r"\begin{gathered}(u,v)\sim\text{window of a walk}\\s(u,v)=p_u^\top p_v+b_u+b_v+b"
        r"\end{gathered}",
        grid={"trained_on": "walks", "bias": True},
    ),
)
