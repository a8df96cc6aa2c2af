"""Texts of the About page about the method; Markdown."""

from __future__ import annotations

PIPELINE = """
1. **Read** what was bought or viewed together: a product names others under *bought together*,
   *also bought*, *also viewed*.
2. **Pairs.** The weights of all mentions of two products are summed (1.2, 1.0 and 0.5 a mention);
   each pair keeps the relations that it comes from.
3. **Split.** A third of the pairs is held out, at random; by time or by product as options. A tenth
   of the training pairs is the *development slice*: every choice is made on it (above a million
   pairs, with a quarter of the walks if that is enough), and the final model then learns from all
   training pairs.
4. **Train** on the pairs themselves or on random walks over them.
5. **Evaluate** on the held-out pairs against four kinds of negatives, and in ranking against the
   full catalogue.
"""
PROTOCOLS = """
| Negatives | Construction | What they show |
|---|---|---|
| uniform | two products at random (the study) | *AUC all* and *AUC seen* of the results |
| possible | at least one product has a list of relations | two without any can never be a pair |
| degree-matched | one end kept, the other of about the same degree | popularity alone scores 0.50 |
| hard | one end kept, the other a near neighbour without a pair | depresses two-hop-like models |

**Unseen products.** A pair with an end that has no training pair gets the lowest score, and all
such pairs tie, unless the model scores them itself; the table says which. The median
rule is reported as well.

**Ranking.** Up to 5,000 held-out pairs, both directions, against every product with a training
pair, known pairs filtered; rank = 1 + greater + equal / 2. Hits@10, Hits@50, NDCG@10, MRR.
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
