"""Readers of outside formats, on small files made here: what each line becomes."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stevo_dagster.errors import StevoError
from stevo_dagster.sources.base.chunk import Source
from stevo_dagster.sources.base.faults import FileProblem
from stevo_dagster.sources.registry import READERS, reader_of


def read(form: str, path: Path) -> tuple[list[dict[str, Any]], dict[int, str]]:
    """Every row's columns that are not null, and reasons by line number."""
    reader = reader_of(form)
    found, reasons = [], {}
    for chunk in reader.chunks(Source(path.name, reader.find(path))):
        columns = {name: column.to_pylist() for name, column in chunk.columns.items()}
        for row in range(len(chunk)):
            values = {name: column[row] for name, column in columns.items()}
            found.append({name: value for name, value in values.items() if value is not None})
        reasons |= {int(chunk.number[row]): fault.reason for row, fault in chunk.faults}
    return found, reasons


def test_unknown_formats_list_the_known_ones() -> None:
    with pytest.raises(StevoError) as caught:
        reader_of("csv")
    assert all(name in str(caught.value) for name in READERS)


CSV = (
    b"\xef\xbb\xbfuser_id,event_type,event_at,item_id,amount,colour\r\n"
    b'u1,purchase,2024-03-01T00:00:00Z,"i,1",2.5,red\r\n'
    b"\r\n"
    b"u2,click,2024-03-01T00:00:00Z,i2,,\r\n"
    b'u3,"cli"ck,2024-03-01T00:00:00Z,i2,,\r\n'
    b"u4,click,2024-03-01T00:00:00Z\r\n"
    b"u5,click,2024-03-01T00:00:00Z,i2,much,\r\n"
)


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.txt"])
def test_events_csv(tmp_path, name) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(CSV) if name.endswith("gz") else CSV)
    found, reasons = read("events", path)
    at = datetime(2024, 3, 1, tzinfo=UTC)
    assert found[0] == {
        "user_id": "u1",
        "event_type": "purchase",
        "event_at": at,
        "item_id": "i,1",
        "amount": 2.5,
        "extra": '{"colour":"red"}',
    }
    assert found[1] == {"user_id": "u2", "event_type": "click", "event_at": at, "item_id": "i2"}
    assert reasons == {5: "bad_quotes", 6: "bad_fields", 7: "wrong_type"}


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (b"user_id,event_type\n", "lacks event_at"),
        (b"user_id,event_type,event_at,user_id\n", "twice"),
    ],
)
def test_events_csv_without_a_usable_header(tmp_path, header, message) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(header)
    with pytest.raises(FileProblem, match=message):
        read("events", path)


def test_events_parquet_keeps_unknown_columns_and_blames_other_types(tmp_path) -> None:
    path = tmp_path / "a.parquet"
    at = pa.array([datetime(2024, 3, 1, tzinfo=UTC)] * 2, pa.timestamp("ms", tz="UTC"))
    columns = {
        "user_id": pa.array(["u1", "u2"]).dictionary_encode(),
        "event_type": ["click", "click"],
        "event_at": at,
        "item_id": pa.array([None, 7], pa.int64()),
        "speed": [1.5, None],
    }
    pq.write_table(pa.table(columns), path)
    found, reasons = read("events", path)
    assert found[0]["extra"] == '{"speed":1.5}'
    assert found[0]["event_at"] == datetime(2024, 3, 1, tzinfo=UTC)
    assert reasons == {2: "wrong_type"}


def test_a_damaged_parquet_is_refused(tmp_path) -> None:
    path = tmp_path / "a.parquet"
    rows = 5000
    at = pa.array([datetime(2024, 3, 1, tzinfo=UTC)] * rows, pa.timestamp("us", tz="UTC"))
    users = [f"user-{n * 7919 % 10007}" for n in range(rows)]
    table = pa.table({"user_id": users, "event_type": ["click"] * rows, "event_at": at})
    pq.write_table(table, path, write_page_checksum=True, compression="none")
    content = bytearray(path.read_bytes())
    content[content.find(b"user-7919")] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(FileProblem, match="unreadable Parquet"):
        read("events", path)


def test_a_failure_of_the_machine_is_not_the_files_fault(tmp_path, monkeypatch) -> None:
    pq.write_table(pa.table({"user_id": ["u"]}), tmp_path / "a.parquet")

    def fail(*_: object, **__: object) -> None:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(pq, "ParquetFile", fail)
    with pytest.raises(OSError, match="Too many open files"):
        read("events", tmp_path / "a.parquet")


def test_tsmc2014(tmp_path) -> None:
    path = tmp_path / "checkins.txt"
    line = "7\tv1\tc1\tCaf\xe9\t40.5\t-74.0\t-240\tTue Apr 03 18:00:09 +0000 2012\n"
    bad = line.replace("Apr", "Foo")
    path.write_bytes((line + "7\tv1\n" + bad).encode("latin-1"))
    found, reasons = read("tsmc2014", path)
    assert found[0] == {
        "user_id": "7",
        "item_id": "v1",
        "category": "Caf\xe9",
        "latitude": 40.5,
        "longitude": -74.0,
        "utc_offset_minutes": -240,
        "event_at": datetime(2012, 4, 3, 18, 0, 9, tzinfo=UTC),
        "event_type": "check_in",
        "extra": '{"category_id":"c1"}',
    }
    assert reasons == {2: "bad_fields", 3: "bad_time"}


