"""Saved rows of a run of the benchmarks, so that a later run can continue it."""

from __future__ import annotations

import json
from pathlib import Path


class SavedRows:
    """The rows of all finished groups of stages, in a file of the folder.

    Parameters
    ----------
    folder : Path
        Made if it does not exist.
    conditions : dict of str to str or int
        Machine and settings: rows of other ones are not comparable.

    Raises
    ------
    SystemExit
        If the folder holds rows measured under other conditions.
    """

    def __init__(self, folder: Path, conditions: dict[str, str | int]):
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / "rows.jsonl"
        of_folder = folder / "conditions.json"
        if of_folder.exists():
            then = json.loads(of_folder.read_text())
            if changed := sorted(
                key
                for key in then.keys() | conditions.keys()
                if then.get(key) != conditions.get(key)
            ):
                told = "; ".join(f"{k}: {then.get(k)}, now {conditions.get(k)}" for k in changed)
                raise SystemExit(
                    f"{folder} holds rows measured otherwise ({told}). Name another folder with "
                    "--keep, or remove this one."
                )
        else:
            of_folder.write_text(json.dumps(conditions))

    def get(self, stage: str, size: str) -> list[dict] | None:
        """Return the rows of a group of stages; None if it has not finished."""
        if not self._path.exists():
            return None
        for text in self._path.read_text().splitlines():
            group = json.loads(text)
            if (group["stage"], group["size"]) == (stage, size):
                return group["rows"]
        return None

    def add(self, stage: str, size: str, rows: list[dict]) -> None:
        """Save the rows of a group of stages."""
        with self._path.open("a") as file:
            file.write(json.dumps({"stage": stage, "size": size, "rows": rows}) + "\n")
