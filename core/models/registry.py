"""The named models: one entry for every row of the results table.

To add a model, write a subclass of `core.models.base.Model` and name it in an entry of `ENTRIES` by
its import path: the commands, the results tables and the app follow. Studies, published
figures, the stack and the dashboard's texts and colours name single models and need no change for a
new one. The class is imported on use, so that listing the models imports neither torch nor gensim.
"""

from __future__ import annotations

from collections.abc import Mapping

from core.config import Preset, Settings, UserError
from core.models.matrix_factorisation_entries import MATRIX_FACTORISATIONS
from core.models.model_entry import ModelEntry, Role
from core.models.shared_settings import (
    EMBEDDING,
    OURS_NODE2VEC,
    OURS_SIDE_INFO,
    OURS_SKIPGRAM,
    STUDY_SIDE_INFO,
    STUDY_SKIPGRAM,
    STUDY_WORD2VEC,
)

GRAPH_SCORES = "core.models.graph_scores:"
SIDE_INFO = "core.models.embedding.side_info_model:SideInfo"
WORD2VEC = "core.models.gensim_word2vec:GensimWord2Vec"
_SGNS = r"L=-\log\sigma(c_u^\top x_v)-\sum_{k=1}^{K}\log\sigma(-c_u^\top x_{n_k})"

ENTRIES = (
    ModelEntry(
        "degree",
        GRAPH_SCORES + "Degree",
        title="Degree",
        about="Popularity alone: the floor that every model must clear.",
        formula=r"s(u,v)=\log(1+d_u)+\log(1+d_v)",
        family="graph",
        roles=("popularity", "compared"),
    ),
    ModelEntry(
        "common-neighbours",
        GRAPH_SCORES + "CommonNeighbours",
        title="Common neighbours",
        about="How many products are related to both.",
        formula=r"s(u,v)=\lvert N(u)\cap N(v)\rvert",
        family="graph",
    ),
    ModelEntry(
        "adamic-adar",
        GRAPH_SCORES + "AdamicAdar",
        title="Adamic-Adar",
        about="Common neighbours, each weighted by 1 / log degree.",
        formula=r"s(u,v)=\sum_{w\in N(u)\cap N(v)}\frac{1}{\log d_w}",
        family="graph",
    ),
    ModelEntry(
        "resource-allocation",
        GRAPH_SCORES + "ResourceAllocation",
        title="Resource allocation",
        about="Common neighbours, each weighted by 1 / degree.",
        formula=r"s(u,v)=\sum_{w\in N(u)\cap N(v)}\frac{1}{d_w}",
        family="graph",
    ),
    ModelEntry(
        "three-hop",
        GRAPH_SCORES + "ThreeHop",
        title="Three-hop",
        about="Walks of three steps, popular products penalised; nothing is trained.",
        formula=r"s(u,v)=(N^3)_{uv},\qquad N=D^{-a}AD^{-a}",
        family="graph",
        roles=("baseline", "suggested", "compared"),
        prominence=4,
    ),
    ModelEntry(
        "rp3-beta",
        "core.models.rp3_beta:RP3Beta",
        title="RP3-beta",
        about="Probability that a walk of three steps ends at the product, over its degree^beta.",
        formula=r"s(u,v)=\frac{(P^3)_{uv}}{d_v^{\beta}},\qquad P=D^{-1}A",
        family="graph",
    ),
    ModelEntry(
        "adjacency-mixture",
        "core.models.adjacency_mixture:AdjacencyMixture",
        title="Adjacency mixture",
        about="Paths of two steps, three and more, weighted by a logistic regression.",
        formula=r"s(u,v)=\sum_{k=1}^{K}w_k\,(N^k)_{uv},\qquad N=D^{-a}AD^{-a},\ w_k\ge 0",
        family="graph",
    ),
    ModelEntry(
        "spectral",
        "core.models.spectral:Spectral",
        title="Spectral",
        about="Eigenvectors of the normalised graph; nothing is sampled.",
        formula=r"N\approx U\Lambda U^\top,\qquad s(u,v)=U_u\,\lvert\Lambda\rvert^{p}\,U_v^\top",
        family="spectral",
    ),
    *MATRIX_FACTORISATIONS,
    ModelEntry(
        "gensim-cbow",
        WORD2VEC,
        title="word2vec CBOW (gensim)",
        about="The study's gensim row: predicts a product from the mean of its window on a walk.",
        formula=r"\begin{gathered}L=-\log\sigma(\bar c^\top x_v)"
        r"-\sum_{k}\log\sigma(-\bar c^\top x_{n_k})"
        r"\\\bar c=\tfrac{1}{\lvert W\rvert}\sum_{u\in W}c_u\end{gathered}",
        family="word2vec",
        ours={"algorithm": "cbow", **STUDY_WORD2VEC},
        study={"algorithm": "cbow", **STUDY_WORD2VEC},
        published="gensim-cbow",
        roles=("suggested",),
        prominence=2,
    ),
    ModelEntry(
        "gensim-skipgram",
        WORD2VEC,
        title="word2vec skip-gram (gensim)",
        about="gensim's skip-gram on the same walks, with a fixed window.",
        formula=_SGNS,
        family="word2vec",
        # Better than five on the demo's development slice (in-out 0.896 against 0.887), and faster.
        ours={"epochs": 2},
    ),
    ModelEntry(
        "node2vec",
        EMBEDDING,
        title="node2vec",
        about="Second-order walks of 30 products, then the same skip-gram.",
        formula=r"p(x\mid t\to v)\propto w_{vx}\cdot\begin{cases}1/p&x=t\\1&(t,x)\text{ a pair}\\"
        r"1/q&\text{else}\end{cases}",
        family="word2vec",
        # Twice as many walks are better on the demo's development slice (mean of both AUCs 0.884
        # against 0.875).
        ours={**OURS_NODE2VEC, "p": 1, "q": 0.5, "walk_length": 30, "walks_per_product": 20},
        # The study's run did not finish; its other settings are unknown.
        study={"p": 1, "q": 1, "walk_length": 30, "scoring": "cosine"},
        published="node2vec",
    ),
    ModelEntry(
        "skipgram",
        EMBEDDING,
        title="Skip-gram (PyTorch)",
        about="Skip-gram with negative sampling on walks, its row operations compiled.",
        formula=r"\begin{gathered}" + _SGNS + r"\\s=\cos(c_u,c_v)\ \text{ or }\ "
        r"\tfrac12(c_u^\top x_v+c_v^\top x_u)\end{gathered}",
        family="word2vec",
        ours=OURS_SKIPGRAM,
        study=STUDY_SKIPGRAM,
        published="skipgram",
        roles=("default", "suggested", "compared"),
        prominence=5,
    ),
    ModelEntry(
        "skipgram-side-info",
        SIDE_INFO,
        title="Skip-gram + side information",
        about="The mean of a product's own vector and those of its brand, categories and text.",
        formula=r"c_u=\frac{1}{1+\lvert F_u\rvert}\Big(e_u+\sum_{f\in F_u}W^{f}_{u}\Big)",
        family="side-info",
        ours={**OURS_SIDE_INFO, "fields": "mean"},
        study={**STUDY_SIDE_INFO, "fields": "mean"},
        published="side-info",
        prominence=3,
    ),
    ModelEntry(
        "eges",
        SIDE_INFO,
        title="EGES",
        about="Side information with weights learned for every product (Alibaba, 2018).",
        formula=r"c_u=\frac{\sum_{f}e^{a_{uf}}\,W^{f}_u}{\sum_{f}e^{a_{uf}}}",
        family="side-info",
        ours={**OURS_SIDE_INFO, "fields": "attention"},
        study={**STUDY_SIDE_INFO, "fields": "attention"},
        published="side-info",
    ),
    ModelEntry(
        "stack",
        "core.models.stack.model:Stack",
        title="Stack",
        about="Retrieves candidates by path scores, then ranks them by boosted trees (LightGBM).",
        formula=r"s(u,v)=\sum_{t}T_t\big(\text{paths}_{uv},\ c_u^\top x_v,\ d_u,\ d_v,\ "
        r"\text{content}_{uv},\dots\big)",
        family="combination",
        prominence=6,
    ),
)
MODELS: dict[str, ModelEntry] = {entry.name: entry for entry in ENTRIES}

