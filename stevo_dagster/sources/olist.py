"""Reader `olist`: the Brazilian e-commerce data set, a folder of CSV files.

Lines are those of two files: an item of an order is a purchase, a review of an order is a review of
its first item. Each unit of a product is an item. The other files are looked up: when and by whom
(orders, customers), what (products), and where: the median point of the customer's zip. Times are
São Paulo's. A line whose order or customer is nowhere in those files is quarantined. Review
comments hold line breaks.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import pyarrow as pa

from stevo_dagster.sources.base.chunk import Chunk, Reader, Source
from stevo_dagster.sources.base.convert import blank_to_null, columns_from_texts
from stevo_dagster.sources.base.delimited import join_quoted
from stevo_dagster.sources.base.extras import extra_column
from stevo_dagster.sources.base.folder import files_named
from stevo_dagster.sources.base.lines import LineBlock, LineReader
from stevo_dagster.sources.base.stream import open_bytes
from stevo_dagster.sources.base.text_chunks import chunk_of, named_blocks
from stevo_dagster.sources.olist_lookups import Lookups, read_lookups

_FILES = {
    "order_items": "olist_order_items_dataset.csv",
    "reviews": "olist_order_reviews_dataset.csv",
    "orders": "olist_orders_dataset.csv",
    "customers": "olist_customers_dataset.csv",
    "products": "olist_products_dataset.csv",
    "geolocation": "olist_geolocation_dataset.csv",
    "translation": "product_category_name_translation.csv",
}
_ITEMS = ("order_id", "order_item_id", "product_id", "price")
_REVIEWS = ("review_id", "order_id", "review_score", "review_answer_timestamp")
_ZONE = "America/Sao_Paulo"


def _chunks(source: Source) -> Iterator[Chunk]:
    lookups = read_lookups(source)
    number, offset = 1, 0
    for role, required, mapped in (
        ("order_items", _ITEMS, _purchases),
        ("reviews", _REVIEWS, _reviews),
    ):
        shown_as = f"{source.name}/{_FILES[role]}"
        with open_bytes(source.files[role], shown_as) as stream:
            # Numbers and offsets run on through both files, so that each line's are its own.
            lines = LineReader(stream, first_number=number, first_offset=offset, keep_blank=True)
            for block, texts in named_blocks(join_quoted(lines.blocks()), shown_as, required):
                yield mapped(
                    block, {name: blank_to_null(text) for name, text in texts.items()}, lookups
                )
            number, offset = lines.next_number, lines.next_offset


def _purchases(block: LineBlock, texts: dict[str, pa.Array], lookups: Lookups) -> Chunk:
    orders = texts["order_id"].to_pylist()
    given = {
        "event_id": _joined(orders, texts["order_item_id"].to_pylist()),
        "event_at": _texts(lookups.ordered_at.get(order or "") for order in orders),
        "item_id": texts["product_id"],
        "amount": texts["price"],
    }
    status = _texts(lookups.status.get(order or "") for order in orders)
    # Units of one product differ in this number alone, and are more than one purchase.
    told = {
        "order_status": status,
        "order_item_id": texts["order_item_id"],
        **_others(texts, _ITEMS),
    }
    return _chunk(block, "purchase", orders, given, told, lookups)


def _reviews(block: LineBlock, texts: dict[str, pa.Array], lookups: Lookups) -> Chunk:
    orders = texts["order_id"].to_pylist()
    given = {
        "event_id": _joined(texts["review_id"].to_pylist(), orders),
        "event_at": texts["review_answer_timestamp"],
        "item_id": _texts(lookups.first_item.get(order or "") for order in orders),
        "rating": texts["review_score"],
    }
    return _chunk(block, "review", orders, given, _others(texts, _REVIEWS), lookups)


def _chunk(
    block: LineBlock,
    event_type: str,
    orders: list[str | None],
    given: dict[str, pa.Array],
    told: dict[str, pa.Array],
    lookups: Lookups,
) -> Chunk:
    """A chunk of lines that belong to orders, with who, where and what looked up."""
    rows = len(block)
    users = [lookups.user.get(order or "") for order in orders]
    for row, (order, user) in enumerate(zip(orders, users, strict=True)):
        if user is None:
            message = f"order_id {order!r} has no order with a customer in the other files"
            block.faults.add(row, "unknown_order", "user_id", message)
    given["user_id"] = _texts(users)
    given["time_zone"] = pa.repeat(_ZONE, rows)
    given["session_id"] = _texts(orders)
    columns = columns_from_texts(given, block.faults)
    columns["event_type"] = pa.repeat(event_type, rows)
    items = columns["item_id"].to_pylist()
    columns["category"] = _texts(lookups.category.get(item or "") for item in items)
    places = [lookups.place.get(lookups.zip_code.get(order or "", "")) for order in orders]
    for at, name in enumerate(("latitude", "longitude")):
        columns[name] = pa.array([place[at] if place else None for place in places], pa.float64())
    columns["extra"] = extra_column(told, block.faults, rows)
    return chunk_of(block, columns)


def _others(texts: dict[str, pa.Array], used: tuple[str, ...]) -> dict[str, pa.Array]:
    return {name: column for name, column in texts.items() if name not in used}


def _texts(values: Iterator[str | None] | list[str | None]) -> pa.Array:
    return pa.array(chain(values), pa.string())


def _joined(left: list[str | None], right: list[str | None]) -> pa.Array:
    """Ids of two parts; null where either part is missing."""
    return _texts(f"{a}/{b}" if a and b else None for a, b in zip(left, right, strict=True))


READER = Reader(
    format="olist",
    description="a folder with the Olist e-commerce CSV files (purchases and reviews)",
    find=files_named(_FILES),
    chunks=_chunks,
    line_roles=("order_items", "reviews"),
    is_folder=True,
)
