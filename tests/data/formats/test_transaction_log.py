"""Transaction logs: columns, bad lines, relations from baskets and customers, and the date."""

import itertools

import numpy as np
import pandas as pd
import pytest

from core.config import UserError
from core.data.kernels.log_likelihood import log_likelihood_ratio
from core.data.purchase_times import NOT_UNDERSTOOD
from core.data.read_file import read_file
from core.data.read_options import ReadOptions

EASY = {"min_sold": 1, "min_together": 1, "min_score": 0}


def purchases(n=3000, n_baskets=600, n_products=30, n_customers=60, seed=0) -> pd.DataFrame:
    """Return a random log in which products 2i and 2i + 1 are often bought together."""
    rng = np.random.default_rng(seed)
    basket = np.sort(rng.integers(0, n_baskets, n))
    product = rng.integers(0, n_products, n)
    follows = rng.random(n) < 0.4
    product[1:] = np.where(follows[1:], product[:-1] ^ 1, product[1:])
    day = pd.Timestamp("2024-01-01") + pd.to_timedelta(basket, unit="h")
    return pd.DataFrame(
        {
            "order_id": basket,
            "sku": [f"P{i:02}" for i in product],
            "user": basket % n_customers,
            "order_date": day,
            "qty": 1,
        }
    )


def expected_relations(*args) -> set[tuple[str, str, str]]:
    """Return {(source, target, relation)}."""
    return set(expected_places(*args))


def expected_places(log: pd.DataFrame, min_sold=1, min_together=1, min_score=0.0, top=20):
    """Return {(source, target, relation): place} from plain sets."""
    baskets_of = log.groupby("sku")["order_id"].agg(set)
    # Equal scores are ordered by first appearance in the file.
    often = [sku for sku in log["sku"].unique() if len(baskets_of[sku]) >= min_sold]
    kept = log[log["sku"].isin(often)]
    found = {}
    for relation, column in (("bought_together", "order_id"), ("also_bought", "user")):
        groups = kept.groupby("sku")[column].agg(set)
        total = float(kept[column].nunique())
        lists = {sku: [] for sku in often}
        for a, b in itertools.permutations(often, 2):
            both = len(groups[a] & groups[b])
            sizes = float(len(groups[a])), float(len(groups[b])), total
            score = log_likelihood_ratio(float(both), *sizes)
            if both >= min_together and score > 0 and score >= min_score:
                lists[a].append((-score, often.index(b), b))
        for a, scored in lists.items():
            best = enumerate(sorted(scored)[:top])
            found |= {(a, b, relation): place for place, (*_, b) in best}
    return found


@pytest.fixture
def log() -> pd.DataFrame:
    return purchases()


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".csv.gz", ".parquet"])
def test_every_format_gives_the_relations_of_brute_force(tmp_path, log, suffix, mentions):
    path = tmp_path / "log"
    if suffix == ".parquet":
        log.to_parquet(path)
    else:
        packed = "gzip" if suffix.endswith("gz") else None
        log.to_csv(path, index=False, sep="\t" if "tsv" in suffix else ",", compression=packed)
    result = read_file(path, options=ReadOptions(min_sold=80, min_score=1, top=5))
    assert result.report.kind == "baskets" and result.report.lines == len(log)
    assert result.min_also_bought == 0
    assert mentions(result, what="place") == expected_places(log, 80, 3, 1, 5)
    assert {w for (_, _, r), w in mentions(result).items() if r == "also_bought"} == {1.0}


def test_a_date_divides_training_from_test_purchases(tmp_path, log, mentions):
    log.to_csv(tmp_path / "log", index=False)
    result = read_file(tmp_path / "log", options=ReadOptions(date="2024-01-15", **EASY))
    early = log["order_date"] < "2024-01-16"  # the day counts as early until its end
    assert result.date == "2024-01-15T23:59:59" == result.report.notes["date"]
    assert set(mentions(result, result.before)) == expected_relations(log[early])
    assert set(mentions(result, result.after)) == expected_relations(log[~early])
    assert set(mentions(result)) == expected_relations(log)


