"""Reader `completejourney`: dunnhumby's baskets, a folder with transactions and products.

One row is a purchase of one product in one basket. The stores' places and zones are not told, so
their clock is taken as UTC: hours and weekdays are then those that the shoppers saw.
"""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stevo_dagster.sources.base.chunk import Chunk, Reader, Source
from stevo_dagster.sources.base.contract import INSTANT
from stevo_dagster.sources.base.extras import extra_column
from stevo_dagster.sources.base.faults import Faults, FileProblem
from stevo_dagster.sources.base.folder import Lookup, files_named
from stevo_dagster.sources.base.parquet import parquet_chunks

_TRANSACTIONS = {
    "household_id": pa.int64(),
    "basket_id": pa.int64(),
    "product_id": pa.int64(),
    "sales_value": pa.float64(),
    "transaction_timestamp": pa.timestamp("us"),
}
_PRODUCTS = ("product_id", "product_category", "department")
_EXTRA = (
    "store_id",
    "quantity",
    "retail_disc",
    "coupon_disc",
    "coupon_match_disc",
)


def _chunks(source: Source) -> Iterator[Chunk]:
    try:
        products = pq.read_table(source.files["products"], columns=list(_PRODUCTS))
    except (pa.ArrowInvalid, OSError) as error:
        raise FileProblem(f"unreadable Parquet: {error}", where="products.parquet") from None
    by_id = Lookup(products, "product_id")

    def columns(batch: pa.RecordBatch, faults: Faults) -> dict[str, pa.Array]:
        return _columns(batch, faults, by_id)

    required = tuple(_TRANSACTIONS)
    return parquet_chunks(source.files["transactions"], source.name, required, columns)


def _columns(batch: pa.RecordBatch, faults: Faults, products: Lookup) -> dict[str, pa.Array]:
    given = {
        name: batch.column(name).cast(kind, safe=False) for name, kind in _TRANSACTIONS.items()
    }
    text = {name: given[name].cast(pa.string()) for name in list(_TRANSACTIONS)[:3]}
    row = products.index(given["product_id"])
    category = pc.coalesce(
        products.values(row, "product_category"), products.values(row, "department")
    )
    size = len(batch)
    extra = {name: batch.column(name) for name in _EXTRA if name in batch.schema.names}
    return {
        "event_id": pc.binary_join_element_wise(text["basket_id"], text["product_id"], "-"),
        "user_id": text["household_id"],
        "event_type": pa.repeat("purchase", size),
        "event_at": given["transaction_timestamp"].cast(INSTANT),
        "utc_offset_minutes": pa.repeat(pa.scalar(0, pa.int32()), size),
        "item_id": text["product_id"],
        "category": category,
        "session_id": text["basket_id"],
        "amount": given["sales_value"],
        "extra": extra_column(extra, faults, size),
    }


READER = Reader(
    format="completejourney",
    description="a folder of dunnhumby's baskets (transactions.parquet, products.parquet)",
    find=files_named({"transactions": "transactions.parquet", "products": "products.parquet"}),
    chunks=_chunks,
    line_roles=("transactions",),
    is_folder=True,
)
