"""Any order of files, chunks and backfills ends in the rows of one full refresh.

Real ingest, real dbt runs and real publication, on a tiny city. dbt's own tests are left out: they
add seconds and no rows. `STEVO_TEST_ORDERS` sets how many histories are tried (2 in `make test`).

dbt takes seconds to import and to parse, and wants a process of its own for each run. So each run
is a fork of one process that has done both (`parsed.py`).
"""

from __future__ import annotations

import multiprocessing
import os
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from stevo_dagster.days import chunks, days_between
from stevo_dagster.ingest import ingest_path
from stevo_dagster.lake import day_of, manifest, partitions, run_staging
from stevo_dagster.settings import Settings, load_settings
from stevo_dagster.sources.simulator import simulate
from stevo_dagster.warehouse import build, graph, plan
from stevo_dagster.warehouse.publish import publish_run
from tests.dbt.parsed import run

pytestmark = pytest.mark.slow

ORDERS = int(os.environ.get("STEVO_TEST_ORDERS", "2"))
FIRST, DAYS = date(2024, 10, 10), 4
FILES = 3
# Which file brought an event, and whether it came late, are facts of the order itself.
TELL_THE_ORDER = {"int_events_clean", "fct_events"}


@dataclass(frozen=True)
class History:
    """What happened to a home: files in this order, and after each the chunks that are built."""

    order: tuple[int, ...]
    backfills: tuple[tuple[tuple[int, int], ...], ...]


CHUNK = st.tuples(st.integers(0, DAYS - 1), st.integers(1, DAYS))
HISTORIES = st.builds(
    History,
    st.permutations(range(FILES)).map(tuple),
    st.tuples(*[st.lists(CHUNK, max_size=1).map(tuple)] * FILES),
)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The events of a city in three files, each with lines of most days; some are in two of them.

    There is no dirt: of two bodies with one id, the one that comes first is kept.
    """
    folder = tmp_path_factory.mktemp("city")
    city = simulate(folder, people=5, days=DAYS, seed=5, dirt=0, start=str(FIRST))
    lines = city.events.read_bytes().splitlines(keepends=True)
    paths = []
    for number in range(FILES):
        path = folder / f"part-{number}.jsonl"
        chosen = [
            line
            for index, line in enumerate(lines)
            if index % FILES == number or index % 7 == number
        ]
        path.write_bytes(b"".join(chosen))
        paths.append(path)
    return paths


@pytest.fixture(scope="module")
def ready() -> Iterator[None]:
    """dbt parsed and imported, and one key for all homes."""
    build.ensure_manifest()
    multiprocessing.get_context("forkserver").set_forkserver_preload(["tests.dbt.parsed"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STEVO_PSEUDONYM_KEY", "a key that all homes share")
        patch.setenv("STEVO_ENV", "ci")
        yield


@pytest.fixture(scope="module")
def refreshed(
    tmp_path_factory: pytest.TempPathFactory, files: list[Path], ready: None
) -> Callable[[tuple[int, ...]], dict[str, str]]:
    """Contents after all files, in an order, and one full refresh; each order is built once."""
    known: dict[tuple[int, ...], dict[str, str]] = {}

    def contents_of(order: tuple[int, ...]) -> dict[str, str]:
        if order not in known:
            home = load_settings(tmp_path_factory.mktemp("full"), {"STEVO_ENV": "ci"})
            known[order] = full_refresh(home, [files[number] for number in order])
        return known[order]

    return contents_of


def full_refresh(settings: Settings, paths: Sequence[Path], threads: int = 2) -> dict[str, str]:
    """Contents after all files and one run over all days."""
    for path in paths:
        ingest_path(settings, path, "events", "city", path.stem)
    last = FIRST + timedelta(days=DAYS - 1)
    make(settings, plan.DAY_MODELS, FIRST, last, threads)
    make(settings, plan.WINDOW_MODELS, FIRST, last, threads)
    return contents(settings)


def contents(settings: Settings) -> dict[str, str]:
    """Content hash of each day of each table that is built by day."""
    found = {}
    for table in (*plan.DAY_MODELS, *plan.WINDOW_MODELS):
        for part in partitions(settings.lake, table):
            described = manifest(settings.lake, table, part)
            assert described is not None
            found[f"{table}/{part}"] = described.content_hash
    return found


def make(
    settings: Settings, models: Sequence[str], first: date, last: date, threads: int = 2
) -> None:
    """Stage days with dbt and publish them."""
    run_id = uuid.uuid4().hex
    target = build.run_target(settings, run_id)
    target.mkdir(parents=True)
    args = build.dbt_args(models, command="run", target=target)
    results = target / "run_results.json"
    reads = graph.read_beside(graph.read_manifest(build.MANIFEST_PATH), models)
    environment = build.dbt_env(settings, run_id, first, last, models, reads)
    with run_staging(settings.lake, run_id):
        context = multiprocessing.get_context("forkserver")
        process = context.Process(target=run, args=(args, environment, results, threads))
        process.start()
        process.join()
        assert process.exitcode == 0
        publish_run(settings, run_id, results, build.MANIFEST_PATH, days_between(first, last))


def live(settings: Settings, files: Sequence[Path], history: History) -> dict[str, str]:
    """Contents of a home after a history, once what is stale is built as `stevo run` does."""
    for number, backfills in zip(history.order, history.backfills, strict=True):
        ingest_path(settings, files[number], "events", "city", files[number].stem)
        there = [day_of(part) for part in partitions(settings.lake, "events")]
        for begin, length in backfills:
            first = max(FIRST + timedelta(days=begin), there[0])
            last = min(first + timedelta(days=length - 1), there[-1])
            make(settings, plan.DAY_MODELS, first, last)
    last = FIRST + timedelta(days=DAYS - 1)
    for models in (plan.DAY_MODELS, plan.WINDOW_MODELS):
        for chunk in chunks(plan.stale_days(settings, FIRST, last, models)):
            make(settings, models, *chunk)
        assert plan.stale_days(settings, FIRST, last, models) == []
    return contents(settings)


@given(history=HISTORIES)
@hypothesis_settings(deadline=None, derandomize=True, max_examples=ORDERS, database=None)
def test_any_history_ends_in_the_rows_of_one_full_refresh(
    tmp_path_factory, files, refreshed, history
):
    home = load_settings(tmp_path_factory.mktemp("lived"), {"STEVO_ENV": "ci"})
    found = live(home, files, history)
    assert found == refreshed(history.order)
    calm = refreshed(tuple(range(FILES)))
    assert found.keys() == calm.keys()
    differing = {name for name, one in found.items() if calm[name] != one}
    assert {name.split("/")[0] for name in differing} <= TELL_THE_ORDER


@pytest.mark.parametrize("threads", [1, 2])
def test_one_full_refresh_gives_the_same_rows_again_with_any_threads(
    tmp_path_factory, files, refreshed, threads
):
    home = load_settings(tmp_path_factory.mktemp(f"threads-{threads}"), {"STEVO_ENV": "ci"})
    assert full_refresh(home, files, threads) == refreshed(tuple(range(FILES)))