# What a newcomer should see first, after the baseline: a learning curve to watch, popularity alone,
# the two models of the study, side information, the best. The others follow in table order.
STORY = ("skipgram", "degree", "gensim-cbow", "mf-bias", "eges", "stack")


def model_entry(name: str) -> ModelEntry:
    """Return the entry of the model `name`, or raise a `UserError` that lists the names."""
    if name not in MODELS:
        raise UserError(f"There is no model '{name}'. Models: {', '.join(MODELS)}.")
    return MODELS[name]


def model_title(name: str) -> str:
    """Return the title of a model; its name if this version does not have it."""
    return MODELS[name].title if name in MODELS else name


def models_of(preset: Preset) -> list[str]:
    """Return the names of all models that have settings under `preset`, in table order."""
    return [name for name, entry in MODELS.items() if entry.preset(preset) is not None]


def training_order(preset: Preset) -> list[str]:
    """Return the names of all models that have settings under `preset`, the baseline first.

    The models of `STORY` are next; the others follow in table order.
    """
    first = (baseline(), *STORY)
    names = models_of(preset)
    return [name for name in first if name in names] + [n for n in names if n not in first]


def models_with(role: Role) -> list[str]:
    """Return the names of the models with a role, in table order; see `ModelEntry.roles`."""
    return [name for name, entry in MODELS.items() if role in entry.roles]


def models_by_prominence() -> list[str]:
    """Return the names of all models by prominence, then in table order."""
    return sorted(MODELS, key=lambda name: -MODELS[name].prominence)


def baseline() -> str:
    """Return the name of the model with which the others are compared."""
    (name,) = models_with("baseline")
    return name


def default_model() -> str:
    """Return the name of the model that neighbours and maps use if none is named."""
    (name,) = models_with("default")
    return name


def popularity_model() -> str:
    """Return the name of the model that scores by popularity alone."""
    (name,) = models_with("popularity")
    return name


def models_for_new_products() -> list[str]:
    """Return the names of the models that can place products that are not in the catalogue."""
    return [name for name, entry in MODELS.items() if entry.model_class.places_new_products]


def resolve_settings(
    name: str, preset: Preset = "ours", changes: Mapping[str, object] | None = None
) -> Settings:
    """Return the validated settings of the model `name` under `preset` with `changes` applied.

    Raises
    ------
    UserError
        If the name, the preset or a setting is unknown, or a value is out of range.
    """
    return model_entry(name).resolve(preset, changes)
