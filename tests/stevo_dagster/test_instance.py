"""A home made ready for Dagster: every folder, quiet settings, and nothing of the user's lost."""

from __future__ import annotations

import os
from pathlib import Path

import dagster as dg
import pytest
import yaml
from dagster._core.instance.config import PoolGranularity

from stevo_dagster.errors import StevoError
from stevo_dagster.home import read_home, update_home
from stevo_dagster.instance import (
    COMMAND_TAG,
    WAREHOUSE_POOL,
    WAREHOUSE_RUNS,
    bootstrap,
    close_dead_runs,
    open_instance,
    write_whole,
)
from stevo_dagster.settings import Settings


def test_a_new_home_has_every_folder_and_says_its_format(settings: Settings):
    bootstrap(settings)
    for folder in (settings.lake.root, settings.inbox, settings.releases, settings.models):
        assert folder.is_dir()
    home = read_home(settings)
    assert home is not None and home.environment == "ci"


def test_dagster_reports_to_nobody_and_limits_what_runs_at_once(settings: Settings):
    bootstrap(settings)
    config = yaml.safe_load((settings.dagster_home / "dagster.yaml").read_text())
    assert config["telemetry"] == {"enabled": False}
    assert config["concurrency"]["runs"]["max_concurrent_runs"] == 2
    with open_instance(settings) as instance:
        assert not instance.telemetry_enabled
        assert instance.run_retries_enabled and instance.run_retries_max_retries == 0


def test_the_pool_of_the_warehouse_is_there_before_the_first_run_and_counts_runs(
    settings: Settings,
):
    with open_instance(settings) as instance:
        limits = {one.name: one.limit for one in instance.event_log_storage.get_pool_limits()}
        assert limits == {WAREHOUSE_POOL: WAREHOUSE_RUNS}
        config = instance.get_concurrency_config()
        assert config.pool_config.pool_granularity == PoolGranularity.RUN


def test_what_the_user_wrote_stays(settings: Settings):
    update_home(settings, simulated=True)
    settings.dagster_home.mkdir()
    config = settings.dagster_home / "dagster.yaml"
    config.write_text("telemetry:\n  enabled: false\n# mine\n")
    bootstrap(settings)
    bootstrap(settings)
    assert config.read_text().endswith("# mine\n")
    home = read_home(settings)
    assert home is not None and home.simulated


def test_a_home_of_a_newer_stevo_is_left_alone(settings: Settings):
    update_home(settings, format=99)
    with pytest.raises(StevoError, match="newer stevo"):
        bootstrap(settings)
    assert [path.name for path in settings.home.iterdir()] == ["home.json"]


def test_runs_are_kept_in_the_home_and_seen_by_the_next_process(settings: Settings):
    with open_instance(settings) as instance:
        assert os.environ["DAGSTER_HOME"] == str(settings.dagster_home)
        instance.report_runless_asset_event(dg.AssetMaterialization("champion"))
    with open_instance(settings) as instance:
        assert instance.get_latest_materialization_event(dg.AssetKey("champion")) is not None


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "deep" / "file.txt"
    write_whole(path, "old")
    monkeypatch.setattr(Path, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        write_whole(path, "new")
    assert path.read_text() == "old"


def killed(self: Path, target: Path) -> None:
    raise KeyboardInterrupt


@dg.op
def nothing():
    pass


@dg.job
def small():
    nothing()


def test_only_unfinished_runs_of_the_command_are_closed(settings: Settings):
    status = dg.DagsterRunStatus
    with open_instance(settings) as instance:
        made = {
            (tag, state): instance.create_run_for_job(
                small, tags={COMMAND_TAG: "run"} if tag else {}, status=state
            ).run_id
            for tag in (True, False)
            for state in (status.STARTING, status.STARTED, status.SUCCESS)
        }
        closed = close_dead_runs(instance)
        assert set(closed) == {made[True, status.STARTING], made[True, status.STARTED]}
        for (tag, state), run_id in made.items():
            run = instance.get_run_by_id(run_id)
            assert run is not None
            assert run.status == (status.FAILURE if run_id in closed else state), (tag, state)
        assert close_dead_runs(instance) == []
