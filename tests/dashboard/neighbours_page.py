"""What the Neighbours page shows, as a test reads it."""

from __future__ import annotations

import json

import pandas as pd
from streamlit.testing.v1 import AppTest


def tables(app: AppTest) -> dict[str, pd.DataFrame]:
    """Return the neighbour tables by run id."""
    return {
        element.key.removeprefix("near-"): element.value
        for element in app.dataframe
        if (element.key or "").startswith("near-")
    }


def matrix(app: AppTest) -> list[dict]:
    """Return the columns of the matrix."""
    protos = [element.proto for element in app.get("bidi_component")]
    (proto,) = [proto for proto in protos if proto.component_name == "neighbour_matrix"]
    return json.loads(proto.json)["columns"]
