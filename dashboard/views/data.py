"""Data and walks: a product's relations, its network, a random walk and its training examples."""

from __future__ import annotations

from core.plural import count_of
from dashboard import cached_data, cached_lookups, page_frame, url_widgets
from dashboard.parts import product_facts, product_line, walk_examples

PARTS = {
    "relations": "Relations",
    "network": "Network",
    "walk": "Random walk",
    "examples": "Training examples",
}
# URL key of the product.
PRODUCT = "product"

with page_frame.page_body() as page:
    dataset, prepared = page.need_split()
    split = cached_data.split(dataset, prepared)

    def on_the_line(product: int) -> None:
        if page.presenter:
            note = f"{count_of(split.known.degree[product], 'pair')} in all"
            product_line.card(split, product, note)

    product = product_line.choose_and_show(
        dataset,
        prepared,
        PRODUCT,
        cached_lookups.default_product(dataset, prepared),
        on_the_line,
    )
    part = url_widgets.part(PARTS, key="look")
    # The walk names its start itself, and its network needs the room.
    if part != "walk" and not page.presenter:
        product_facts.card(split, product)
    if part == "relations":
        product_facts.relations(split, product, PRODUCT)
    elif part == "network":
        product_facts.network(split, product, PRODUCT)
    elif walk := walk_examples.draw_walk(split, product, PRODUCT, part == "walk"):
        if part == "walk":
            walk_examples.show_walk(split, walk)
        else:
            walk_examples.examples(split, walk)
