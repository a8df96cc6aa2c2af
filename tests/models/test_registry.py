"""The registry: which model has which role, and what listing the models costs."""

from __future__ import annotations

import subprocess
import sys

from core.models import registry
from core.models.registry import MODELS


def test_one_model_is_the_baseline_and_one_the_default():
    assert registry.baseline() == "three-hop"
    assert registry.default_model() == "skipgram"


def test_the_baseline_trains_first_then_the_models_that_tell_the_story():
    order = registry.training_order("ours")
    assert order[0] == registry.baseline() and order[1 : 1 + len(registry.STORY)] == [
        *registry.STORY
    ]
    assert sorted(order) == sorted(registry.models_of("ours"))
    assert sorted(registry.training_order("study")) == sorted(registry.models_of("study"))


def test_popularity_alone_is_the_degree_model():
    assert registry.popularity_model() == "degree"


def test_all_models_are_listed_the_most_prominent_first():
    names = registry.models_by_prominence()
    assert names[:3] == ["stack", "skipgram", "three-hop"]
    assert sorted(names) == sorted(MODELS)


def test_models_with_side_information_place_new_products():
    assert registry.models_for_new_products() == ["skipgram-side-info", "eges"]


def test_embeddings_can_be_trained_by_several_processes():
    able = {n for n, entry in MODELS.items() if entry.model_class.supports_distributed}
    assert {"skipgram", "mf", "eges"} <= able and not {"stack", "three-hop", "gensim-cbow"} & able


def test_reading_all_settings_imports_no_training_library():
    code = """
import sys
from core.models.registry import MODELS
fields = [entry.settings_class.model_fields for entry in MODELS.values()]
print(sorted({"torch", "gensim", "umap", "sklearn", "streamlit"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr
