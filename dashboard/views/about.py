"""About the method: pipeline, models, protocols, findings, references."""

from __future__ import annotations

import streamlit as st

from core.experiments import EXPERIMENTS
from dashboard import charts, frame, load, runs

PIPELINE = """
1. **Read** what was bought or viewed together: a product names others under *bought together*,
   *also bought*, *also viewed*.
2. **Pairs.** The weights of all mentions of two products are summed (1.2, 1.0 and 0.5 a mention);
   which relations made a pair is kept.
3. **Split.** A third of the pairs is held out, at random; by time or by product as options. A tenth
   of the training pairs is the *development slice*: every choice is made on it, and the final model
   then learns from all training pairs.
4. **Train** on the pairs themselves or on random walks over them.
5. **Evaluate** on the held-out pairs against four kinds of negatives, and in ranking against the
   full catalogue.
"""
FAMILIES = (
    (
        "Graph scores: nothing is trained",
        r"s(u,v)=\sum_{z\in N(u)\cap N(v)} \tfrac{1}{\log d_z}\qquad"
        r" s(u,v)=\langle \tilde A_u, (\tilde A^2)_v\rangle,\;\tilde A=D^{-1/2}AD^{-1/2}",
        ("degree", "common-neighbours", "adamic-adar", "resource-allocation", "three-hop"),
    ),
    (
        "Spectral",
        r"\tilde A \approx U \Lambda U^\top,\quad s(u,v) = U_u\, f(\Lambda)\, U_v^\top",
        ("spectral",),
    ),
    (
        "Matrix factorisation",
        r"s(u,v)=p_u^\top p_v + b_u + b_v + b,\quad"
        r" L=-\log\sigma(s^+)-\sum_{-}\log\sigma(-s^-)+\lambda\lVert p\rVert^2",
        ("mf", "mf-bias", "mf-continuous", "mf-bias-continuous", "mf-walks", "mf-bias-walks"),
    ),
    (
        "word2vec and node2vec",
        r"L=-\log\sigma(c_u^\top x_v)-\sum_{k=1}^{K}\log\sigma(-c_u^\top x_{n_k}),\quad"
        r" p(t\to v\to x)\propto w_{vx}\cdot\{1/p,\,1,\,1/q\}",
        ("gensim-cbow", "gensim-skipgram", "node2vec", "skipgram"),
    ),
    (
        "Side information: a vector also for products nobody has bought",
        r"h_u=\frac{\sum_f e^{a_{uf}}\,W^{f}_u}{\sum_f e^{a_{uf}}}",
        ("side-info", "side-info-weighted"),
    ),
    (
        "The learned combination",
        r"s(u,v)=g\big(\text{three-hop},\ \text{two-hop},\ \text{cosine},\dots\big)",
        ("stack",),
    ),
)
PROTOCOLS = """
| Negatives | Drawn how | What they show |
|---|---|---|
| uniform | two products at random (the study) | *All* and *Seen only* of its table |
| possible | at least one end lists relations of its own | two without any can never be a pair |
| degree-matched | one end kept, the other of about the same degree | popularity alone scores 0.50 |
| hard | one end kept, the other a near neighbour that is no pair | depresses two-hop-like models |

**Unseen products.** A pair with an end that has no training pair gets the lowest score, and all
such pairs tie, unless the model has a score of its own for them; the table says which. The median
rule is reported beside it.

**Ranking.** Up to 5,000 held-out pairs, both directions, against every product with a training
pair, known pairs filtered; rank = 1 + greater + equal / 2. Hits@10, Hits@50, MRR.
"""
STUDY_FOUND = """
- A simple word2vec on random walks beat its matrix factorisations: 0.9554 against 0.7951 on
  Electronics, all pairs.
- Side information *seemed* to hurt. That was a bug: positives carried the center's metadata.
- MF fell off a *cliff of death*: its precision drops from 1 to 0.5 around one threshold.
- MF "forgot" at every restart of the learning rate; one epoch was nearly enough for skip-gram.
"""
REFERENCES = """
- E. Yan, *Building a strong baseline recommender in PyTorch* and *Beating the baseline recommender
  with graph & NLP in PyTorch* (2020)
- A. Grover, J. Leskovec, *node2vec* (KDD 2016)
- T. Mikolov et al., *Distributed representations of words and phrases* (NIPS 2013)
- J. Wang et al., *Billion-scale commodity embedding for e-commerce recommendation in Alibaba*,
  arXiv 1803.02349 (2018)
- R. Aiyappa et al., *Implicit degree bias in the link prediction task*, arXiv 2405.14985 (2024)
- J. Li et al., *Evaluating graph neural networks for link prediction*, arXiv 2306.10453 (2023)
- W. Krichene, S. Rendle, *On sampled metrics for item recommendation* (KDD 2020)
- L. McInnes et al., *UMAP*, arXiv 1802.03426 (2018)
"""


def models() -> None:
    for heading, formula, names in FAMILIES:
        known = [name for name in names if name in EXPERIMENTS]
        if not known:
            continue
        with st.container(border=True):
            st.markdown(f"**{heading}**")
            st.latex(formula)
            for name in known:
                entry = EXPERIMENTS[name]
                st.markdown(f"**{frame.plain(entry.title)}.** {frame.plain(entry.about)}")


def findings(page: frame.Page) -> None:
    left, right = st.columns(2)
    with left:
        st.subheader("What the study found")
        st.markdown(STUDY_FOUND)
    with right:
        st.subheader("What we found")
        found = load.finished(page.dataset, page.prepared) if page.prepared else []
        if not found:
            st.caption("Our figures are drawn from your own runs; train some to see them here.")
            frame.go_to("train", "Train models")
            return
        rows = runs.rows_of(found)
        for sentence in runs.findings(rows):
            st.markdown(f"- {frame.plain(sentence)}")
    if found:
        frame.plot(
            charts.easy_and_matched(rows), "easy", alt="AUC against uniform and degree-matched"
        )
        st.caption(
            "The same runs against two kinds of negatives, on the data set chosen in the sidebar. "
            "What falls towards 0.5 was popularity."
        )


with frame.page("About the method") as page:
    st.subheader("From baskets to neighbours")
    st.markdown(PIPELINE)
    st.subheader("The models")
    models()
    st.subheader("How they are measured")
    st.markdown(PROTOCOLS)
    findings(page)
    st.subheader("References")
    st.markdown(REFERENCES)
