"""What the demo prints of its home, read back from what was published."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pandas as pd

from stevo_dagster.defs.making import frame, one_row
from stevo_dagster.ingest.ledger import FATES
from stevo_dagster.lake import releases, run_staging, write_table
from stevo_dagster.summary import (
    check_lines,
    cleaning_lines,
    ledger_lines,
    model_lines,
    summary,
)


def ledger(settings, *rows: dict[str, int]) -> None:
    with run_staging(settings.lake, "r"):
        data = pd.DataFrame(
            [
                {"source": "shop", "received_at": datetime(2024, 3, 1, tzinfo=UTC), **row}
                for row in rows
            ]
        )
        write_table(settings.lake, "r", "ingest_ledger", "ingest", data, code_hash="x")


def counts(lines: int, **fates: int) -> dict[str, int]:
    return {"lines": lines, **dict.fromkeys(FATES, 0), **fates}


def test_lines_of_a_source_are_added_up_over_its_files(settings):
    ledger(settings, counts(1200, accepted=1100, duplicate=100), counts(5, quarantined=5))
    assert list(ledger_lines(settings)) == [
        "Rows in      shop: 1,205 lines = 1,100 accepted, 100 duplicate, 5 quarantined"
        " (sums exactly)"
    ]


def test_a_ledger_that_does_not_sum_is_shouted(settings):
    ledger(settings, counts(10, accepted=9))
    (line,) = ledger_lines(settings)
    assert line.endswith("(sums NOT)")


def test_nothing_removed_is_said_and_no_table_says_nothing(settings):
    assert list(cleaning_lines(settings)) == []
    with run_staging(settings.lake, "r"):
        data = pd.DataFrame({"reason": ["bot"], "removed": [0]})
        write_table(settings.lake, "r", "fct_cleaning_ledger", "all", data, code_hash="x")
    assert list(cleaning_lines(settings)) == ["Cleaning     removed nothing"]


def test_the_model_stands_among_the_baselines_best_first(demo_settings):
    *models, published = model_lines(demo_settings)
    values = [float(re.search(r"Acc@1 ([\d.]+)", line).group(1)) for line in models]
    assert values == sorted(values, reverse=True)
    assert [line.startswith("Next place") for line in models] == [True] + [False] * (
        len(models) - 1
    )
    champion = one_row(demo_settings, "champion")
    assert published == f"Published    {champion['model_source']}: {champion['reason']}"
    evaluation = frame(demo_settings, "evaluation")
    places = evaluation[evaluation["task"] == "next_place"]
    assert {line.split()[-1] for line in models} == set(places["model"])


def test_checks_are_counted_from_the_instance(demo_copy):
    first, *wrong = check_lines(demo_copy)
    passed, failed = map(int, re.findall(r"\d+", first))
    assert passed > 100 and failed == len(wrong) <= 10
    assert all(line.endswith("(WARN)") for line in wrong)


def test_the_summary_has_every_part_in_order(demo_copy):
    lines = list(summary(demo_copy))
    parts = ["Rows in", "Cleaning", "Tests", "Next place", "Published", "Release"]
    found = [part for line in lines for part in parts if line.startswith(part)]
    assert found == parts
    now = releases.current(demo_copy.releases)
    assert lines[-2] == f"Release      {now.id}, as of {now.info['as_of']}"
