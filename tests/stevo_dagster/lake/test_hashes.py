"""The content hash ignores order and sees everything else."""

from __future__ import annotations

import random

import duckdb
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from stevo_dagster.lake import content_hash, text_sha256

ROWS = st.lists(
    st.tuples(st.integers(-5, 5), st.one_of(st.none(), st.text(max_size=3))),
    min_size=1,
    max_size=20,
)


def hash_of(rows: list[tuple[int, str | None]]) -> str:
    with duckdb.connect() as con:
        frame = pd.DataFrame(rows, columns=["a", "b"]).astype({"b": "string"})
        con.register("t", frame)
        return content_hash(con, "t")


@given(rows=ROWS, seed=st.integers(0, 1000))
@settings(max_examples=25, deadline=None)
def test_order_of_rows_does_not_matter(rows: list, seed: int) -> None:
    shuffled = random.Random(seed).sample(rows, len(rows))
    assert hash_of(rows) == hash_of(shuffled)


@given(rows=ROWS)
@settings(max_examples=25, deadline=None)
def test_a_repeated_or_changed_row_matters(rows: list) -> None:
    assert hash_of(rows) != hash_of([*rows, rows[0]])
    changed = [(rows[0][0] + 100, rows[0][1]), *rows[1:]]
    assert hash_of(rows) != hash_of(changed)


def test_null_is_not_an_empty_text() -> None:
    assert hash_of([(1, None)]) != hash_of([(1, "")])


def test_excluded_columns_do_not_count() -> None:
    with duckdb.connect() as con:
        first = content_hash(con, "(select 1 as a, 'r1' as run_id)", exclude=["run_id"])
        second = content_hash(con, "(select 1 as a, 'r2' as run_id)", exclude=["run_id"])
    assert first == second


def test_texts_are_hashed_with_their_borders() -> None:
    assert text_sha256("ab", "c") != text_sha256("a", "bc")
