"""A table of a page is replaced between its markers, and nothing else."""

from __future__ import annotations

import pytest

from benchmarks.pages.tables import with_table
from tests.benchmarks.conftest import page_with


def test_the_named_table_alone_is_replaced() -> None:
    told = with_table(page_with("speed", "size"), "size", "| new |")
    assert told == page_with("speed", "size").replace(
        "<!-- size table: begin -->\nold\n", "<!-- size table: begin -->\n\n| new |\n\n"
    )
    assert with_table(told, "size", "| new |") == told


@pytest.mark.parametrize("page", ["", page_with("speed"), page_with("size", "size")])
def test_a_page_without_the_table_once_is_refused(page: str) -> None:
    with pytest.raises(ValueError, match="unpack"):
        with_table(page, "size", "| new |")
