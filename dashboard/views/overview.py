"""Overview: the data, the best results, and the first step on a fresh install."""

from __future__ import annotations

import streamlit as st

from core.evaluation.table import columns as results_columns
from core.explore.neighbour_filters import Filters
from dashboard import cached_data, cached_lookups, page_frame
from dashboard.charts import data_charts, result_charts
from dashboard.parts import output, product_search, run_tables

HEAD = 5


def welcome() -> None:
    """Draw the fresh install."""
    with st.container(border=True):
        st.subheader("Which products go together?")
        st.markdown(
            "This app learns product embeddings from what people buy together, measures them "
            "honestly, and lets you look inside. It comes with a **demo**: a year of grocery "
            "baskets, embedded, no download."
        )
        if not page_frame.show_active_jobs():
            page_frame.train_demo_button()
    for column, (icon, title, about) in zip(
        st.columns(4),
        (
            ("model_training", "1 · Train", "A few minutes; the learning curve grows live."),
            ("leaderboard", "2 · Compare", "All measures in one table, with intervals."),
            ("hub", "3 · Neighbours", "Look products up in several models side by side."),
            ("scatter_plot", "4 · Map", "The whole catalogue at a glance."),
        ),
    ):
        with column, st.container(border=True, height="stretch"):
            st.markdown(f":material/{icon}: **{title}**")
            st.caption(about)


def figures(facts: dict, split) -> None:
    """Draw what the data is, in numbers."""
    frame_ = split.catalogue.frame
    n = len(frame_)

    def share(column: str) -> str:
        given = frame_[column].notna() if column == "price" else frame_[column] != ""
        return f"{given.sum() / n:.0%}"

    numbers = {
        "Products": f"{facts['products']:,}",
        "Pairs": f"{facts['pairs']:,}",
        "Held out": f"{facts['held_out_pairs']:,}",
        "Unseen products": f"{facts['unseen_products']:,}",
    }
    columns = st.columns([*[1] * len(numbers), 1.6])
    for column, (name, value) in zip(columns, numbers.items()):
        column.metric(name, value, border=True, height="stretch")
    with columns[-1], st.container(border=True, height="stretch", gap="xsmall"):
        st.caption("Products with a")
        st.text(f"title {share('title')}  ·  brand {share('brand')}")
        st.text(f"category {share('category_1')}  ·  price {share('price')}")


def leaderboard(page: page_frame.PageContext, found: list) -> None:
    """Draw the leaderboard's head and the published figures."""
    rows = run_tables.rows_of(found)
    best = sorted(rows, key=lambda row: -(row["hits_at_10"] or 0))[:HEAD]
    # Larger type has no room for both beside one another.
    left, right = (st, st) if page.presenter else st.columns([1.15, 1])
    with left.container():
        st.subheader("Best in ranking")
        headline = results_columns("headline")
        output.table(
            run_tables.styled_table(best, headline, among=rows), height="content", key="head",
            alt="The best runs by Hits at 10", column_config=run_tables.column_config(headline),
        )  # fmt: skip
        more = len(rows) - len(best)
        others = f" {more} more on the Compare page; marked is the best of all." if more else ""
        st.caption(
            "By Hits@10: how often a held-out partner is among the first ten of the whole "
            f"catalogue.{others}"
        )
        page_frame.go_to("compare", "Compare all runs")
    with right.container():
        st.subheader("Published beside ours")
        told = [row for row in rows if row["published_electronics_auc_all"] is not None]
        output.plot(
            result_charts.published_and_ours(told or best), "published",
            alt="Published figures beside ours",
        )  # fmt: skip
    with page_frame.boundary():
        worked_product(page, best)


def worked_product(page: page_frame.PageContext, best: list[dict]) -> None:
    """Draw the neighbours of one well-connected product in the best model."""
    split = cached_data.split(page.dataset, page.prepared)
    product = product_search.beginning(page.dataset, page.prepared)
    top = best[0]
    st.subheader("One product, worked")
    st.caption(
        page_frame.plain(
            f"What {top['label']} puts beside a well-known product, and what each truly is to it."
        )
    )
    run = cached_data.store().run(page.dataset, top["run"])
    table = cached_lookups.neighbours(run, page.prepared, product, 8, Filters(), "own")
    st.text(split.catalogue.label(product))
    output.table(
        table[["title", "brand", "category", "price", "score", "relation"]],
        height="content", key="worked",
        alt="Neighbours of one product in the best model",
        column_config={
            "title": st.column_config.TextColumn(width="large"),
            "price": st.column_config.NumberColumn(format="%.2f"),
            "score": st.column_config.NumberColumn(format="%.3f"),
            "relation": st.column_config.TextColumn("true relation"),
        },
    )  # fmt: skip


def data_figures(page: page_frame.PageContext, split) -> None:
    left, right = st.columns(2)
    with left:
        st.subheader("Categories")
        figure = cached_lookups.treemap(page.dataset, page.prepared)
        if figure.data[0].ids:
            output.plot(figure, "treemap", alt="Categories by size")
        else:
            st.caption("The products of this data set have no categories.")
            page_frame.go_to("data", "Look at the products")
    with right:
        st.subheader("How connected products are")
        output.plot(
            data_charts.degree_distribution(split.graph.degree),
            "degrees",
            alt="Degree distribution",
        )


def relation_counts(split) -> None:
    """Say which relations the pairs come from."""
    counts = cached_data.relation_counts(split)
    texts = [f"{name.replace('_', ' ')} {count:,}" for name, count in counts.items() if count]
    st.caption(f"Relations, a pair can be in several: {', '.join(texts)}.")


with page_frame.page_body() as page:
    if page.dataset is None or page.prepared is None:
        welcome()
        page_frame.end_page()
    split = cached_data.split(page.dataset, page.prepared)
    about = cached_data.store().source(page.dataset)["about"]
    if about:
        st.caption(page_frame.plain(about))
    figures(cached_data.store().split_facts(page.dataset, page.prepared), split)
    relation_counts(split)
    found = cached_data.finished(page.dataset, page.prepared)
    for problem in cached_data.damaged(page.dataset):
        st.warning(page_frame.plain(problem), icon=":material/broken_image:")
    if found:
        leaderboard(page, found)
    elif not page_frame.show_active_jobs(page.dataset):
        st.info("The data is prepared. Next: train models on it.", icon=":material/flag:")
        page_frame.go_to("train", "Train models", primary=True)
    data_figures(page, split)
