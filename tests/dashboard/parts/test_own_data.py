"""The Train page: a file is uploaded or named by its path, read, and offered for training."""

from __future__ import annotations

import shutil

import pytest
from streamlit.testing.v1 import AppTest

from core.config import UserError
from core.jobs.app_jobs import prepare_job
from core.jobs.job import JobRecord
from core.runs.store import Store
from dashboard.parts import own_data
from dashboard.parts.file_choice import FileChoice, chosen_file
from tests.dashboard.conftest import texts
from tests.data.test_forms_of_files import orders
from tests.jobs.processes import PATIENCE_SECONDS, wait_until
from tests.shops import write_edge_list


def read_own_data(root, open_page, replace=False, **fields):
    """Fill in the form for a file and wait until it has been read."""
    return read_own_data_in(open_page(root, "train"), root, replace, **fields)


def read_own_data_in(app, root, replace=False, **fields):
    for key, value in fields.items():
        kind = app.text_area if key == "own-options" else app.text_input
        kind(key=key.replace("_", "-")).set_value(value)
    app.checkbox(key="own-replace").set_value(replace)
    app.button(key="own-read").click().run()
    job = prepare_job(Store(root), fields["own_name"])
    wait_until(lambda: not job.is_running())
    return app.run()


def test_an_uploaded_file_is_read_through_the_pipeline(artifacts, open_page, tmp_path):
    root = artifacts("fresh")
    edges, products = write_edge_list(tmp_path)
    app = read_own_data(
        root, open_page, own_name="mine", own_path=str(edges), own_also_path=str(products)
    )
    assert not app.exception and not app.error
    assert Store(root).prepared("mine") == ["random"]
    assert app.selectbox(key="train-data").value == "mine"
    assert Store(root).load_split("mine", "random").catalogue.frame["title"].iloc[0]


def test_a_data_set_without_a_name_has_that_of_its_file(artifacts, open_page, tmp_path):
    root = artifacts("fresh")
    edges, _ = write_edge_list(tmp_path)
    edges = edges.rename(tmp_path / "links (May).v2.csv.gz")
    app = open_page(root, "train")
    app.text_input(key="own-path").set_value(str(edges)).run()
    assert app.text_input(key="own-name").placeholder == "links-May"
    app.button(key="own-read").click().run()
    assert not app.error
    wait_until(lambda: not prepare_job(Store(root), "links-May").is_running())
    assert Store(root).prepared("links-May") == ["random"]
    # Every page shows it, whatever was chosen in the sidebar before.
    shutil.copy(edges, tmp_path / "second.csv")
    app = read_own_data_in(
        app.run(), root, own_name="another", own_path=str(tmp_path / "second.csv")
    )
    assert app.selectbox(key="data").value == app.selectbox(key="train-data").value == "another"


def test_an_unusable_file_is_refused_with_a_reason(artifacts, open_page, tmp_path):
    root = artifacts("fresh")
    (tmp_path / "bad.csv").write_text("a,b\n1,2\n")
    app = read_own_data(root, open_page, own_name="mine", own_path=str(tmp_path / "bad.csv"))
    assert "neither a transaction log" in app.error[0].value
    (tmp_path / "bad.csv").write_text("source,target\n,b\n,c\n")
    app = read_own_data(root, open_page, own_name="mine", own_path=str(tmp_path / "bad.csv"))
    assert "No usable line" in app.error[0].value and "no source" in app.error[0].value
    assert not app.exception and Store(root).datasets() == []


@pytest.mark.parametrize(
    ("name", "path", "said"),
    [("../up", "x", "not a data"), ("demo", "x", "comes with"), ("mine", "", "Upload a file"),
     ("mine", "/no/such/file", "There is no file"), ("", "", "Upload a file")],
)  # fmt: skip
def test_no_job_starts_for_a_file_that_cannot_be_read(name, path, said, artifacts, open_page):
    root = artifacts("fresh")
    app = open_page(root, "train")
    app.text_input(key="own-name").set_value(name)
    app.text_input(key="own-path").set_value(path)
    app.button(key="own-read").click().run()
    assert said in app.error[0].value.replace("\\", "") and not app.exception
    assert not (root / ".jobs").exists()


def test_a_corrected_file_replaces_the_data_of_that_name(artifacts, open_page, tmp_path):
    root = artifacts("fresh")
    edges, _ = write_edge_list(tmp_path)
    read_own_data(root, open_page, own_name="mine", own_path=str(edges))
    edges.write_text(edges.read_text().replace("P007", "P999"))
    app = read_own_data(root, open_page, own_name="mine", own_path=str(edges))
    assert "already holds other data" in app.error[0].value
    app = read_own_data(root, open_page, True, own_name="mine", own_path=str(edges))
    assert not app.error
    ids = Store(root).load_split("mine", "random").catalogue.frame["id"].tolist()
    assert "P999" in ids and "P007" not in ids


