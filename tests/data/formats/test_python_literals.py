"""The fast line reader must agree with `ast.literal_eval`."""

import ast
import gzip
import json
import warnings

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.data.formats.python_literals import _to_json, parse_literal

HOSTILE = [
    "'", '"', "\\", "\\'", '\\"', "': '", '": "', "', '", "{", "}", "[", "]", ":", ",", "'''",
    '"""', "\n", "\t", "\r", "\x00", "\x0c", "\x7f", "\x85", "\u2028", "é", "日本", "😀", "\ud83d",
    "\ude00", "\\x41", "\\u0041", "\\ud83d\\ude00", "\\N{DASH}", "\\777", "None", "True", "true",
    "false", "null", "NaN", "Infinity", "#", "b'", "r'", "&amp;", "<b>", " ", "//", "\\/",
]  # fmt: skip
texts = st.lists(st.one_of(st.sampled_from(HOSTILE), st.text(max_size=5)), max_size=6).map("".join)
leaves = st.one_of(
    texts,
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=2**62, max_value=2**70),
    st.floats(allow_nan=False),
    st.binary(max_size=4),
)
values = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(texts, inner, max_size=4),
        st.tuples(inner, inner),
        st.dictionaries(st.integers(), inner, max_size=2),
    ),
    max_leaves=12,
)


def outcome(read, line):
    """Return what `read` makes of a line; types count: 1, 1.0 and True are different."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return repr(read(line))
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return "refused"


def same(line):
    # Lines come from bytes, and UTF-8 has no lone surrogates.
    line = line.encode("utf-8", "replace").decode("utf-8")
    assert outcome(parse_literal, line) == outcome(
        lambda text: ast.literal_eval(text.strip(" \t\r\n")), line
    )


@settings(max_examples=800, deadline=None, derandomize=True, database=None)
@given(values)
def test_equals_literal_eval_on_everything_that_repr_writes(value):
    same(repr(value))
    same(ascii(value))


@settings(max_examples=800, deadline=None, derandomize=True, database=None)
@given(values, st.integers(0, 200), st.sampled_from(HOSTILE), st.integers(0, 3))
def test_equals_literal_eval_on_damaged_lines(value, place, inserted, dropped):
    line = repr({"asin": "B000", "title": value})
    place %= len(line)
    same(line[:place] + inserted + line[place + dropped :])


@settings(max_examples=1500, deadline=None, derandomize=True, database=None)
@given(
    st.lists(st.sampled_from([*HOSTILE, "'a'", '"b"', "1", "-0", "1e5", "0.5", "01"]), max_size=12)
)
@example(["'a' ", "'b'"])
@example(["{'a': ", "1, 'a': ", "2}"])
def test_equals_literal_eval_on_random_tokens(tokens):
    same("".join(tokens))
    same("[" + "".join(tokens) + "]")


@pytest.mark.parametrize(
    "line",
    [
        "{'title': '19\" monitor', 'brand': \"Men's\"}",
        r"{'title': 'both \' and \" and \\', 'x': '\x41\u00e9\U0001F600\101\N{BULLET}\a'}",
        r"{'title': '\ud83d\ude00'}",  # two halves to Python, one character to JSON
        r"{'title': 'a\/b \d'}",
        "{'title': \"': '\", 'x': '\": \"'}",
        "{'a': '''triple 'quoted' \"text\"''', 'b': \"\"\"x\"\"\"}",
        "{'a': 'side' 'by' \"side\"}",
        "{'a': b'bytes', 'r': r'\\d', 'u': u'x'}",
        r'{"a": r"\x"}',
        "{'a': true}",
        "{'a': null}",
        "{'a': NaN, 'b': Infinity}",
        "{'a': 1e400, 'b': -1e400, 'c': -0, 'd': -0.0, 'e': 1E+5}",
        "{'a': 18446744073709551617, 'b': 123456789012345678901234567890}",
        "{'a': 1_000, 'b': 0x1f, 'c': .5, 'd': 5., 'e': 007}",
        "{'a': 1 + 2j, 'b': (1, 2), 'c': {1, 2}, 'd': [1, 2,]}",
        "{'a': 1, 'a': 2, 'b': {'c': 1, 'c': None}}",
        "{'a': 'x'}  # a comment with 'quotes'",
        "  {'a': 'x'}\r\n",
        "{'a': 'tab\there'}",
        "{'a': \"line\nbreak\"}",
        "{'a': 'zero\x00byte'}",
        "[" * 60 + "]" * 60,
        "{[1]: 2}",
        "__import__('os').getcwd()",
        "",
        "'",
        '"\\',
    ],
)
def test_equals_literal_eval_on_known_traps(line):
    same(line)


def test_extreme_nesting_is_refused():
    for depth in (300, 100_000):
        with pytest.raises(ValueError):
            parse_literal("[" * depth + "]" * depth)


def test_the_fast_path_takes_the_usual_lines():
    """Falling back everywhere would pass all of the above."""
    for line in (
        "{'asin': 'B1', 'price': 3.17, 'categories': [['a', 'b']], 'related': {'also_bought': []}}",
        "{'asin': 'B1', 'title': '19\" monitor', 'brand': \"Men's\"}",
        r"{'asin': 'B1', 'title': 'it\'s \x41 \"quoted\" \u00e9'}",
    ):
        assert json.loads(_to_json(line)) == ast.literal_eval(line)


def test_equals_literal_eval_on_real_lines(lab_data):
    with gzip.open(lab_data / "meta_Beauty.json.gz", "rt", encoding="utf-8") as file:
        lines = file.readlines()
    fast = 0
    for line in lines[::3]:
        assert parse_literal(line) == ast.literal_eval(line)
        fast += _to_json(line) is not None
    assert fast > 0.99 * len(lines[::3])
