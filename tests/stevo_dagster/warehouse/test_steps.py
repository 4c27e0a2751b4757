"""Shares of a dbt run: its results are counted, and only a follower hears of them."""

from __future__ import annotations

from stevo_dagster.warehouse.steps import TOTALS, Steps, followed


def result(name: str, index: int, total: int) -> dict:
    return {"info": {"name": name, "msg": ""}, "data": {"index": index, TOTALS[name]: total}}


def test_ends_are_counted_in_whichever_order_steps_began():
    heard: list[float] = []
    with followed(heard.append):
        steps = Steps()
        for event in (
            {"info": {"name": "LogStartLine"}, "data": {"index": 1, "total": 4}},
            result("LogModelResult", 2, 4),
            result("LogTestResult", 1, 4),
            result("LogTestResult", 4, 4),
            result("LogModelResult", 3, 4),
        ):
            steps.take(event)
    assert heard == [0.25, 0.5, 0.75, 1.0]


def test_without_a_follower_nothing_is_told_and_the_former_one_comes_back():
    outer: list[float] = []
    Steps().take(result("LogModelResult", 1, 2))
    with followed(outer.append):
        with followed(lambda share: None):
            Steps().take(result("LogModelResult", 1, 2))
        Steps().take(result("LogModelResult", 1, 2))
    assert outer == [0.5]
