"""Named selections of products, saved with their data set.

artifacts/<dataset>/selections/<name>.json holds the products' ids, so a selection stays valid on
every split of its data set.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.config import UserError, check_name
from core.runs.atomic_files import read_json, write_json
from core.runs.store import Store
from core.runs.timestamp import now


def save_selection(store: Store, dataset: str, name: str, ids: Sequence[str]) -> str:
    """Save products under a name, and return the name with dashes in place of its spaces.

    A selection of the same name is replaced.

    Raises
    ------
    UserError
        If the name cannot be a file's.
    """
    name = check_name("-".join(name.split()), "name of a selection")
    path = _path(store, dataset, name)
    path.parent.mkdir(exist_ok=True)
    write_json(path, {"saved": now(), "ids": list(ids)})
    return name


def load_selection(store: Store, dataset: str, name: str) -> list[str]:
    """Return the ids of a saved selection's products."""
    if name not in saved_selections(store, dataset):
        raise UserError(f"There is no selection '{name}'. Choose another one, or save it again.")
    return list(read_json(_path(store, dataset, name))["ids"])


def saved_selections(store: Store, dataset: str) -> list[str]:
    """Return the names of a data set's selections, sorted."""
    paths = (store.dataset_folder(dataset) / "selections").glob("*.json")
    return sorted(path.stem for path in paths if not path.name.startswith("."))


def remove_selection(store: Store, dataset: str, name: str) -> None:
    """Remove a saved selection."""
    _path(store, dataset, name).unlink(missing_ok=True)


def _path(store: Store, dataset: str, name: str) -> Path:
    return store.dataset_folder(dataset) / "selections" / f"{check_name(name)}.json"
