"""What the About page says of the models: each in a formula and a paragraph. Data only."""

from __future__ import annotations

from typing import NamedTuple


class Explained(NamedTuple):
    """A model: its formula (LaTeX) and a paragraph (Markdown)."""

    formula: str
    paragraph: str


_MF_LOSS = (
    r"L=-\log\sigma\big(s(u,v)\big)-\sum_{n}\log\sigma\big(-s(u,n)\big)+\lambda\lVert p\rVert^2"
)
_SGNS = r"L=-\log\sigma(c_u^\top x_v)-\sum_{k=1}^{K}\log\sigma(-c_u^\top x_{n_k})"

FAMILIES: dict[str, dict[str, Explained]] = {
    "Graph scores: nothing is trained": {
        "degree": Explained(
            r"s(u,v)=\log(1+d_u)+\log(1+d_v)",
            "How popular both products are, and nothing about the two together. True pairs favour "
            "popular products, so this alone is far above chance against uniform negatives. It is "
            "the floor: what a model adds to it is what it has learned.",
        ),
        "common-neighbours": Explained(
            r"s(u,v)=\lvert N(u)\cap N(v)\rvert",
            "How many products go with both. The simplest score that looks at the two together "
            "(Liben-Nowell and Kleinberg, 2007).",
        ),
        "adamic-adar": Explained(
            r"s(u,v)=\sum_{w\in N(u)\cap N(v)}\frac{1}{\log d_w}",
            "Common neighbours, but a shared product that goes with everything says little: each "
            "counts 1 / log of its degree (Adamic and Adar, 2003).",
        ),
        "resource-allocation": Explained(
            r"s(u,v)=\sum_{w\in N(u)\cap N(v)}\frac{1}{d_w}",
            "The same with 1 / degree, as if u handed a unit to its neighbours in equal parts and "
            "v collected what comes through (Zhou, Lü and Zhang, 2009).",
        ),
        "three-hop": Explained(
            r"s(u,v)=(N^3)_{uv},\qquad N=D^{-a}AD^{-a}",
            "Walks of three steps from one product to the other, popular stops held back by the "
            "exponent a. Three steps join two products through pairs of *similar* products, which "
            "two cannot. Nothing is trained, and yet it is hard to beat.",
        ),
    },
    "Spectral": {
        "spectral": Explained(
            r"N\approx U\Lambda U^\top,\qquad s(u,v)=U_u\,\lvert\Lambda\rvert^{p}\,U_v^\top",
            "The leading eigenvectors of the normalised graph as vectors: the best low-rank "
            "summary of all walks. The power p weighs long walks; nothing is sampled.",
        ),
    },
    "Matrix factorisation": {
        "mf": Explained(
            r"\begin{gathered}s(u,v)=p_u^\top p_v\\" + _MF_LOSS + r"\end{gathered}",
            "One vector a product; pairs are to have a large inner product, drawn non-pairs a "
            "small one. Its scores saturate, which makes the *cliff of death*.",
        ),
        "mf-bias": Explained(
            r"s(u,v)=p_u^\top p_v+b_u+b_v+b,\qquad L\text{ as above}",
            "A number a product takes up popularity, so that the vectors need not. It softens the "
            "cliff.",
        ),
        "mf-continuous": Explained(
            r"s(u,v)=p_u^\top p_v,\qquad L=\big(s(u,v)-w_{uv}\big)^2+\sum_n s(u,n)^2"
            r"+\lambda\lVert p\rVert^2",
            "The same vectors, but they predict how heavy a pair is (bought together weighs more "
            "than viewed), 0 for drawn non-pairs.",
        ),
        "mf-bias-continuous": Explained(
            r"s(u,v)=p_u^\top p_v+b_u+b_v+b,\qquad L=\big(s(u,v)-w_{uv}\big)^2+\dots",
            "Both of the above: biases, and the weight of a pair as the target.",
        ),
        "mf-walks": Explained(
            r"(u,v)\sim\text{window of a walk},\qquad s(u,v)=p_u^\top p_v",
            "MF whose pairs are not only the edges but all that comes within five steps on a "
            "random walk: many more examples, of products two and three steps apart too.",
        ),
        "mf-bias-walks": Explained(
            r"(u,v)\sim\text{window of a walk},\qquad s(u,v)=p_u^\top p_v+b_u+b_v+b",
            "The same with biases.",
        ),
    },
    "word2vec on walks": {
        "gensim-cbow": Explained(
            r"L=-\log\sigma(\bar c^\top x_v)-\sum_{k}\log\sigma(-\bar c^\top x_{n_k}),\qquad"
            r"\bar c=\tfrac{1}{\lvert W\rvert}\sum_{u\in W}c_u",
            "Walks are sentences, products are words. CBOW predicts a product from the mean of its "
            "neighbours on the walk. gensim's default, and so what the study measured under the "
            "name word2vec.",
        ),
        "gensim-skipgram": Explained(
            _SGNS,
            "The other way round: a product predicts each neighbour on the walk by itself. Slower, "
            "and better on rare products.",
        ),
        "node2vec": Explained(
            r"p(x\mid t\to v)\propto w_{vx}\cdot\begin{cases}1/p&x=t\\1&(t,x)\text{ a pair}\\"
            r"1/q&\text{else}\end{cases}",
            "Skip-gram on walks that remember where they come from: p holds back returning, q "
            "leads away (Grover and Leskovec, 2016).",
        ),
        "skipgram": Explained(
            r"\begin{gathered}" + _SGNS + r"\\s=\cos(c_u,c_v)\ \text{ or }\ "
            r"\tfrac12(c_u^\top x_v+c_v^\top x_u)\end{gathered}",
            "Skip-gram with negative sampling, written in PyTorch with its row work compiled. A "
            "product has two vectors, as center and as context: the cosine of centers finds what "
            "is used alike, center times context what is bought along.",
        ),
    },
    "Side information: a vector also for what nobody has bought yet": {
        "skipgram-side-info": Explained(
            r"c_u=\frac{1}{1+\lvert F_u\rvert}\Big(e_u+\sum_{f\in F_u}W^{f}_{u}\Big)",
            "Skip-gram whose center is the mean of the product's own vector and those of its "
            "brand, its categories, its price and the words of its title. A new product gets its "
            "vector from the fields alone.",
        ),
        "eges": Explained(
            r"c_u=\frac{\sum_{f}e^{a_{uf}}\,W^{f}_u}{\sum_{f}e^{a_{uf}}}",
            "The same with a learned weight for each field of each product (Alibaba's EGES, 2018). "
            "In the study it seemed useless, for a bug: positives carried the center's fields.",
        ),
    },
    "The learned combination": {
        "stack": Explained(
            r"s(u,v)=g\big(\text{paths}_{uv},\ c_u^\top x_v,\ p_u^\top p_v,\ d_u,\ d_v,\dots\big)"
            r"+\beta^\top\big(f_{uv}-\bar f\big)",
            "Gradient-boosted trees over what else is known of a pair: its paths of two, three and "
            "five steps, embeddings, degrees, and how near the two ids stand. In its graph the top "
            "of a list counts for more than its end. On top comes content: how alike brand, "
            "categories and words are, compared with what is usual. The pairs that all this learns "
            "from are taken out of the graph first, so that no part has seen its answer; then "
            "paths, embeddings and degrees are those of all training pairs.",
        ),
    },
}
