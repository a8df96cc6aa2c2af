"""Overview, the data: counts, relations, categories, degrees; opened on request."""

from __future__ import annotations

import streamlit as st

from core.graph.split import Split
from core.runs.store import SplitFacts
from dashboard import cached_data, cached_lookups, page_frame
from dashboard.charts import data_charts
from dashboard.parts import figures_and_tables


def data_summary(dataset: str, prepared: str, split: Split) -> None:
    """Draw the size of the data in one line, which opens to the rest."""
    facts = cached_data.store().split_facts(dataset, prepared)
    line = (
        f"{page_frame.plain(dataset)}: {facts['products']:,} products, {facts['pairs']:,} pairs, "
        f"{facts['held_out_pairs']:,} of them hidden from the models"
    )
    opened = st.expander(line, icon=":material/database:", key="data-summary", on_change="rerun")
    if not opened.open:
        return
    with opened:
        source = cached_data.store().source(dataset)
        if source and source["about"]:
            st.caption(page_frame.plain(source["about"]))
        counts(facts, split)
        relations(split)
        figures(dataset, prepared, split)


def counts(facts: SplitFacts, split: Split) -> None:
    """Draw the size of the data, and the share of products with metadata."""
    frame = split.catalogue.frame

    def share(column: str) -> str:
        given = frame[column].notna() if column == "price" else frame[column] != ""
        return f"{given.sum() / len(frame):.0%}"

    metrics = {
        "Products": facts["products"],
        "Pairs": facts["pairs"],
        "Held out": facts["held_out_pairs"],
        "Unseen products": facts["unseen_products"],
    }
    columns = st.columns([*[1] * len(metrics), 1.6])
    for column, (name, value) in zip(columns, metrics.items()):
        column.metric(name, f"{value:,}", border=True, height="stretch")
    with columns[-1], st.container(border=True, height="stretch", gap="xsmall"):
        st.caption("Products with a")
        st.text(f"title {share('title')}  ·  brand {share('brand')}")
        st.text(f"category {share('category_1')}  ·  price {share('price')}")


def relations(split: Split) -> None:
    """Draw how many pairs each relation has."""
    counts = cached_data.relation_counts(split)
    texts = [f"{name.replace('_', ' ')} {count:,}" for name, count in counts.items() if count]
    st.caption(f"Relations (a pair can have several): {', '.join(texts)}.")


def figures(dataset: str, prepared: str, split: Split) -> None:
    """Draw the categories by size and the distribution of degrees."""
    left, right = st.columns(2)
    with left:
        st.subheader("Categories")
        figure = cached_lookups.treemap(dataset, prepared)
        if figure.data[0].ids:
            figures_and_tables.plot(figure, "treemap", alt="Categories by size", copy=False)
        else:
            st.caption("The products of this data set have no categories.")
            page_frame.go_to("data", "Show products")
    with right:
        st.subheader("Training pairs per product")
        figures_and_tables.plot(
            data_charts.degree_distribution(split.graph.degree),
            "degrees",
            alt="Degree distribution",
            copy=False,
        )
