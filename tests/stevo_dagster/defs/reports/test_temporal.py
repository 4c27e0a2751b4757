"""Patterns in time over the demo's marts."""

from __future__ import annotations

from stevo_dagster.defs.making import frame


def test_the_small_demo_is_too_short_to_be_forecast(demo_settings):
    # nine days: no origin has four weeks before it
    assert not len(frame(demo_settings, "forecasts"))
