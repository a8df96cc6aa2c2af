"""Train, own data: how a file was understood, and fields that correct it before it is read."""

from __future__ import annotations

import zlib
from pathlib import Path
from tempfile import TemporaryDirectory

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core.config import UserError
from core.data.formats.registry import FORMATS
from core.data.preview import Preview, headings, preview_file, preview_products
from core.data.product_table import DESCRIPTIVE_ROLES, ROLES
from core.data.read_options import NONE, ReadOptions
from dashboard import page_frame
from dashboard.parts.file_choice import FileChoice, safe_name
from dashboard.parts.read_options_form import in_rows, options_form

_DAY_OF = "day of "  # begins the column of days in the description of a basket
_HEIGHT = 215  # pixels of the first rows: the heading and five of them
PRODUCTS = "products"  # the kind of a product table
_WIDE = 10  # columns of a table that does not fit the page
_TABLES = [name for name, entry in FORMATS.items() if entry.takes_products]


def file_preview_form(choice: FileChoice) -> list[str]:
    """Draw how a file was understood, its first rows, and fields that change how it is read.

    Returns
    -------
    list of str
        Options ``name=value`` of `core.data.parse_options.read_options`, as far as they differ from
        what was detected.

    Raises
    ------
    UserError
        If the file is missing, or its format is not supported.
    """
    if not (version := choice.version):
        return []
    # Another file has other columns, so it has its own fields.
    key = f"own-{zlib.crc32(version.encode()):x}"
    header = st.session_state.get(f"{key}-header")
    detected, is_known = _detect(choice, version, header)
    _show_file(choice, detected, detected.about if is_known else "columns not recognised")
    if not is_known:
        st.caption("Choose the kind of file and its columns.")
    settings: dict[str, str] = {}
    preview, chosen = detected, {}
    if detected.kind in _TABLES:
        fields = iter(st.columns([1.3, 1.4, 1, 1, 1, 1], vertical_alignment="bottom"))
        with next(fields):
            kind = st.selectbox(
                "Kind",
                _TABLES,
                _TABLES.index(detected.kind),
                key=f"{key}-kind",
                format_func=lambda name: FORMATS[name].about.split(" ", 1)[1].capitalize(),
            )
        if kind != detected.kind:
            preview = _preview(choice, version, kind, header)
            settings["kind"] = kind
        # Which columns are detected depends on the kind and the header.
        role_key = f"{key}-{kind}-{header}"
        for role in FORMATS[kind].roles:
            if role not in DESCRIPTIVE_ROLES:
                with next(fields):
                    chosen[role] = _role_field(role, preview, role_key, settings)
    table = st.container()
    with st.expander("More options", icon=":material/tune:", key=f"{key}-more"):
        fields = in_rows()
        for role in FORMATS[preview.kind].roles:
            if role in DESCRIPTIVE_ROLES:
                with next(fields):
                    chosen[role] = _role_field(role, preview, role_key, settings)
        settings |= options_form(preview.kind, key)
    rows = preview.rows
    if preview.kind in _TABLES:
        rows = rows.set_axis(_distinct(headings(preview.names, chosen)), axis=1)
        if rows.shape[1] > _WIDE:  # those in use come first, since others would hide them
            used = {name for names in chosen.values() for name in names}
            order = sorted(range(rows.shape[1]), key=lambda i: preview.names[i] not in used)
            rows = rows.iloc[:, order]
    table.dataframe(rows, height=_HEIGHT, hide_index=True, key=f"{key}-rows")
    if not is_known and settings:
        settings["kind"] = preview.kind
    return [f"{name}={value}" for name, value in settings.items()]


def products_form(choice: FileChoice) -> list[str]:
    """Draw how a product table was understood, and fields for its columns; return options."""
    if not (version := choice.version):
        return []
    preview = _preview(choice, version, PRODUCTS, None)
    _show_file(choice, preview, preview.about)
    settings: dict[str, str] = {}
    chosen = {}
    fields, key = in_rows(), f"own-products-{zlib.crc32(version.encode()):x}"
    for role in ROLES:
        with next(fields):
            chosen[role] = _role_field(role, preview, key, settings)
    rows = preview.rows.set_axis(_distinct(headings(preview.names, chosen)), axis=1)
    st.dataframe(rows, height=_HEIGHT, hide_index=True, key=f"{key}-rows")
    return [f"{name}={value}" for name, value in settings.items()]


def _show_file(choice: FileChoice, preview: Preview, about: str) -> None:
    """Draw the name of a file, what it is, and its encoding and so on."""
    facts = [
        f"{name} {value}" if name in ("encoding", "delimiter", "header", "skipped") else value
        for name, value in preview.facts.items()
    ]
    st.markdown(
        f"**{page_frame.plain(choice.name)}**: {page_frame.plain(', '.join([about, *facts]))}"
    )


def _detect(choice: FileChoice, version: str, header: bool | None) -> tuple[Preview, bool]:
    """Return a preview of the kind that was detected, and whether one was.

    Otherwise a table is shown as a transaction log whose columns are to be chosen.
    """
    try:
        return _preview(choice, version, "auto", header), True
    except UserError as error:
        try:
            return _preview(choice, version, "baskets", header), False
        except UserError:
            raise error from None


def _preview(choice: FileChoice, version: str, kind: str, header: bool | None) -> Preview:
    return _cached_preview(choice.upload, choice.path, version, kind, header)


@st.cache_data(max_entries=20, show_spinner="Looking at the file")
def _cached_preview(
    _upload: UploadedFile | None, path: Path, version: str, kind: str, header: bool | None
) -> Preview:
    options = ReadOptions() if kind == PRODUCTS else ReadOptions(kind=kind, header=header)
    preview = preview_products if kind == PRODUCTS else preview_file
    if _upload is None:
        return preview(path, options)
    with TemporaryDirectory(prefix="products-") as folder:
        copy = Path(folder) / safe_name(_upload.name)
        copy.write_bytes(_upload.getbuffer())
        return preview(copy, options)


def _role_field(role: str, preview: Preview, key: str, settings: dict[str, str]) -> list[str]:
    """Draw the choice of a role's column, and return its columns: a basket may have several."""
    names = [name for name in dict.fromkeys(preview.names) if name.strip()]
    label, key = role.replace("_", " ").capitalize(), f"{key}-{role}"
    detected = preview.columns.get(role, "")
    if role == "basket":
        parts = [detected] if detected in names else detected.split(", ")
        parts = [part if part in names else part.removeprefix(_DAY_OF) for part in parts]
        default = [part for part in parts if part in names]
        columns = st.multiselect(
            label, names, default, key=key, placeholder=NONE,
            help="Several columns together name a basket, for instance customer and day",
        )  # fmt: skip
        if columns != default:
            settings["columns.basket"] = ",".join(columns) or NONE
        return columns
    # A time may be described by two columns; such a description is offered as it is.
    offered = [NONE, *([detected] if detected and detected not in names else []), *names]
    column = st.selectbox(label, offered, offered.index(detected or NONE), key=key)
    if column != (detected or NONE):
        settings[f"columns.{role}"] = column
    if column == NONE:
        return []
    return [column] if column in names else [name for name in names if name in column.split(" ")]


def _distinct(names: list[str]) -> list[str]:
    """Return the names with a number added to repeated ones, which a table on a page needs."""
    seen: dict[str, int] = {}
    distinct = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        distinct.append(name if seen[name] == 1 else f"{name} {seen[name]}")
    return distinct