def test_tianchi(tmp_path) -> None:
    path = tmp_path / "log.csv"
    path.write_text(
        "user_id,item_id,behavior_type,user_geohash,item_category,time\n"
        "1,2,4,9rr,33,2014-12-06 02\n"
        "1,2,9,,33,2014-12-06 02\n"
        "1,2,1,,33,yesterday\n"
    )
    found, reasons = read("tianchi", path)
    assert found[0] == {
        "user_id": "1",
        "item_id": "2",
        "event_type": "purchase",
        "category": "33",
        "event_at": datetime(2014, 12, 5, 18, tzinfo=UTC),
        "utc_offset_minutes": 480,
        "extra": '{"user_geohash":"9rr"}',
    }
    assert found[1]["event_type"] == "9"
    assert reasons == {4: "bad_time"}


def test_movielens(tmp_path) -> None:
    header = "user_id:token\titem_id:token\trating:float\ttimestamp:float\n"
    (tmp_path / "x.inter").write_text(f"{header}1\t10\t3\t881250949\n1\t11\t4\tnever\n")
    (tmp_path / "x.item").write_text(
        "item_id:token\tmovie_title:token_seq\tclass:token_seq\n10\tA\tComedy Drama\n"
    )
    found, reasons = read("movielens", tmp_path)
    assert found[0] == {
        "user_id": "1",
        "item_id": "10",
        "rating": 3.0,
        "event_type": "review",
        "event_at": datetime(1997, 12, 4, 15, 55, 49, tzinfo=UTC),
        "category": "Comedy",
        "extra": '{"classes":"Comedy Drama"}',
    }
    assert "category" not in found[1]
    assert reasons == {3: "bad_time"}


def write_completejourney(folder: Path, at: datetime) -> None:
    """Two lines of one basket; the product of the second has no category."""
    transactions = {
        "household_id": [900, 900],
        "store_id": [330, 330],
        "basket_id": [31, 31],
        "product_id": [5, 6],
        "quantity": [1, 2],
        "sales_value": [0.5, 1.0],
        "transaction_timestamp": pa.array([at] * 2, pa.timestamp("ns")),
    }
    products = {"product_id": [5], "product_category": ["ICE"], "department": ["GROCERY"]}
    pq.write_table(pa.table(transactions), folder / "transactions.parquet")
    pq.write_table(pa.table(products), folder / "products.parquet")


def test_completejourney(tmp_path) -> None:
    write_completejourney(tmp_path, datetime(2017, 1, 1, 11, 53))
    found, reasons = read("completejourney", tmp_path)
    assert found[0] == {
        "event_id": "31-5",
        "user_id": "900",
        "event_type": "purchase",
        "event_at": datetime(2017, 1, 1, 11, 53, tzinfo=UTC),
        "utc_offset_minutes": 0,
        "item_id": "5",
        "category": "ICE",
        "session_id": "31",
        "amount": 0.5,
        "extra": '{"quantity":1,"store_id":330}',
    }
    assert "category" not in found[1]
    assert reasons == {}


OLIST = {
    "olist_orders_dataset.csv": "order_id,customer_id,order_status,order_purchase_timestamp\n"
    "o1,c1,delivered,2017-07-09 21:57:05\n",
    "olist_customers_dataset.csv": "customer_id,customer_unique_id,customer_zip_code_prefix\n"
    "c1,p1,01012\n",
    "olist_geolocation_dataset.csv": "geolocation_zip_code_prefix,geolocation_lat,geolocation_lng\n"
    "01012,-23.0,-46.0\n01012,-24.0,-47.0\n01012,-23.5,-46.5\n",
    "olist_order_items_dataset.csv": "order_id,order_item_id,product_id,seller_id,price\n"
    "o1,1,x1,s1,99.9\no9,1,x1,s1,1\n",
    "olist_order_reviews_dataset.csv": "review_id,order_id,review_score,review_comment_title,"
    "review_comment_message,review_answer_timestamp\n"
    'r1,o1,5,,"good\nand\n\nfast",2017-07-20 10:00:00\n',
    "olist_products_dataset.csv": "product_id,product_category_name\nx1,bebes\n",
    "product_category_name_translation.csv": "product_category_name,product_category_name_english\n"
    "bebes,baby\n",
}


def test_olist(tmp_path) -> None:
    for name, text in OLIST.items():
        (tmp_path / name).write_text(text)
    found, reasons = read("olist", tmp_path)
    place = {"latitude": -23.5, "longitude": -46.5}
    same = {"user_id": "p1", "item_id": "x1", "category": "baby", "session_id": "o1", **place}
    zone = {"time_zone": "America/Sao_Paulo"}
    assert found[0] == {
        **same,
        **zone,
        "event_id": "o1/1",
        "event_type": "purchase",
        "event_at": datetime(2017, 7, 10, 0, 57, 5, tzinfo=UTC),
        "amount": 99.9,
        "extra": '{"order_status":"delivered","seller_id":"s1"}',
    }
    assert found[2] == {
        **same,
        **zone,
        "event_id": "r1/o1",
        "event_type": "review",
        "event_at": datetime(2017, 7, 20, 13, tzinfo=UTC),
        "rating": 5.0,
        "extra": '{"review_comment_message":"good\\nand\\n\\nfast"}',
    }
    assert reasons == {3: "unknown_order"}


def test_a_folder_that_lacks_files_is_said(tmp_path) -> None:
    with pytest.raises(FileProblem, match=r"lacks olist_order_items_dataset\.csv"):
        reader_of("olist").find(tmp_path)
    with pytest.raises(FileProblem, match=r"0 \.inter files"):
        reader_of("movielens").find(tmp_path)
