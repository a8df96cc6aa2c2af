"""Texts of the About page about the models, in addition to the registry. Data only."""

from __future__ import annotations

from core.models.model_entry import Family

FAMILIES: dict[Family, str] = {
    "graph": "Graph scores",
    "spectral": "Spectral",
    "factorisation": "Matrix factorisation",
    "word2vec": "word2vec on walks",
    "side-info": "Side information",
    "combination": "The learned combination",
}
# A paragraph (Markdown); for a model without one, the page shows the registry's sentence.
PARAGRAPHS: dict[str, str] = {
    "degree": (
        "How popular both products are, and nothing about the two together. True pairs favour "
        "popular products, so this alone is far above chance against uniform negatives. It is the "
        "floor: what a model adds to it is what it has learned."
    ),
    "common-neighbours": (
        "How many products go with both. The simplest score that looks at the two together "
        "(Liben-Nowell and Kleinberg, 2007)."
    ),
    "adamic-adar": (
        "Common neighbours, but a shared product that goes with everything is weak evidence: each "
        "counts 1 / log of its degree (Adamic and Adar, 2003)."
    ),
    "resource-allocation": (
        "The same with 1 / degree, as if u handed a unit to its neighbours in equal parts and v "
        "collected what comes through (Zhou, Lü and Zhang, 2009)."
    ),
    "three-hop": (
        "Walks of three steps from one product to the other, popular stops damped by the exponent "
        "a. Three steps join two products through pairs of *similar* products, which two cannot. "
        "Nothing is trained, and yet it is hard to beat."
    ),
    "spectral": (
        "The leading eigenvectors of the normalised graph as vectors: the best low-rank summary "
        "of all walks. The power p weighs long walks; nothing is sampled."
    ),
    "mf": (
        "One vector per product: pairs should have a large inner product, sampled negatives a "
        "small one. Its scores saturate, which causes the *cliff of death*."
    ),
    "mf-bias": (
        "One bias per product absorbs popularity, so that the vectors need not. It softens the "
        "cliff."
    ),
    "mf-continuous": (
        "The same vectors, but they predict the weight of a pair (bought together weighs more than "
        "viewed), and 0 for sampled negatives."
    ),
    "mf-bias-continuous": "Both of the above: biases, and the weight of a pair as the target.",
    "mf-walks": (
        "MF on all pairs within five steps on a random walk, not only on the edges: many more "
        "examples, including products two and three steps apart."
    ),
    "mf-bias-walks": "The same with biases.",
    "gensim-cbow": (
        "Walks are sentences, products are words. CBOW predicts a product from the mean of its "
        "neighbours on the walk. gensim's default, and so what the study measured under the name "
        "word2vec."
    ),
    "gensim-skipgram": (
        "The other way round: a product predicts each neighbour on the walk by itself. Slower, "
        "and better on rare products."
    ),
    "node2vec": (
        "Skip-gram on walks that remember where they come from: p holds back returning, q leads "
        "away (Grover and Leskovec, 2016)."
    ),
    "skipgram": (
        "Skip-gram with negative sampling, written in PyTorch with its row work compiled. A "
        "product has two vectors, as center and as context: the cosine of centers finds similar "
        "products, center times context finds products bought together."
    ),
    "skipgram-side-info": (
        "Skip-gram whose center is the mean of the product's own vector and those of its brand, "
        "its categories, its price and the words of its title. A new product gets its vector from "
        "the fields alone."
    ),
    "eges": (
        "The same with a learned weight for each field of each product (Alibaba's EGES, 2018). In "
        "the study it seemed useless because of a bug: positives carried the center's fields."
    ),
    "stack": (
        "Gradient-boosted trees over features of a pair: paths of two and three steps, embeddings "
        "of both products and of their neighbours, degrees, and distances in the order of ids. In "
        "its graph, relations at the top of a list weigh more than those at its end. Content "
        "features compare brand, categories, words and price. The pairs that the trees learn from "
        "are first removed from the graph, so that no feature leaks the answer; for predictions, "
        "paths, embeddings and degrees are those of all training pairs."
    ),
}
