"""Patterns in space over the demo's marts."""

from __future__ import annotations

from stevo_dagster.defs.making import frame


def test_a_demo_of_nine_days_shows_no_hot_spot(demo_settings):
    assert len(frame(demo_settings, "hot_spots")) == 0
