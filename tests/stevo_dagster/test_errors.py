"""The one error users see: the problem first, then where and the way out."""

from __future__ import annotations

import pytest

from stevo_dagster.errors import StevoError


@pytest.mark.parametrize(
    ("where", "fix", "lines"),
    [
        (None, None, ["it broke"]),
        ("a.csv line 3", None, ["it broke", "  where: a.csv line 3"]),
        (None, "stevo run", ["it broke", "  fix: stevo run"]),
        ("a.csv", "stevo run", ["it broke", "  where: a.csv", "  fix: stevo run"]),
        ("", "", ["it broke"]),
    ],
)
def test_a_line_for_each_thing_that_is_known(where, fix, lines):
    error = StevoError("it broke", where=where, fix=fix)
    assert str(error).splitlines() == lines
    assert error.render() == str(error)
    assert (error.problem, error.where, error.fix) == ("it broke", where, fix)
