"""What came of a run, in a few lines: rows and where each went, tests, model, release.

Belongs here: reading published tables and the instance's checks into lines. Does not belong here:
printing.
"""

from __future__ import annotations

from collections.abc import Iterator

from stevo_dagster.ingest.ledger import FATES
from stevo_dagster.lake import connect, partitions, releases
from stevo_dagster.settings import Settings


def summary(settings: Settings) -> Iterator[str]:
    """The lines the demo prints."""
    yield from ledger_lines(settings)
    yield from cleaning_lines(settings)
    yield from check_lines(settings)
    yield from model_lines(settings)
    now = releases.current(settings.releases)
    if now is not None:
        rows = ", ".join(f"{name} {count:,}" for name, count in sorted(now.info["rows"].items()))
        yield f"Release      {now.id}, as of {now.info['as_of']}"
        yield f"             {rows}"


def ledger_lines(settings: Settings) -> Iterator[str]:
    """Where each line of input went, a source a line."""
    sums = ", ".join(f"sum({name})::bigint" for name in FATES)
    with connect(settings.lake, ["ingest_ledger"]) as con:
        rows = con.execute(
            f"select source, sum(lines)::bigint, {sums} from ingest_ledger group by source"
            " order by source"
        ).fetchall()
    for source, lines, *fates in rows:
        told = ", ".join(
            f"{count:,} {name}" for name, count in zip(FATES, fates, strict=True) if count
        )
        exact = "exactly" if lines == sum(fates) else "NOT"
        yield f"Rows in      {source}: {lines:,} lines = {told} (sums {exact})"


def cleaning_lines(settings: Settings) -> Iterator[str]:
    """What cleaning removed, by reason."""
    if not partitions(settings.lake, "fct_cleaning_ledger"):
        return
    with connect(settings.lake, ["fct_cleaning_ledger"]) as con:
        rows = con.execute(
            "select reason, sum(removed)::bigint from fct_cleaning_ledger group by reason"
            " having sum(removed) > 0 order by 2 desc"
        ).fetchall()
    told = ", ".join(f"{count:,} {reason}" for reason, count in rows) or "nothing"
    yield f"Cleaning     removed {told}"


def check_lines(settings: Settings) -> Iterator[str]:
    """How many checks there are, and which of them did not pass when they ran last."""
    from stevo_dagster.definitions import build_defs
    from stevo_dagster.instance import open_instance

    keys = build_defs({"settings": settings}).resolve_asset_graph().asset_check_keys
    with open_instance(settings) as instance:
        found = instance.event_log_storage.get_latest_asset_check_execution_by_key(list(keys))
    passed, wrong = 0, []
    for key, record in sorted(found.items(), key=lambda pair: str(pair[0])):
        event = record.event.dagster_event if record.event else None
        if event is None or event.event_type_value != "ASSET_CHECK_EVALUATION":
            continue
        evaluation = event.asset_check_evaluation_data
        if evaluation.passed:
            passed += 1
        else:
            wrong.append(f"{key.asset_key.path[-1]}.{key.name} ({evaluation.severity.value})")
    yield f"Tests        {passed} passed, {len(wrong)} did not"
    for name in wrong[:10]:
        yield f"             {name}"


def model_lines(settings: Settings) -> Iterator[str]:
    """Acc@1 of every model on the test split, and which one is published and why."""
    with connect(settings.lake, ["evaluation", "champion"]) as con:
        rows = con.execute(
            "select model, value, ci_low, ci_high, n from evaluation where metric = 'acc@1'"
            " and segment = 'all' and starts_with(task, 'next_place') order by value desc, model"
        ).fetchall()
        source, reason = con.execute("select model_source, reason from champion").fetchall()[0]
    label = "Next place"
    for model, value, low, high, n in rows:
        yield f"{label:<12} Acc@1 {value:.4f} ({low:.4f} to {high:.4f}, n={n:,})  {model}"
        label = ""
    yield f"Published    {source}: {reason}"
