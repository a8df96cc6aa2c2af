"""Settings that several models share under a preset."""

from __future__ import annotations

EMBEDDING = "core.models.embedding.model:Embedding"

# Shared by all torch models of the study.
STUDY_TORCH = {"epochs": 5, "batch_size": 128, "sampling": "pair", "schedule": "restarts"}
STUDY_SKIPGRAM = {
    **STUDY_TORCH,
    "optimiser": "sparse-adam",
    "learning_rate": 0.025,
    "score_limit": 10.0,
    "scoring": "cosine",
}
# The study's fields: brand and the third category level.
STUDY_SIDE_INFO = {
    **STUDY_SKIPGRAM,
    "fields_used": ("brand", "category_3"),
    "rare": 100,
    "field_rate": 1.0,
    "id_dropout": 0.0,
}
# The study used gensim's defaults otherwise: shrinking windows, subsampling at 1e-3.
STUDY_WORD2VEC = {"shrink_window": True, "scoring": "cosine"}

# Several passes of smaller steps: on the development slices of the demo, of Beauty and of Online
# Retail, Hits@10 is 0.156, 0.183 and 0.177, against 0.122, 0.135 and 0.140 for one pass at 0.2.
OURS_SKIPGRAM = {"epochs": 5, "learning_rate": 0.05}
# node2vec's walks have six times as many steps in total, so one pass with more negatives is enough:
# 0.164 on the demo's slice, against 0.142 with 40 negatives at 0.2.
OURS_NODE2VEC = {"learning_rate": 0.1, "shared_negatives": 160}
# Chosen on development slices and on cold and time splits of training pairs: larger steps and wider
# windows pull a product towards its neighbours' neighbours, most of which it is not paired with.
OURS_SIDE_INFO = {"epochs": 3, "window": 3, "learning_rate": 0.12, "points_per_epoch": 7}
