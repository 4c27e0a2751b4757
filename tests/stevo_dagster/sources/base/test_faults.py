"""The faults of a chunk, and how a message quotes a value."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stevo_dagster.errors import StevoError
from stevo_dagster.sources.base.faults import SHOWN, Fault, Faults, FileProblem, shown


def test_a_row_keeps_its_first_fault() -> None:
    faults = Faults()
    faults.add(3, "bad_json", None, "one")
    faults.add(3, "bad_time", "event_at", "two")
    assert list(faults) == [(3, Fault("bad_json", None, "one"))]


@given(st.lists(st.tuples(st.integers(0, 9), st.text(max_size=3))))
def test_faults_are_listed_by_row_and_masked(added) -> None:
    faults, wanted = Faults(), dict[int, str]()
    for row, reason in added:
        faults.add(row, reason, None, "")
        wanted.setdefault(row, reason)
    assert [(row, fault.reason) for row, fault in faults] == sorted(wanted.items())
    assert len(faults) == len(wanted)
    assert [row in faults for row in range(10)] == [row in wanted for row in range(10)]
    assert faults.good(10).tolist() == [row not in wanted for row in range(10)]


def test_a_message_is_made_for_its_row() -> None:
    faults = Faults()
    faults.add(1, "first", None, "first")
    faults.add_rows([0, 1, 4], "negative", "amount", lambda row: f"row {row}")
    faults.add_rows([5], "negative", "amount", "text")
    assert {row: fault.message for row, fault in faults} == {
        0: "row 0",
        1: "first",
        4: "row 4",
        5: "text",
    }


@given(st.text() | st.lists(st.integers(), max_size=40))
def test_a_value_is_quoted_short_on_one_line(value) -> None:
    told = shown(value)
    assert len(told) <= SHOWN
    assert told.isprintable()
    assert told == repr(value) or (told.endswith("…") and repr(value).startswith(told[:-1]))


def test_a_files_problem_is_an_error_for_users() -> None:
    error = FileProblem("the file is UTF-16", where="a.csv")
    assert isinstance(error, StevoError)
    assert str(error) == "the file is UTF-16\n  where: a.csv"
