"""Train, settings: a form field for every setting of a model, and what was changed in it."""

from __future__ import annotations

import copy
from typing import Any, Literal, get_args, get_origin

import streamlit as st
from pydantic import JsonValue
from pydantic.fields import FieldInfo

from core.config import Preset, Settings
from core.models.registry import MODELS, model_title, resolve_settings
from dashboard import page_frame

# Streamlit's number fields have closed bounds; this is the distance from an open bound.
SMALLEST_STEP = 1e-9
_CHANGES = "_changes"


def settings_section(models: list[str], preset: Preset) -> None:
    """Draw the settings of one of the chosen models at a time, and list what was changed."""
    with st.expander("Settings", icon=":material/tune:", key="settings"):
        model = models[0]
        if len(models) > 1:
            model = st.segmented_control(
                "Model settings",
                models,
                format_func=model_title,
                key=f"settings-of-{preset}",
                default=models[0],
                required=True,
            )
        st.caption(page_frame.plain(MODELS[model].about))
        settings_form(model, preset)
    changed = {name: own for name in models if (own := changes(name, preset))}
    if changed:
        summary = "; ".join(
            f"{model_title(name)}: {', '.join(f'{key} = {value}' for key, value in own.items())}"
            for name, own in changed.items()
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"Changed: {page_frame.plain(summary)}", width="stretch")
            st.button("Undo", icon=":material/undo:", key="undo", on_click=discard_changes)


def settings_form(model: str, preset: Preset) -> None:
    """Draw a field for every setting of a model; `changes` returns what differs from the preset."""
    base: Settings = resolve_settings(model, preset)
    changed = st.session_state.setdefault(_CHANGES, {}).setdefault((model, preset), {})
    fields = list(type(base).model_fields.items())
    columns = st.columns(4)
    for number, (name, field) in enumerate(fields):
        key = f"set-{model}-{preset}-{name}"
        default = _widget_value(field, getattr(base, name))
        # Streamlit forgets the values of undrawn fields, and only one model's fields are drawn.
        st.session_state.setdefault(key, changed.get(name, default))
        with columns[number % 4]:
            value = _draw_field(name, field, key)
        if value != default:
            changed[name] = value
        else:
            changed.pop(name, None)
    if not fields:
        st.caption("This model has no settings.")


def changes(model: str, preset: Preset) -> dict[str, JsonValue]:
    """Return the settings of a model that differ from the preset."""
    return copy.deepcopy(st.session_state.get(_CHANGES, {}).get((model, preset), {}))


def discard_changes() -> None:
    """Go back to the presets of all models; a callback."""
    st.session_state.pop(_CHANGES, None)
    for key in [key for key in st.session_state if str(key).startswith("set-")]:
        del st.session_state[key]


def bounds(field: FieldInfo) -> tuple[float | None, float | None]:
    """Return the smallest and the largest value that a setting allows; None for no limit."""
    step = 1 if field.annotation is int else SMALLEST_STEP
    limits: dict[str, float] = {
        name: getattr(rule, name)
        for rule in field.metadata
        for name in ("ge", "gt", "le", "lt")
        if hasattr(rule, name)
    }
    low = limits["gt"] + step if "gt" in limits else limits.get("ge")
    high = limits["lt"] - step if "lt" in limits else limits.get("le")
    return low, high


def _widget_value(field: FieldInfo, value: Any) -> JsonValue:
    """Return the value of a setting in the type that its widget uses."""
    if isinstance(value, tuple):
        return list(value)
    return float(value) if field.annotation is float else value


def _draw_field(name: str, field: FieldInfo, key: str) -> JsonValue:
    """Draw the widget that suits the type of a setting, and return its value."""
    label, value = name.replace("_", " "), st.session_state[key]
    if get_origin(field.annotation) is Literal:
        options = list(get_args(field.annotation))
        return st.selectbox(label, options, key=key, help=field.description)
    if isinstance(value, bool):
        return st.toggle(label, key=key, help=field.description)
    if isinstance(value, list):
        options = list(get_args(get_args(field.annotation)[0]))
        return st.multiselect(label, options, key=key, help=field.description)
    low, high = bounds(field)
    if field.annotation is int:
        return st.number_input(
            label, low, high, step=1, key=key, help=field.description, format="%d"
        )
    low = None if low is None else float(low)
    high = None if high is None else float(high)
    return st.number_input(label, low, high, key=key, help=field.description, format="%.6g")
