"""What tests of readers share: rows of a file, lines of bytes, and a small sample of each format.

The samples' events are of 10 and 11 July 2017, so that all fit into two days of a warehouse.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from stevo_dagster.sources.base.chunk import Source
from stevo_dagster.sources.base.faults import Faults
from stevo_dagster.sources.base.lines import LineBlock, LineReader
from stevo_dagster.sources.registry import reader_of

Row = dict[str, Any]


def read(form: str, path: Path) -> tuple[list[Row], dict[int, str]]:
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


def reasons(faults: Faults) -> dict[int, str]:
    """Reasons by row."""
    return {row: fault.reason for row, fault in faults}


def blocks_of(content: bytes, *, keep_blank: bool = False) -> list[LineBlock]:
    """All blocks of some bytes."""
    return list(LineReader(io.BytesIO(content), keep_blank=keep_blank).blocks())


def block_of(*lines: bytes | None) -> LineBlock:
    """A block of these lines, as if each ended with one newline."""
    length = np.array([len(line or b"") for line in lines], dtype=np.int64)
    offset = np.cumsum(length + 1) - length - 1
    number = np.arange(1, len(lines) + 1, dtype=np.int64)
    return LineBlock(number, offset, length, list(lines), Faults())


def events(folder: Path) -> Path:
    """Two events, and a line that is no JSON."""
    path = folder.with_suffix(".jsonl")
    line = {"user_id": "ä", "event_type": "click", "event_at": "2017-07-10T09:00:00Z"}
    told = [json.dumps({**line, "item_id": item}, ensure_ascii=False) for item in ("i1", "i2")]
    path.write_bytes("\r\n".join([told[0], "", "{", told[1]]).encode())
    return path


def tsmc2014(folder: Path) -> Path:
    """A check-in whose category is not ASCII, and one whose month is none."""
    path = folder.with_suffix(".txt")
    line = "7\tv1\tc1\tCaf\xe9\t40.5\t-74.0\t-240\tMon Jul 10 18:00:09 +0000 2017\n"
    path.write_bytes((line + line.replace("Jul", "Foo")).encode("latin-1"))
    return path


OLIST = {
    "olist_orders_dataset.csv": "order_id,customer_id,order_status,order_purchase_timestamp\n"
    "o1,c1,delivered,2017-07-09 21:57:05\n",
    "olist_customers_dataset.csv": "customer_id,customer_unique_id,customer_zip_code_prefix\n"
    "c1,p1,01012\n",
    "olist_geolocation_dataset.csv": "geolocation_zip_code_prefix,geolocation_lat,geolocation_lng\n"
    "01012,-23.0,-46.0\n01012,-24.0,-47.0\n01012,-23.5,-46.5\n",
    "olist_order_items_dataset.csv": "order_id,order_item_id,product_id,seller_id,price\n"
    "o1,1,x1,s1,99.9\no1,2,x1,s1,99.9\no9,1,x1,s1,1\n",
    "olist_order_reviews_dataset.csv": "review_id,order_id,review_score,review_comment_title,"
    "review_comment_message,review_answer_timestamp\n"
    'r1,o1,5,,"good\nand\n\nfast",2017-07-11 10:00:00\n',
    "olist_products_dataset.csv": "product_id,product_category_name\nx1,bebes\n",
    "product_category_name_translation.csv": "product_category_name,product_category_name_english\n"
    "bebes,baby\n",
}


def olist(folder: Path, **changed: str) -> Path:
    """Two units of a product with a review, and an item of an order that is not there.

    Args:
        folder: where to write.
        changed: other texts, by a part of the file's name.
    """
    folder.mkdir(exist_ok=True)
    for name, text in OLIST.items():
        texts = [other for part, other in changed.items() if f"{part}_dataset" in name]
        (folder / name).write_text(texts[0] if texts else text)
    return folder


def completejourney(folder: Path) -> Path:
    """Two lines of one basket; the product of the second is unknown."""
    folder.mkdir(exist_ok=True)
    at = datetime(2017, 7, 10, 11, 53)
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
    return folder


def movielens(folder: Path) -> Path:
    """Two ratings, the second of an unknown film, and one whose time is no time."""
    folder.mkdir(exist_ok=True)
    at = int(datetime(2017, 7, 10, 18, tzinfo=UTC).timestamp())
    (folder / "x.inter").write_text(
        "user_id:token\titem_id:token\trating:float\ttimestamp:float\n"
        f"1\t10\t3\t{at}\n1\t11\t4\t{at + 90}\n1\t12\t4\tnever\n"
    )
    (folder / "x.item").write_text(
        "item_id:token\tmovie_title:token_seq\tclass:token_seq\n10\tA\tComedy Drama\n"
    )
    return folder


def tianchi(folder: Path) -> Path:
    """A view with a scrambled geohash and a purchase without one."""
    path = folder.with_suffix(".csv")
    path.write_text(
        "user_id,item_id,behavior_type,user_geohash,item_category,time\n"
        "7,21,1,wtw3sj,4,2017-07-10 18\n7,21,4,,4,2017-07-11 09\n"
    )
    return path


SAMPLES: dict[str, Callable[[Path], Path]] = {
    "events": events,
    "tsmc2014": tsmc2014,
    "olist": olist,
    "completejourney": completejourney,
    "movielens": movielens,
    "tianchi": tianchi,
}
