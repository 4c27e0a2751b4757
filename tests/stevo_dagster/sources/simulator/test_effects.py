"""Effects drawn from the seed."""

from __future__ import annotations

from stevo_dagster.sources.simulator.effects import draw_effects
from stevo_dagster.sources.simulator.plan import make_plan


def test_the_lag_depends_on_the_seed_and_stays_in_its_range() -> None:
    lags = {
        draw_effects(make_plan(1, 1, seed, "2024-10-10", False, "new_york")).lag_hours
        for seed in range(40)
    }
    assert lags == {2, 3, 4, 5}
