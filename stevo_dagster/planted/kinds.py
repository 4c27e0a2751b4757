"""Of each kind of planted truth: do the findings state it, supported at q < 0.05?

Belongs here: what counts as found, one function a kind. Does not belong here: the truth (the
simulator's `truth.json`) or the findings' statistics.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import h3
import pandas as pd

from models_ml.patterns.agreement import agreement, planted_cells
from models_ml.patterns.spatial.flows import usual_communities
from stevo_dagster.planted.findings import SUPPORTED, Findings
from stevo_dagster.reports.correlations import leads
from stevo_dagster.sources.simulator.geography import CITIES

Truth = Mapping[str, Any]

DAY, WEEK = 24, 168
# hours and degrees by which an answer may be off
HOURS_OFF, DEGREES_OFF = 1, 20.0
# a weekday that is planted nearly as busy as the busiest may be named in its place
NEARLY = 0.9
# of the adjusted Rand index, which is 0 by chance and 1 where all agree
LEAST_AGREEMENT = 0.5
# cells of resolution 8 that touch a district's centre
RINGS = 1


def daily_cycle(found: Findings, truth: Truth) -> bool:
    """A cycle of a day in every type that has one, and sessions peak within an hour of theirs."""
    planted = truth["effects"]["daily_cycle"]
    peaks = _peaks(found.seasonality, DAY)
    types = [f"event_type:{name}" for name in planted["event_types"]]
    near = _hours_near(planted["peak_local_hours"])
    return set(types) <= set(peaks) and peaks["event_type:search"] in near


def weekly_cycle(found: Findings, truth: Truth) -> bool:
    """A cycle of a week in every type that has one, busiest when planted so."""
    planted = truth["effects"]["weekly_cycle"]
    factor = planted["factor_monday_first"]
    busy = {day + 1 for day, one in enumerate(factor) if one >= NEARLY * max(factor)}
    peaks = _peaks(found.seasonality, WEEK)
    return all(peaks.get(f"event_type:{name}") in busy for name in planted["event_types"])


def holiday_peak(found: Findings, truth: Truth) -> bool:
    """More on holidays in every type that is planted so."""
    planted = truth["effects"]["holidays"]
    claims = found.changes[
        (found.changes["kind"] == "holiday")
        & (found.changes["q_value"] < SUPPORTED)
        & (found.changes["effect"] > 0)
    ]
    return {f"event_type:{name}" for name in planted["event_types"]} <= set(claims["subject"])


def mall_hours(found: Findings, truth: Truth) -> bool:
    """The malls' busiest hour is one of those planted."""
    planted = truth["effects"]["mall_footfall"]
    peaks = _peaks(found.seasonality, DAY)
    return peaks.get(f"category:{planted['category']}") in planted["peak_local_hours"]


def hot_spot_class(found: Findings, truth: Truth) -> bool:
    """The place it left and the place it reached each have one of their planted classes."""
    planted = truth["effects"]["hot_spot"]
    city = CITIES[truth["parameters"]["city"]]
    place = {one.name: one for one in city.districts}
    claims = found.hot_spots[
        (found.hot_spots["event_type"] == planted["event_type"])
        & (found.hot_spots["q_value"] < SUPPORTED)
    ]

    def stated(end: Mapping[str, Any]) -> bool:
        district = place[end["district"]]
        classes = {f"{name}_hot" for name in end["classes"]}
        here = claims["cell"].map(
            lambda cell: _is_near(cell, district.latitude, district.longitude)
        )
        return bool(set(claims.loc[here.astype(bool), "class"]) & classes)

    return stated(planted["class_at_start"]) and stated(planted["class_at_end"])


def hot_spot_direction(found: Findings, truth: Truth) -> bool:
    """The drift goes the planted way."""
    if found.drift is None:
        return False
    bearing = truth["effects"]["hot_spot"]["bearing_degrees"]
    off = (found.drift.bearing - bearing + 180) % 360 - 180
    return bool(abs(off) <= DEGREES_OFF)


def search_to_purchase(found: Findings, truth: Truth) -> bool:
    """Purchases follow searches by the planted hours, an hour more or less."""
    lag = truth["effects"]["search_to_purchase"]["lag_hours"]
    claims = leads(found.correlations)
    pair = claims[
        (claims["subject_a"] == "event_type:search")
        & (claims["subject_b"] == "event_type:purchase")
    ]
    return bool(len(pair)) and abs(int(pair["lag_hours"].iloc[0]) - lag) <= HOURS_OFF


def communities(found: Findings, truth: Truth) -> bool:
    """The network's communities of cells are those of the people whose places lie in them."""
    nodes = found.flows[found.flows["kind"] == "node"]
    if not len(nodes):
        return False
    column = f"h3_r{int(nodes['resolution'].iloc[0])}"
    cells = dict(zip(found.places["item_id"], found.places[column], strict=True))
    anchors = {
        name: [item for role in kind["anchors"].values() for item in role["items"]]
        for name, kind in truth["kinds"].items()
    }
    agreed = agreement(usual_communities(found.flows), planted_cells(anchors, cells))
    return agreed.p_value < SUPPORTED and agreed.rand >= LEAST_AGREEMENT


KINDS: Mapping[str, Callable[[Findings, Truth], bool]] = {
    "daily cycle": daily_cycle,
    "weekly cycle": weekly_cycle,
    "holiday peak": holiday_peak,
    "mall footfall hours": mall_hours,
    "hot spot: class": hot_spot_class,
    "hot spot: direction": hot_spot_direction,
    "search to purchase": search_to_purchase,
    "communities": communities,
}


def _peaks(seasonality: pd.DataFrame, hours: int) -> dict[str, int]:
    """Subject to busiest step of its supported cycle."""
    claims = seasonality[
        (seasonality["period_hours"] == hours) & (seasonality["q_value"] < SUPPORTED)
    ]
    return {
        str(name): int(peak) for name, peak in zip(claims["subject"], claims["peak"], strict=True)
    }


def _hours_near(hours: list[int]) -> set[int]:
    """The hours and those beside them on the clock."""
    return {(hour + off) % DAY for hour in hours for off in range(-HOURS_OFF, HOURS_OFF + 1)}


def _is_near(cell: str, latitude: float, longitude: float) -> bool:
    """Whether a cell is that of a point or beside it, at the cell's own resolution."""
    centre = h3.latlng_to_cell(latitude, longitude, h3.get_resolution(cell))
    return cell in h3.grid_disk(centre, RINGS)
