"""The Story page."""

from __future__ import annotations

import pytest

from core.explore.example_product import example_product
from core.runs.store import Store
from dashboard.parts.story import popularity, standard_rows


def claims(app) -> str:
    return app.title[0].value


def test_without_runs_the_story_is_about_the_data(artifacts, open_page):
    root = artifacts("prepared")
    app = open_page(root, "story")
    assert f"{Store(root).split_facts('shop', 'random')['products']:,} products" in claims(app)
    assert app.button(key="story-back").disabled
    app.button(key="story-next").click().run()
    assert "walk" in claims(app) and app.query_params["scene"] == "2"
    assert app.button(key="story-next").disabled


@pytest.mark.parametrize(
    ("scene", "claim"), [(3, "lie together"), (4, "hidden partner"), (5, "Popularity")]
)
def test_each_scene_makes_its_claim(scene, claim, mapped, open_page):
    app = open_page(mapped, "story", scene=str(scene))
    assert claim in claims(app) and not app.exception and not app.error


def test_popularity_has_the_figures_of_the_overview_and_of_its_chart():
    names = ("label", "model", "auc_all", "auc_degree_all", "auc_seen", "auc_degree")
    rows = [
        dict(zip(names, ("Degree", "degree", 0.84, 0.51, 0.83, 0.5))),
        dict(zip(names, ("EGES", "eges", 0.92, 0.87, 0.93, 0.88))),
    ]
    scene = popularity(rows)
    assert scene is not None
    assert scene.note.startswith("Degree: AUC 0.83 against random products, 0.50 against equally")


def test_hits_are_held_out_partners_and_known_pairs_are_left_out(mapped, open_page):
    app = open_page(mapped, "story", scene="4")
    (table,) = app.table
    claim = claims(app).replace("\\", "")
    best = table.value.columns[-1]
    assert claim.startswith(f"{best} finds ")
    split = Store(mapped).load_split("shop", "random")
    product, title = example_product(split), split.catalogue.frame["title"]

    def partners(pairs):
        return {*title[pairs.v[pairs.u == product]], *title[pairs.u[pairs.v == product]]}

    shown = set(table.value[best])
    assert not shown & partners(split.train)
    assert int(claim.split(" finds ")[1].split()[0]) == len(shown & partners(split.test))


def test_a_model_with_several_runs_appears_once(artifacts):
    runs = Store(artifacts("many")).finished_runs("shop")
    models = [run.config.model for run in runs]
    shown = [row["model"] for row in standard_rows(runs)]
    assert len(models) > len(set(models)) and sorted(shown) == sorted(set(models))