def test_the_last_moment_counts_as_early(tmp_path, log, mentions):
    log.to_csv(tmp_path / "log", index=False)
    moment = log["order_date"].sort_values().iloc[len(log) // 2]
    result = read_file(tmp_path / "log", options=ReadOptions(date=moment.isoformat(), **EASY))
    assert result.date == moment.isoformat()
    early = log["order_date"] <= moment
    assert set(mentions(result, result.before)) == expected_relations(log[early])
    assert set(mentions(result, result.after)) == expected_relations(log[~early])


def test_by_default_a_third_of_the_purchases_is_late(tmp_path, log):
    log.to_csv(tmp_path / "log", index=False)
    for options, share in ((EASY, 1 / 3), (EASY | {"late_share": 0.1}, 0.1)):
        result = read_file(tmp_path / "log", options=ReadOptions(**options))
        late = (log["order_date"] > pd.Timestamp(result.date)).mean()
        assert late == pytest.approx(share, abs=0.01)


def test_no_time_no_customer(tmp_path, log, mentions):
    log[["order_id", "sku"]].to_csv(tmp_path / "log", index=False)
    result = read_file(tmp_path / "log", options=ReadOptions(**EASY))
    assert result.before is None and result.after is None and result.date is None
    together = {key for key in expected_relations(log) if key[2] == "bought_together"}
    assert set(mentions(result)) == together


@pytest.mark.parametrize("missing", ["", "NULL", r"\N"])
def test_rows_without_customer_count_for_baskets_only(tmp_path, log, mentions, missing):
    log["user"] = log["user"].where(log["user"] > 20).astype("Int64")
    log.to_csv(tmp_path / "log", index=False, na_rep=missing)
    result = read_file(tmp_path / "log", options=ReadOptions(**EASY))
    assert result.report.bad_lines == 0
    assert set(mentions(result)) == expected_relations(log.dropna(subset="user")) & {
        key for key in mentions(result) if key[2] == "also_bought"
    } | {key for key in expected_relations(log) if key[2] == "bought_together"}


def test_bad_lines_and_returns(tmp_path):
    (tmp_path / "log").write_text(
        "Basket ID,Product-ID,Quantity,Time\n"  # line 1
        "1,a,1,2024-01-01\n"
        "1,b,1,2024-01-01 10:00\n"
        ",b,1,2024-01-01\n"  # 4: no basket
        "2,,1,2024-01-01\n"  # 5: no product
        "2,a,lots,2024-01-01\n"  # 6: no number
        "\n"  # blank: not counted
        "2,a,1,yesterday\n"  # 8: no time
        "2,a\n"  # 9: too few fields
        "2,a,0,2024-01-02\n"  # not bought
        "2,a,-1,2024-01-02\n"  # returned
        "2,ghost,-1,2024-01-02\n"
        "2,c,2,2024-01-02T10:00:00Z\n"
        "2,d,2,2024-01-03\n"
    )
    result = read_file(tmp_path / "log", options=ReadOptions(**EASY))
    report = result.report
    assert report.lines == 12 and report.bad_lines == 5
    assert [(bad["line"], bad["reason"]) for bad in report.first_bad] == [
        (4, "no basket id"),
        (5, "no product id"),
        (6, "the quantity is not a number"),
        (8, NOT_UNDERSTOOD),
        (9, "2 fields instead of 4"),
    ]
    assert report.notes["returned or without quantity"] == 3
    assert result.catalogue.frame["id"].tolist() == ["a", "b", "c", "d"]


def test_columns_can_be_named(tmp_path, log):
    log.columns = ["x1", "x2", "x3", "x4", "x5"]
    log.to_csv(tmp_path / "log", index=False)
    with pytest.raises(UserError, match="neither a transaction log"):
        read_file(tmp_path / "log")
    with pytest.raises(UserError, match="no column for the product"):
        read_file(tmp_path / "log", options=ReadOptions(kind="baskets", columns={"basket": "x1"}))
    with pytest.raises(UserError, match="no column 'x9'"):
        read_file(tmp_path / "log", options=ReadOptions(columns={"basket": "x9", "product": "x2"}))
    columns = {"basket": "x1", "product": "x2"}
    result = read_file(tmp_path / "log", options=ReadOptions(columns=columns, **EASY))
    assert result.report.notes["columns"] == columns


def test_nothing_bought_often_enough(tmp_path, log):
    log.to_csv(tmp_path / "log", index=False)
    with pytest.raises(UserError, match="With --set min_sold=10 there are 15 pairs"):
        read_file(tmp_path / "log", options=ReadOptions(min_sold=10_000))


@pytest.mark.parametrize("date", ["2031-01-01", "1999-01-01"])
def test_a_date_outside_of_the_log(tmp_path, log, date):
    log.to_csv(tmp_path / "log", index=False)
    with pytest.raises(UserError, match="does not divide the log"):
        read_file(tmp_path / "log", options=ReadOptions(date=date, **EASY))


def test_an_invalid_date_is_refused(tmp_path, log):
    log.to_csv(tmp_path / "log", index=False)
    with pytest.raises(UserError, match="is not a date"):
        read_file(tmp_path / "log", options=ReadOptions(date="soon", **EASY))


def test_results_do_not_depend_on_the_batch_size(tmp_path, log, mentions, monkeypatch):
    log.to_csv(tmp_path / "log", index=False)
    log.to_parquet(tmp_path / "log.parquet")
    whole = mentions(read_file(tmp_path / "log", options=ReadOptions(**EASY)))
    monkeypatch.setattr("core.data.tables.csv_table._ROWS", 70)
    monkeypatch.setattr("core.data.tables.parquet_and_frames._ROWS", 70)
    for name in ("log", "log.parquet"):
        assert mentions(read_file(tmp_path / name, options=ReadOptions(**EASY))) == whole


def test_line_numbers_hold_across_batches(tmp_path, monkeypatch):
    monkeypatch.setattr("core.data.tables.csv_table._ROWS", 5)
    lines = ["basket,product"]
    wrong = []
    for i in range(2, 60):
        if i % 8 == 0:
            wrong.append((i, "3 fields instead of 2" if i % 16 else "no product id"))
            lines.append("1,2,3" if i % 16 else "1,")
        else:
            lines.append(f"{i // 9},p{i % 5}" if i % 11 else "")
    (tmp_path / "log").write_text("\n".join(lines))
    report = read_file(tmp_path / "log", options=ReadOptions(**EASY)).report
    assert [(bad["line"], bad["reason"]) for bad in report.first_bad] == wrong


@pytest.mark.parametrize("suffix", ["", ".parquet"])
@pytest.mark.parametrize(
    "empty", [["user"], ["order_date"], ["qty"], ["user", "order_date", "qty"]]
)
def test_an_empty_column_is_ignored(tmp_path, log, mentions, recorder, empty, suffix):
    def written(frame, name):
        path = tmp_path / f"{name}{suffix}"
        frame.to_parquet(path) if suffix else frame.to_csv(path, index=False)
        return path

    options = ReadOptions(**EASY)
    without = read_file(written(log.drop(columns=empty), "without"), options=options)
    log[empty] = None if suffix else " "
    blank = read_file(written(log, "blank"), options=options, progress=recorder)
    assert mentions(blank) == mentions(without) and blank.date == without.date
    remarks = blank.report.notes.pop("remarks")
    assert blank.report.notes == without.report.notes and blank.report.bad_lines == 0
    assert remarks == recorder.messages
    assert [empty_name in recorder.messages[0] for empty_name in empty] == [True] * len(empty)


def test_day_first_dates_that_show_only_later_are_refused(tmp_path, log, monkeypatch):
    monkeypatch.setattr("core.data.tables.csv_table._ROWS", 70)
    log["order_date"] = log["order_date"].dt.strftime("%d/%m/%Y")
    log.to_csv(tmp_path / "log", index=False)
    with pytest.raises(UserError, match="time_format=%d/%m/%Y"):
        read_file(tmp_path / "log", options=ReadOptions(**EASY))
    options = ReadOptions(**EASY, time_format="%d/%m/%Y")
    assert read_file(tmp_path / "log", options=options).report.bad_lines == 0


def test_the_error_names_the_option_for_the_time_format(tmp_path):
    (tmp_path / "log").write_text("basket,product,time\n1,a,soon\n1,b,later\n")
    with pytest.raises(UserError, match="--set time_format=%d/%m/%Y"):
        read_file(tmp_path / "log", options=ReadOptions(**EASY))
