"""Olist's folder: what an item and a review become, and which lines are refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from stevo_dagster.sources.base.chunk import Source
from stevo_dagster.sources.base.faults import FileProblem
from stevo_dagster.sources.olist import READER
from tests.stevo_dagster.sources.kit import OLIST, olist, read

ITEMS = OLIST["olist_order_items_dataset.csv"]
REVIEWS = OLIST["olist_order_reviews_dataset.csv"]
SHARED = {
    "user_id": "p1",
    "item_id": "x1",
    "category": "baby",
    "session_id": "o1",
    "latitude": -23.5,
    "longitude": -46.5,
    "time_zone": "America/Sao_Paulo",
}


def test_an_item_is_a_purchase(tmp_path) -> None:
    found, _ = read("olist", olist(tmp_path))
    assert found[0] == {
        **SHARED,
        "event_id": "o1/1",
        "event_type": "purchase",
        "event_at": datetime(2017, 7, 10, 0, 57, 5, tzinfo=UTC),
        "amount": 99.9,
        "extra": '{"order_item_id":"1","order_status":"delivered","seller_id":"s1"}',
    }


def test_a_review_is_of_the_first_item_of_its_order(tmp_path) -> None:
    header = ITEMS.split("\n")[0]
    found, _ = read(
        "olist", olist(tmp_path, order_items=f"{header}\no1,2,x2,s1,5\no1,1,x1,s1,99.9\n")
    )
    assert found[-1] == {
        **SHARED,
        "event_id": "r1/o1",
        "event_type": "review",
        "event_at": datetime(2017, 7, 11, 13, tzinfo=UTC),
        "rating": 5.0,
        "extra": '{"review_comment_message":"good\\nand\\n\\nfast"}',
    }


def test_two_units_of_a_product_say_more_than_their_ids(tmp_path) -> None:
    """Cleaning takes lines that differ in their id alone for one event, logged twice."""
    found, _ = read("olist", olist(tmp_path))
    first, second = ({**row, "event_id": None} for row in found[:2])
    assert [json.loads(row["extra"])["order_item_id"] for row in (first, second)] == ["1", "2"]
    assert {**first, "extra": None} == {**second, "extra": None}


def test_lines_of_unknown_orders_and_customers_are_refused(tmp_path) -> None:
    assert read("olist", olist(tmp_path))[1] == {4: "unknown_order"}
    stranger = olist(
        tmp_path,
        customers="customer_id,customer_unique_id,customer_zip_code_prefix\nc2,p2,01012\n",
    )
    assert set(read("olist", stranger)[1]) == {2, 3, 4, 6}


def test_an_order_without_items_has_a_review_of_nothing(tmp_path) -> None:
    found, reasons = read("olist", olist(tmp_path, order_items=ITEMS.split("\n")[0] + "\n"))
    (review,) = found
    assert "item_id" not in review
    assert "category" not in review
    assert reasons == {}


def test_a_customer_whose_zip_has_no_point_has_no_place(tmp_path) -> None:
    moved = olist(
        tmp_path,
        customers="customer_id,customer_unique_id,customer_zip_code_prefix\nc1,p1,99999\n",
    )
    found, _ = read("olist", moved)
    assert not {"latitude", "longitude"} & found[0].keys()
    assert found[0]["user_id"] == "p1"


def test_a_skipped_hour_of_sao_paulo_is_refused(tmp_path) -> None:
    """There, clocks went from midnight to one on 15 October 2017."""
    skipped = olist(tmp_path, order_reviews=REVIEWS.replace("07-11 10:00:00", "10-15 00:30:00"))
    assert read("olist", skipped)[1] == {4: "unknown_order", 6: "bad_time"}


def test_lines_of_both_files_have_numbers_and_offsets_of_their_own(tmp_path) -> None:
    folder = olist(tmp_path)
    chunks = list(READER.chunks(Source("o", READER.find(folder))))
    content = b"".join(
        (folder / name).read_bytes()
        for name in (
            "olist_order_items_dataset.csv",
            "olist_order_reviews_dataset.csv",
        )
    )
    places = [
        (int(number), content[offset : offset + length])
        for chunk in chunks
        for number, offset, length in zip(chunk.number, chunk.offset, chunk.length, strict=True)
    ]
    assert places == [
        (2, b"o1,1,x1,s1,99.9"),
        (3, b"o1,2,x1,s1,99.9"),
        (4, b"o9,1,x1,s1,1"),
        (6, b'r1,o1,5,,"good\nand\n\nfast",2017-07-11 10:00:00'),
    ]


def test_a_file_without_a_needed_column_is_named(tmp_path) -> None:
    broken = olist(tmp_path, order_reviews="review_id,order_id,review_score\nr,o1,5\n")
    with pytest.raises(FileProblem, match="review_answer_timestamp") as caught:
        read("olist", broken)
    assert "olist_order_reviews_dataset.csv, line 1" in str(caught.value)


def test_missing_files_are_named(tmp_path) -> None:
    (olist(tmp_path) / "olist_orders_dataset.csv").unlink()
    with pytest.raises(FileProblem, match=r"the folder lacks olist_orders_dataset\.csv"):
        READER.find(tmp_path)
