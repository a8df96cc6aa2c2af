"""The options of an export, the same on the command line, in Python and in the app."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, ValidationError, model_validator

from core.config import Settings, UserError

LeftOut = Literal["known", "brand", "family"]


class ExportRules(Settings):
    """The rules of a shop: which neighbours may be listed. By default, all of them.

    Examples
    --------
    >>> ExportRules(leave_out=("known", "brand"), per_category=2).per_category
    2
    """

    leave_out: tuple[LeftOut, ...] = Field(
        (),
        description="known: pairs of the data; brand: the same brand; family: the same category "
        "on every level",
    )
    out_of_stock: Path | None = Field(
        None, description="Text file of products to leave out: each line begins with an id"
    )
    price_from: float | None = Field(
        None, ge=0, description="Lowest price; products without a price are not listed"
    )
    price_to: float | None = Field(
        None, ge=0, description="Highest price; products without a price are not listed"
    )
    per_category: int = Field(
        0, ge=0, description="Maximum neighbours of one category, on its lowest level; 0: no limit"
    )
    min_score: float | None = Field(None, description="Lowest score")

    @model_validator(mode="after")
    def _ordered_prices(self) -> Self:
        low, high = self.price_from, self.price_to
        if low is not None and high is not None and low > high:
            raise ValueError(f"the lowest price, {low:g}, is above the highest, {high:g}")
        return self


class ExportOptions(Settings):
    """Everything about an export but its format and its file.

    Examples
    --------
    >>> ExportOptions(k=20, rules=ExportRules(min_score=0.5)).k
    20
    """

    k: int = Field(10, ge=1, le=1000, description="Number of neighbours of each product")
    why: bool = Field(True, description="Say why each neighbour is listed")
    rules: ExportRules = Field(ExportRules(), description="Which neighbours may be listed")
    products: tuple[str, ...] = Field(
        (), description="Ids or words of the products that a report shows"
    )
    file: Path | None = Field(None, description="Table of the new products")
    replace: bool = Field(False, description="Replace the file if it exists")
    workers: int | None = Field(None, ge=1, description="Threads; None: all cores")


DEFAULT_OPTIONS = ExportOptions()


def option_arguments(options: ExportOptions) -> list[str]:
    """Return the options of `python -m core export` that differ from the defaults."""
    rules = options.rules.model_dump(exclude_defaults=True)
    values = options.model_dump(exclude_defaults=True, exclude={"rules", "products"})
    texts = {"product": options.products, **values, **rules}
    arguments = []
    for name, value in texts.items():
        flag = "-k" if name == "k" else f"--{name.replace('_', '-')}"
        for one in value if isinstance(value, tuple) else [value]:
            if isinstance(one, bool):
                arguments.append(flag if one else flag.replace("--", "--no-"))
            else:
                arguments += [flag, str(one)]
    return arguments


def export_options(**values: object) -> ExportOptions:
    """Return the options with these values; rules and other options by their names.

    Raises
    ------
    UserError
        If a name is unknown or a value is out of range.
    """
    rules = {name: values.pop(name) for name in ExportRules.model_fields if name in values}
    try:
        return ExportOptions(**values, rules=ExportRules(**rules))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "rules"
        what = first["msg"].removeprefix("Value error, ")
        raise UserError(f"'{where}' of the export: {what}.") from None
