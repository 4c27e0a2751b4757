"""The home resource: settings are read when a run starts, not when definitions load."""

from __future__ import annotations

import pytest

from stevo_dagster.defs.resources import HomeResource
from stevo_dagster.errors import StevoError


def test_settings_are_those_of_its_home_whatever_the_environment_names(tmp_path, monkeypatch):
    monkeypatch.setenv("STEVO_HOME", str(tmp_path / "other"))
    assert HomeResource(path=str(tmp_path / "mine")).settings().home == tmp_path / "mine"


def test_a_changed_environment_is_seen_by_the_next_run(tmp_path, monkeypatch):
    home = HomeResource(path=str(tmp_path))
    monkeypatch.setenv("STEVO_KEEP_RELEASES", "3")
    assert home.settings().keep_releases == 3
    monkeypatch.setenv("STEVO_ENV", "production")
    with pytest.raises(StevoError, match="unknown environment 'production'"):
        home.settings()
