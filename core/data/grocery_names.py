"""Readable names for the demo's till codes: "FRZN SS PREMIUM ENTREES/DNRS/N" and the like.

The names of the Complete Journey data were abbreviated by hand and cut at 30 characters, so much
of this is a word list, ``grocery_names.json``: whole names that no rule covers, abbreviated words,
proper names, and words that are too vague without their category.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

_LIST = json.loads(Path(__file__).with_name("grocery_names.json").read_text("utf-8"))
_WORDS = _LIST["words"] | {name: name.title() for name in _LIST["proper"]}
_VAGUE = frozenset(_LIST["vague"])
# Categories whose types are too vague alone: "Lean", "Ham", "Pails", "Furniture", …
_NEEDED = re.compile(
    r"BACON|BEEF|PORK|VEAL|LAMB|TURKEY|CHICKEN|LUNCHMEAT|SMOKED MEATS|DINNER SAUSAGE|"
    r"BREAKFAST SAUSAGE|ICE CREAM|PASTA SAUCE|SALAD MIX|MAKEUP|HOUSEHOLD CLEANG|FROZEN MEAT|"
    r"HALLOWEEN|CHRISTMAS|EASTER|VALENTINE|.*SEASONAL$|PLASTIC HOUSEWARES|FLORAL|ANALGESICS|"
    r"TOYS AND|KITCHEN GADGETS|CANDLES|FIRST AID|STATIONERY|DINNER MXS|HARDWARE|FRZN NOVELTIES"
)
# Brackets that are cut off, or that hold percentages, limits or exceptions.
_NOISE = re.compile(r"\([^)]*$|\((?:BULK&BAG|[^)]*(?:%|\d|EXCE|NOT |STOCKED)[^)]*)\)")
_SIZE_CODE = re.compile(r"^(?:[A-Z] [A-Z]|[A-Z]|ALL|\d{6}) +(?=\S)")
_MULTIPLE = re.compile(r"^(\d+) ?(?:PK|CT)? ?[/-] ?(\d[\d.]*) ?(OZ|Z|O|LB|ML|L|QT|GAL)$")
_FRACTION = re.compile(r"^(1/2|1/4|3/4|[1357]/8) ")
_UNITS = {
    **{"OZ": "oz", "Z": "oz", "O": "oz", "FL": "fl", "LB": "lb", "LBS": "lb", "GM": "g"},
    **{"ML": "ml", "L": "L", "PT": "pint", "QT": "quart", "GAL": "gallon", "GA": "gallon"},
    **{"CT": "count", "PK": "pack", "DZ": "dozen", "DOZ": "dozen", "CTN": "carton"},
    **{
        "OZS": "oz",
        "PKS": "pack",
        "BTL": "bottle",
        "LD": "loads",
        "LDS": "loads",
        "LOAD": "loads",
        "STEM": "stems",
        "PC": "pieces",
    },
    **{"USE": "uses", "SQ": "sq", "FT": "ft", "IN": "in", "LARGE": "large"},
    **{"REC": "", "PLST": "", "LN": "", "LNNR": "", "BT": ""},
}
_ALONE = {"PT": "1 pint", "QT": "1 quart", "GAL": "1 gallon", "DZ": "1 dozen"} | {
    "LARGE": "large",
    "CTN": "carton",
}


def department_name(code: str) -> str:
    """Return the readable name of a department."""
    return _LIST["departments"].get(code) or readable(code)


@cache
def readable(code: str) -> str:
    """Return the readable name of a category or a type, "" for none."""
    code = " ".join(code.split())
    if code in _LIST["names"]:
        return _LIST["names"][code]
    code = _NOISE.sub("", code).replace("(", ", ").replace(")", "")
    code = re.sub(r"(?<=[A-Z])-(?=FR|BREAK|CHUB|MISC|RAW|BRD|IQF|RW)", " ", code)
    code = re.sub(r"\s*:\s*|\s+-\s*|\s*-\s+", ", ", code)
    code = re.sub(r"\s*&\s*", " & ", code)
    pieces = re.findall(r"[A-Z0-9.%']+|[^A-Z0-9.%']+", code)
    text = "".join(_WORDS.get(piece) or piece.lower() for piece in pieces)
    text = re.sub(r"\s*,[\s,]*", ", ", " ".join(text.split())).strip(" ,/&-")
    return text[:1].upper() + text[1:]


@cache
def readable_size(size: str) -> str:
    """Return a package size with its units spelled out, "" if the code has no size."""
    size = _SIZE_CODE.sub("", " ".join(size.split()))
    size = re.sub(r"(?<!\d)\.(?=\d)", "0.", size)
    size = re.sub(r"(\d)\.0\b", r"\1", size)
    multiple = _MULTIPLE.match(size)  # "6/3.5 OZ" and "6-2.5 OZ" are packs of six
    if multiple and not _FRACTION.match(size):
        count, amount, unit = multiple.groups()
        return f"{count} x {amount} {_UNITS[unit]}"
    words = re.findall(r"\d[\d./]*(?:-\d+)?(?: \d/\d)?|[A-Z]+|/", size)
    if len(words) < 2:
        return _ALONE.get(size, "")
    text = " ".join(_UNITS.get(word, word.lower()) for word in words).replace(" / ", ", ")
    return " ".join(text.split())


def title(category: str, kind: str, size: str, maker: str, private_label: bool) -> str:
    """Return a product's title: type (with its category where it needs one), size and maker."""
    parts = [_name(category, kind), readable_size(size), maker]
    return ", ".join(part for part in parts if part) + (" (private label)" * private_label)


@cache
def _name(category: str, kind: str) -> str:
    general, name = readable(category), readable(kind)
    if not name:
        return general or "Unnamed product"
    words = set(re.findall(r"[A-Z]+", kind))
    shared = _stems(general) & _stems(name)
    if general and not shared and (words <= _VAGUE or _NEEDED.match(category)):
        name = name if name.split()[0] in _WORDS.values() else name[:1].lower() + name[1:]
        return f"{general}, {name}"
    return name


def _stems(text: str) -> set[str]:
    return {word[:5] for word in re.findall(r"[a-z]{4,}", text.lower())}
