"""Requests, settings and configurations: one validated object for each."""

from __future__ import annotations

import hashlib
import json
import os
import re
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*")
LONGEST_NAME = 64
# Above this number of training pairs, some choices trade a little quality for speed.
LARGE_PAIRS = 1_000_000

Preset = Literal["ours", "study"]
SplitKind = Literal["random", "given", "time", "cold"]


class UserError(Exception):
    """An error that the user can fix: the message says what is wrong, where, and how to fix it."""


def check_name(name: str, what: str = "data-set name", longest: int = LONGEST_NAME) -> str:
    """Return `name` if it is safe as a folder name, else raise `UserError`."""
    if not NAME.fullmatch(name) or len(name) > longest:
        raise UserError(
            f"'{name}' is not a {what}: use 1 to {longest} letters, digits, '_' and '-', and do "
            "not begin with '-'."
        )
    return name


def available_cores() -> int:
    """Return how many CPU cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Settings(BaseModel):
    """Base class of all settings: frozen, and unknown names are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _refuse_bool_as_number(cls, value: object, info: ValidationInfo) -> object:
        # A field validator always has a field name.
        annotation = cls.model_fields[info.field_name or ""].annotation
        if isinstance(value, bool) and annotation in (int, float):
            raise PydanticCustomError("number", "Input should be a number, not true or false")
        return value


class SplitRequest(BaseModel):
    """A data set, and how its pairs are split into training and held-out pairs.

    Examples
    --------
    >>> SplitRequest(dataset="demo", split="time", split_seed=7).prepared
    'time-s7'
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    dataset: str = Field(description="Name of a data set")
    preset: Preset = Field("ours", description="`ours`: tuned in this lab; `study`: as published")
    split: SplitKind = Field("random", description="How the pairs are split")
    split_seed: int = Field(42, ge=0, lt=2**32, description="Seed of the split")

    @field_validator("dataset")
    @classmethod
    def _safe(cls, name: str) -> str:
        return check_name(name)

    @property
    def prepared(self) -> str:
        """Name of the folder of the prepared split: `random`, `random-study`, `time-s7`, …"""
        return prepared_name(self.split, self.preset, self.split_seed)


class TrainRequest(SplitRequest):
    """What to train: the same request for the API, command line, app, queue and studies.

    Examples
    --------
    >>> request = TrainRequest(dataset="demo", model="skipgram", changes={"epochs": 3})
    >>> request.preset, request.prepared
    ('ours', 'random')
    """

    model: str = Field(description="Name of a model, as in `core.models.registry`")
    seed: int = Field(42, ge=0, lt=2**32, description="Seed of the model")
    changes: dict[str, JsonValue] = Field(
        default_factory=dict, description="Settings that differ from the preset's, by name"
    )


class Execution(BaseModel):
    """How to train: nothing here changes the result.

    Examples
    --------
    >>> Execution(workers=2, again=True).jobs
    1
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    workers: int | None = Field(None, ge=1, description="Total number of threads; None: all cores")
    jobs: int = Field(
        1, ge=1, description="Number of runs to train at the same time, each in its own process"
    )
    again: bool = Field(False, description="Train again even if a finished run exists")
    map: bool | None = Field(None, description="Make the run's map; None: the model's default")


DEFAULT_EXECUTION = Execution()


class RunConfig(SplitRequest):
    """Everything that determines a run: equal configs on the same data give equal results."""

    model: str = Field(description="Name of the model, as in `core.models.registry`")
    data: str = Field("", description="Fingerprint of the prepared split")
    seed: int = Field(42, ge=0, lt=2**32, description="Seed of the model")
    settings: dict[str, JsonValue] = Field(
        default_factory=dict, description="All settings of the model"
    )

    @field_validator("settings", mode="before")
    @classmethod
    def _tuples_as_lists(cls, settings: object) -> object:
        # Not by pydantic's JSON mode, which writes the integer 1 of a float setting as 1.0: that
        # would give runs on disk another name.
        return json.loads(json.dumps(settings))

    @property
    def run_id(self) -> str:
        """Name of the run's folder: readable, and different for different settings."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True)
        digest = hashlib.sha256(text.encode()).hexdigest()[:8]
        parts = [self.model]
        if self.preset == "study":
            parts.append("study")
        if self.split != "random":
            parts.append(self.split)
        return "-".join([*parts, f"s{self.seed}", digest])


def prepared_name(split: SplitKind, preset: Preset, split_seed: int = 42) -> str:
    """Return the folder name of prepared data: `random`, `random-study`, `time-s7`, …

    The study's rules for pairs apply to its own split only.
    """
    name = "random-study" if preset == "study" and split == "random" else split
    return name if split_seed == 42 else f"{name}-s{split_seed}"
