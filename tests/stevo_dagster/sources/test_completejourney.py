"""Baskets: what a transaction becomes, and folders that cannot be read."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stevo_dagster.sources.base.faults import FileProblem
from stevo_dagster.sources.completejourney import READER
from tests.stevo_dagster.sources.kit import completejourney, read


def test_a_transaction_is_a_purchase(tmp_path) -> None:
    found, reasons = read("completejourney", completejourney(tmp_path))
    assert found[0] == {
        "event_id": "31-5",
        "user_id": "900",
        "event_type": "purchase",
        "event_at": datetime(2017, 7, 10, 11, 53, tzinfo=UTC),
        "utc_offset_minutes": 0,
        "item_id": "5",
        "category": "ICE",
        "session_id": "31",
        "amount": 0.5,
        "extra": '{"quantity":1,"store_id":330}',
    }
    assert reasons == {}


def test_a_product_without_a_category_has_its_department(tmp_path) -> None:
    folder = completejourney(tmp_path)
    assert "category" not in read("completejourney", folder)[0][1]
    products = {
        "product_id": [6, 5],
        "product_category": [None, "ICE"],
        "department": ["FUEL", "GROCERY"],
    }
    pq.write_table(pa.table(products), folder / "products.parquet")
    assert [row["category"] for row in read("completejourney", folder)[0]] == ["ICE", "FUEL"]


def test_discounts_are_kept_beside_the_contract(tmp_path) -> None:
    folder = completejourney(tmp_path)
    path = folder / "transactions.parquet"
    discounts = pa.table({"coupon_disc": [0.0, -0.5], "retail_disc": [None, 0.25]})
    table = pq.read_table(path)
    for name in discounts.column_names:
        table = table.append_column(name, discounts[name])
    pq.write_table(table, path)
    found, _ = read("completejourney", folder)
    assert found[1]["extra"] == (
        '{"coupon_disc":-0.5,"quantity":2,"retail_disc":0.25,"store_id":330}'
    )


@pytest.mark.parametrize("lost", ["basket_id", "transaction_timestamp"])
def test_transactions_without_a_needed_column_are_refused(tmp_path, lost) -> None:
    path = completejourney(tmp_path) / "transactions.parquet"
    pq.write_table(pq.read_table(path).drop_columns([lost]), path)
    with pytest.raises(FileProblem, match=f"lacks columns {lost}"):
        read("completejourney", tmp_path)


def test_ids_that_are_no_numbers_are_the_files_fault(tmp_path) -> None:
    path = completejourney(tmp_path) / "transactions.parquet"
    table = pq.read_table(path)
    strange = pa.array(["900", "nine hundred"])
    pq.write_table(table.set_column(0, "household_id", strange), path)
    with pytest.raises(FileProblem, match=r"unreadable Parquet: .*nine hundred"):
        read("completejourney", tmp_path)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"product_id\n5\n"])
def test_products_that_are_no_parquet_are_named(tmp_path, content) -> None:
    (completejourney(tmp_path) / "products.parquet").write_bytes(content)
    with pytest.raises(FileProblem, match=r"unreadable Parquet.*\n  where: products\.parquet"):
        read("completejourney", tmp_path)


def test_missing_files_are_named(tmp_path) -> None:
    with pytest.raises(FileProblem, match=r"lacks transactions\.parquet, products\.parquet"):
        READER.find(tmp_path)
