"""What Olist's lines are looked up in: who, what, where, and files that cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from stevo_dagster.sources.base.chunk import Source
from stevo_dagster.sources.base.faults import FileProblem
from stevo_dagster.sources.olist import READER
from stevo_dagster.sources.olist_lookups import Lookups, read_lookups
from tests.stevo_dagster.sources.kit import olist

GEOLOCATION = "geolocation_zip_code_prefix,geolocation_lat,geolocation_lng\n"
PRODUCTS = "product_id,product_category_name\n"


def lookups(folder: Path, **changed: str) -> Lookups:
    return read_lookups(Source("shop", READER.find(olist(folder, **changed))))


def test_people_are_customers_across_orders(tmp_path) -> None:
    """`customer_id` is new for each order; `customer_unique_id` is the person."""
    found = lookups(
        tmp_path,
        orders="order_id,customer_id,order_status,order_purchase_timestamp\n"
        "o1,c1,delivered,2017-07-09 21:57:05\no2,c2,canceled,2017-07-10 21:57:05\n"
        "o3,c3,shipped,2017-07-10 21:57:05\n",
        customers="customer_id,customer_unique_id,customer_zip_code_prefix\n"
        "c1,p1,01012\nc2,p1,02000\n",
    )
    assert found.user == {"o1": "p1", "o2": "p1"}
    assert found.zip_code == {"o1": "01012", "o2": "02000"}
    assert found.status["o3"] == "shipped"


def test_the_first_item_is_the_first_by_number(tmp_path) -> None:
    header = "order_id,order_item_id,product_id,price\n"
    lines = [f"o1,{number},x{number},1\n" for number in (10, 2, 1, 11)]
    assert lookups(tmp_path, order_items=header + "".join(lines)).first_item == {"o1": "x1"}


def test_categories_are_english_where_they_are_translated(tmp_path) -> None:
    found = lookups(tmp_path, products=f"{PRODUCTS}x1,bebes\nx2,pc_gamer\nx3,\n")
    assert found.category == {"x1": "baby", "x2": "pc_gamer"}


def test_a_place_is_the_median_of_the_points_of_its_own_zip(tmp_path) -> None:
    points = "b,1,10\na,-1,-10\nb,3,30\na,-2,-20\nb,100,20\n"
    assert lookups(tmp_path, geolocation=GEOLOCATION + points).place == {
        "a": (-1.5, -15.0),
        "b": (3.0, 20.0),
    }


@pytest.mark.parametrize("points", ["", "a,nan,1\n", "a,1,inf\n"])
def test_no_points_are_no_places(tmp_path, points) -> None:
    assert lookups(tmp_path, geolocation=GEOLOCATION + points).place == {}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"geolocation": f"{GEOLOCATION}a,north,1\n"}, "a point is no number"),
        ({"products": ""}, r"unreadable CSV: Empty CSV file\n  where: shop/products"),
        ({"products": "product_id\nx1\n"}, r"product_category_name.*\n  where: shop/products"),
        ({"products": f"{PRODUCTS}x1\n"}, r"unreadable CSV: .*columns.*\n  where: shop/products"),
        ({"customers": "customer_id\nc1\n"}, "shop/customers"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(tmp_path, changed, message) -> None:
    with pytest.raises(FileProblem, match=message):
        lookups(tmp_path, **changed)
