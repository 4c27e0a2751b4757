"""The planted effects and how strong they are: the numbers that reports have to find again.

Belongs here: what is planted, from fixed numbers and from the seed. Does not belong here: planting
it (`schedule.py`, `funnel.py`, `hot_spot.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

from stevo_dagster.sources.simulator.plan import Plan

HOLIDAY_UPLIFT = 1.6
PEAK_UPLIFT = 3.0
LAG_SPREAD_MINUTES = 8.0
MALL_PEAK_HOURS = (17, 18, 19)
HOT_SPOT_HOURS = (18, 19, 20, 21)
HOT_SPOT_SHARE = 0.25  # visits a person and day, before travel is checked
HOT_SPOT_SPREAD_METRES = 450.0


@dataclass(frozen=True)
class Effects:
    """Effects drawn from the seed: hours from a search to its purchase."""

    lag_hours: int


def draw_effects(plan: Plan) -> Effects:
    """The seed's effects; a lag of two to five hours."""
    return Effects(lag_hours=int(plan.random("effects").integers(2, 6)))
