"""The files of the Olist data set that its lines are looked up in.

Belongs here: orders, customers, products and places as dictionaries. Does not belong here: lines
(`olist.py`). A record here that cannot be read makes the whole folder unreadable: leaving it out
would silently change what many lines say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from stevo_dagster.sources.base.chunk import Source
from stevo_dagster.sources.base.faults import FileProblem

Point = tuple[float, float]


@dataclass(frozen=True)
class Lookups:
    """What a line needs to know: by order id, but `category` (by product) and `place` (by zip).

    Places are (latitude, longitude), the median of a zip's points.
    """

    user: Mapping[str, str]
    ordered_at: Mapping[str, str]
    status: Mapping[str, str]
    zip_code: Mapping[str, str]
    first_item: Mapping[str, str]
    category: Mapping[str, str]
    place: Mapping[str, Point]


def read_lookups(source: Source) -> Lookups:
    """Read the files around the lines.

    Raises:
        FileProblem: a file is not CSV, or lacks a column.
    """
    orders = _table(
        source, "orders", ["order_id", "customer_id", "order_status", "order_purchase_timestamp"]
    )
    customers = _table(
        source,
        "customers",
        ["customer_id", "customer_unique_id", "customer_zip_code_prefix"],
    )
    order = orders["order_id"].to_pylist()
    customer = orders["customer_id"].to_pylist()
    people = _pairs(customers, "customer_id", "customer_unique_id")
    zips = _pairs(customers, "customer_id", "customer_zip_code_prefix")
    return Lookups(
        user={o: people[c] for o, c in zip(order, customer, strict=True) if c in people},
        ordered_at=_pairs(orders, "order_id", "order_purchase_timestamp"),
        status=_pairs(orders, "order_id", "order_status"),
        zip_code={o: zips[c] for o, c in zip(order, customer, strict=True) if c in zips},
        first_item=_first_items(source),
        category=_categories(source),
        place=_places(source),
    )


def _first_items(source: Source) -> dict[str, str]:
    items = _table(source, "order_items", ["order_id", "order_item_id", "product_id"])
    # The first item of each order must win whatever the order of lines: put it last.
    items = items.sort_by([("order_item_id", "descending")])
    return _pairs(items, "order_id", "product_id")


def _categories(source: Source) -> dict[str, str]:
    columns = ["product_category_name", "product_category_name_english"]
    names = _pairs(_table(source, "translation", columns), *columns)
    products = _table(source, "products", ["product_id", "product_category_name"])
    given = _pairs(products, "product_id", "product_category_name")
    return {product: names.get(category, category) for product, category in given.items()}


def _places(source: Source) -> dict[str, Point]:
    key, latitude, longitude = (
        "geolocation_zip_code_prefix",
        "geolocation_lat",
        "geolocation_lng",
    )
    table = _table(source, "geolocation", [key, latitude, longitude])
    try:
        points = pa.table(
            {"zip": table[key]}
            | {name: table[name].cast(pa.float64()) for name in (latitude, longitude)}
        )
    except pa.ArrowInvalid as error:
        raise FileProblem(f"a point is no number: {error}", where="geolocation") from None
    known = points.filter(pc.is_finite(pc.add(points[latitude], points[longitude])))
    zips = known["zip"].combine_chunks().dictionary_encode()
    code = zips.indices.to_numpy(zero_copy_only=False)
    by_zip = np.split(np.argsort(code, kind="stable"), np.cumsum(np.bincount(code)))[:-1]
    at = [known[name].to_numpy() for name in (latitude, longitude)]
    return {
        name: (float(np.median(at[0][rows])), float(np.median(at[1][rows])))
        for name, rows in zip(zips.dictionary.to_pylist(), by_zip, strict=True)
    }


def _pairs(table: pa.Table, key: str, value: str) -> dict[str, str]:
    pairs = zip(table[key].to_pylist(), table[value].to_pylist(), strict=True)
    return {k: v for k, v in pairs if k and v}


def _table(source: Source, role: str, columns: list[str]) -> pa.Table:
    """Some columns of a CSV file, as texts."""
    shown_as = f"{source.name}/{role}"
    try:
        return csv.read_csv(
            source.files[role],
            parse_options=csv.ParseOptions(newlines_in_values=True),
            convert_options=csv.ConvertOptions(
                include_columns=columns, column_types={name: pa.string() for name in columns}
            ),
        )
    except (pa.ArrowException, KeyError) as error:
        told = str(error).strip("'\"")
        raise FileProblem(f"unreadable CSV: {told}", where=shown_as) from None