def test_pairs_divided_elsewhere_with_a_product_table(artifacts, open_page, tmp_path):
    root = artifacts("fresh")
    edges, products = write_edge_list(tmp_path)
    products.write_text(products.read_text().replace("id,title,brand", "id,wording,brand"))
    heading, *rows = edges.read_text().splitlines()
    test = tmp_path / "test.csv"
    edges.write_text("\n".join([heading, *rows[::2]]))
    test.write_text("\n".join([heading, *rows[1::2]]))
    app = open_page(root, "train")
    app.text_input(key="own-also-path").set_value(str(products)).run()
    assert "a product table" in texts(app)
    assert list(app.dataframe[0].value) == ["id (id)", "wording", "brand (brand)"]
    field(app.selectbox, "Title").set_value("wording").run()
    app = read_own_data_in(app, root, own_name="mine", own_path=str(edges), own_test_path=str(test))
    assert not app.exception and not app.error
    store = Store(root)
    assert store.prepared("mine") == ["given"] and app.session_state["train-split"] == "given"
    split = store.load_split("mine", "given")
    assert len(split.test) == len(rows[1::2]) and len(split.train) == len(rows[::2])
    assert split.catalogue.frame["title"].str.startswith("Gadget").all()


def test_a_file_that_another_window_reads_is_followed_and_not_overwritten(
    artifacts, open_page, tmp_path
):
    root = artifacts("fresh")
    edges, _ = write_edge_list(tmp_path)
    job = prepare_job(Store(root), "mine")
    job.save(JobRecord(command=["core", "prepare", "mine"], state="running"))
    with job.lock():
        app = open_page(root, "train")
        assert any("is being read" in text.value for text in app.markdown)
        with pytest.raises(UserError, match="is being read"):
            none = FileChoice(None, "")
            files = own_data.OwnFiles(FileChoice(None, str(edges)), none, none)
            own_data.start_reading("mine", files, [], True)


def test_two_files_of_one_name_are_both_kept(artifacts, open_page, monkeypatch):
    root = artifacts("fresh")
    monkeypatch.setenv("ARTIFACTS_DIR", str(root))

    class Sent:
        name = "export.csv"

        def getbuffer(self) -> bytes:
            return b"x"

    choice = FileChoice(Sent(), "")
    kept = {chosen_file(f"mine/{part}", choice) for part in ("log", "products")}
    assert len(kept) == 2 and all(path.read_bytes() == b"x" for path in kept)


def field(fields, label):
    """Return the widget with this label."""
    return next(widget for widget in fields if widget.label == label)


def test_columns_are_chosen_from_those_of_the_file(artifacts, open_page, tmp_path):
    root = artifacts("fresh")
    log = orders().rename(columns={"order_id": "Zettel", "product_id": "2017", "date": "wann"})
    log.to_csv(tmp_path / "bons.csv", index=False, sep=";")
    app = open_page(root, "train")
    app.text_input(key="own-path").set_value(str(tmp_path / "bons.csv")).run()
    assert "columns not recognised" in texts(app) and "semicolon" in texts(app)
    assert list(app.dataframe[0].value) == ["Zettel", "2017", "customer (customer)", "wann"]
    assert len(app.dataframe[0].value) == 20
    assert field(app.selectbox, "Product").options == ["none", *log.columns]
    field(app.multiselect, "Basket").set_value(["Zettel"])
    field(app.selectbox, "Product").set_value("2017")
    field(app.selectbox, "Customer").set_value("none").run()
    assert list(app.dataframe[0].value) == ["Zettel (basket)", "2017 (product)", "customer", "wann"]
    field(app.number_input, "Largest basket").set_value(2)
    field(app.number_input, "Baskets per product").set_value(1)
    field(app.number_input, "Weight of bought together").set_value(2.0)
    app.text_input(key="own-name").set_value("bons")
    app.text_area(key="own-options").set_value("min_together=1\nmin_score=0")
    app.button(key="own-read").click().run()
    wait_until(lambda: not prepare_job(Store(root), "bons").is_running())
    app.run()
    assert not app.exception and not app.error
    assert "larger baskets left out" in app.code[0].value
    options = Store(root).source("bons")["options"]
    assert options["columns"] == {"basket": "Zettel", "product": "2017", "customer": "none"}
    assert options["max_basket"] == 2 and options["weights"] == {"bought_together": 2}


def test_the_columns_in_use_come_first_in_a_wide_table(artifacts, open_page, tmp_path):
    wide = orders()
    for number in range(20):
        wide.insert(0, f"other {number}", "-")
    wide.to_csv(tmp_path / "wide.csv", index=False)
    app = open_page(artifacts("fresh"), "train")
    app.text_input(key="own-path").set_value(str(tmp_path / "wide.csv")).run()
    shown = list(app.dataframe[0].value)
    assert [name.partition(" (")[0] for name in shown[:4]] == list(orders()) and len(shown) == 24


def test_a_form_left_as_it_is_changes_nothing(tmp_path):
    """What is detected is not passed on, whatever the kind of file."""

    def page(path):
        import streamlit as st

        from dashboard.parts.file_choice import FileChoice
        from dashboard.parts.file_preview_form import file_preview_form

        st.json(file_preview_form(FileChoice(None, path)))

    log = orders()
    path = tmp_path / "file"
    for text, column in (
        (log.to_csv(index=False), "order_id (basket)"),
        (log.drop(columns="order_id").to_csv(index=False), "customer (basket, customer)"),
        ("source,target\na,b\nb,c\n", "source (source)"),
        ("a,b,c\nb,a\nc,a,b\n", "products"),
        ("{'asin': 'A', 'title': 'Tea'}\n", "title"),
    ):
        path.write_text(text)
        app = AppTest.from_function(page, args=(str(path),)).run(timeout=PATIENCE_SECONDS)
        assert not app.exception and app.json[0].value == "[]"
        assert column in list(app.dataframe[0].value)
    field(app.number_input, "Weight of also viewed").set_value(0.0).run()
    assert "weights.also_viewed=0" in app.json[0].value
