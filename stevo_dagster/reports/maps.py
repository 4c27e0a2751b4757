"""The maps: H3 cells as GeoJSON on a plain ground, with a scale bar.

Here belong resolution, frame, density classes and the charts of the map's layers. Who may be shown
is decided in ``activity``. There is no street map beneath: the page must not fetch anything.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import altair as alt
import h3
import numpy as np
import pandas as pd

from stevo_dagster.reports.charts import Chart, records, tip
from stevo_dagster.reports.language import Say

MAX_CELLS = 2500
# hexagons smaller than this share of the map's side are too small to see
LEAST_SHARE = 1 / 75
FINEST, COARSEST = 9, 3
KM_A_DEGREE = 111.195
CLASSES = 6
MAP_HEIGHT = 560
EVERY = "all"
PERIOD, KIND = "period", "kind"
# Ways of a period beyond these would hide each other.
MAX_WAYS = 200


def map_cells(groups: pd.DataFrame) -> pd.DataFrame:
    """Cells by period at the finest resolution that can still be read.

    Takes ``activity_cells``, whose groups do not overlap, so that sums of them give nobody away.
    Columns: period (ISO day, or ``all``), cell, resolution, events, users (at least so many),
    density (events a square kilometre and week).
    """
    cells = groups
    for resolution in range(FINEST, COARSEST - 1, -1):
        cells = _summed(groups, resolution)
        if _readable(cells[cells["period"] == EVERY], resolution):
            break
    area = {cell: h3.cell_area(cell, unit="km^2") for cell in cells["cell"].unique()}
    weeks = cells["days"] / 7
    return cells.assign(density=cells["events"] / cells["cell"].map(area).astype(float) / weeks)


def _summed(groups: pd.DataFrame, resolution: int) -> pd.DataFrame:
    """Events by period and cell no finer than ``resolution``, and over all periods."""
    coarse = {
        cell: h3.cell_to_parent(cell, resolution) if h3.get_resolution(cell) > resolution else cell
        for cell in groups["cell"].unique()
    }
    frame = groups.assign(
        cell=groups["cell"].map(coarse).astype(str),
        resolution=groups["resolution"].clip(upper=resolution),
        period=groups["first_day"].dt.strftime("%Y-%m-%d"),
    )
    total = int(frame.drop_duplicates("period")["days"].sum())
    both = pd.concat([frame, frame.assign(period=EVERY, days=total)], ignore_index=True)
    summed = both.groupby(["period", "days", "cell", "resolution"], as_index=False)
    return summed.agg(events=("events", "sum"), users=("users", "max"))


def _readable(cells: pd.DataFrame, resolution: int) -> bool:
    """Few enough cells, and each big enough within the frame."""
    if len(cells) > MAX_CELLS:
        return False
    if not len(cells):
        return True
    west, south, east, north = frame_of(cells)
    side = max((north - south), (east - west) * math.cos(math.radians((north + south) / 2)))
    hexagon = 2 * h3.average_hexagon_edge_length(resolution, unit="km") / KM_A_DEGREE
    return hexagon >= side * LEAST_SHARE


def frame_of(cells: pd.DataFrame) -> tuple[float, float, float, float]:
    """West, south, east, north of the map: 98% of the events, and a margin."""
    points = np.array([h3.cell_to_latlng(cell) for cell in cells["cell"]])
    weight = cells["events"].to_numpy(dtype=float)
    south, north = _weighted_quantiles(points[:, 0], weight)
    west, east = _weighted_quantiles(points[:, 1], weight)
    margin = 0.02
    high, wide = max(north - south, 0.005) * margin, max(east - west, 0.005) * margin
    return west - wide, south - high, east + wide, north + high


def _weighted_quantiles(values: np.ndarray, weight: np.ndarray) -> tuple[float, float]:
    """The values between which the middle 98% of the weight lies."""
    order = np.argsort(values, kind="stable")
    share = np.cumsum(weight[order]) / weight.sum()
    low, high = np.searchsorted(share, [0.01, 0.99])
    return float(values[order][low]), float(values[order][min(high, len(values) - 1)])


def in_frame(cells: pd.DataFrame) -> pd.DataFrame:
    """The cells whose centre lies in the frame."""
    west, south, east, north = frame_of(cells)
    points = np.array([h3.cell_to_latlng(cell) for cell in cells["cell"]])
    inside = (points[:, 0] >= south) & (points[:, 0] <= north)
    inside &= (points[:, 1] >= west) & (points[:, 1] <= east)
    return cells[inside]


def density_breaks(density: pd.Series) -> list[float]:
    """Up to five rounded bounds (1, 2 or 5 times a power of ten) near the sextiles."""
    quantiles = np.quantile(density, np.arange(1, CLASSES) / CLASSES)
    return sorted({_rounded(float(value)) for value in quantiles})


def _rounded(value: float) -> float:
    """The nearest of 1, 2, 5 times a power of ten, on the logarithmic scale."""
    power = 10.0 ** math.floor(math.log10(value))
    steps = [factor * power for factor in (1, 2, 5, 10)]
    return float(f"{min(steps, key=lambda step: abs(math.log(step / value))):.6g}")


def class_labels(breaks: list[float], say: Say) -> list[str]:
    """Labels of the classes that ``breaks`` make, least first."""
    text = [f"{value:,.6g}" for value in breaks]
    between = [f"{low}–{high}" for low, high in pairwise(text)]
    under, over = say("under {n}", n=text[0]), say("{n} and more", n=text[-1])
    return [under, *between, over]


def density_map(cells: pd.DataFrame, say: Say) -> Chart:
    """Choropleth of ``map_cells`` in classes of density; the parameter ``period`` chooses.

    Coarser cells lie beneath finer ones.
    """
    whole = cells[cells["period"] == EVERY]
    near = in_frame(whole)
    shown = cells[cells["cell"].isin(near["cell"])].sort_values(["resolution", "cell", "period"])
    breaks = density_breaks(cells["density"])
    labels = class_labels(breaks, say)
    number = np.searchsorted(breaks, shown["density"].to_numpy(), side="right")
    rows = shown.assign(
        **{"class": [labels[int(one)] for one in number]},
        density=[float(f"{value:.4g}") for value in shown["density"]],
    )
    hexagons = _placed(rows, near["cell"], f"datum.period == {PERIOD}", PERIOD, EVERY).encode(
        color=alt.Color(
            "class:O",
            title=say("Events a km² and week"),
            scale=alt.Scale(domain=_spread(labels)),
            legend=_squares(values=labels),
        ),
        tooltip=[
            tip("events:Q", say("events"), ","),
            tip("density:Q", say("events a km² and week"), ",.3~g"),
            tip("cell:N", say("H3 cell")),
        ],
    )
    return _on_ground([hexagons.mark_geoshape(style="ground")], near)


def class_map(spots: pd.DataFrame, kind: str, say: Say) -> Chart:
    """Hot and cold spots by class; the parameter ``kind`` chooses the event type.

    ``spots``: cell, event_type, class (in words), events, trend, q, supported.  A supported change
    has an outline.
    """
    near = in_frame(spots.groupby("cell", as_index=False).agg(events=("events", "sum")))
    shown = spots[spots["cell"].isin(near["cell"])]
    chosen = f"datum.event_type == {KIND}"
    tooltip = [
        tip("class:N", say("class")), tip("events:Q", say("events"), ","),
        tip("trend:Q", say("Kendall's tau"), "+.2f"), tip("q:Q", "q", ".2g"),
        tip("cell:N", say("H3 cell")),
    ]  # fmt: skip
    base = _placed(shown, near["cell"], chosen, KIND, kind)
    hexagons = base.mark_geoshape(style="ground").encode(
        color=alt.Color("class:N", title=None, legend=_squares()), tooltip=tooltip, href="row:N"
    )
    outlined = _placed(shown[shown["supported"]], near["cell"], chosen).mark_geoshape(
        style="mark-outline"
    )
    return _on_ground([hexagons, outlined], near)


def strongest_ways(edges: pd.DataFrame) -> pd.DataFrame:
    """The strongest edges of ``flows`` by week and over all (period, cell, to_cell, moves, users).

    ``users`` are at least so many: people of several weeks can't be added.
    """
    frame = edges.assign(period=edges["week"].dt.strftime("%Y-%m-%d"))
    both = pd.concat([frame, frame.assign(period=EVERY)], ignore_index=True)
    summed = both.groupby(["period", "cell", "to_cell"], as_index=False).agg(
        moves=("moves", "sum"), users=("n_people", "max")
    )
    ordered = summed.sort_values(["moves", "cell", "to_cell"], ascending=[False, True, True])
    return ordered.groupby("period", as_index=False).head(MAX_WAYS).reset_index(drop=True)


def flow_map(ways: pd.DataFrame, say: Say) -> Chart:
    """Lines between cells, as wide as there are moves; the parameter ``period`` chooses."""
    ends = [ways["cell"], ways["to_cell"]]
    counted = pd.concat([pd.DataFrame({"cell": end, "events": ways["moves"]}) for end in ends])
    near = in_frame(counted.groupby("cell", as_index=False).agg(events=("events", "sum")))
    shown = ways[ways["cell"].isin(near["cell"]) & ways["to_cell"].isin(near["cell"])]
    places = {cell: h3.cell_to_latlng(cell) for cell in near["cell"]}
    points = {
        f"{name}{end}": [round(places[cell][axis], 5) for cell in shown[column]]
        for end, column in (("", "cell"), ("2", "to_cell"))
        for axis, name in enumerate(("latitude", "longitude"))
    }
    lines = (
        alt.Chart(records(shown.assign(**points)))
        .add_params(alt.param(name=PERIOD, value=EVERY))
        .transform_filter(f"datum.period == {PERIOD}")
        .mark_rule(style="flow")
        .encode(
            latitude="latitude:Q", longitude="longitude:Q",
            latitude2="latitude2:Q", longitude2="longitude2:Q",
            strokeWidth=alt.StrokeWidth(
                "moves:Q", title=say("Moves"), scale=alt.Scale(range=[0.5, 8]),
                legend=alt.Legend(orient="top", titleOrient="left", tickCount=3),
            ),
            tooltip=[
                tip("cell:N", say("From cell")), tip("to_cell:N", say("To cell")),
                tip("moves:Q", say("moves"), ","),
            ],
        )
    )  # fmt: skip
    return _on_ground([lines], near)


def _placed(
    rows: pd.DataFrame, cells: pd.Series, chosen: str, parameter: str = "", first: str = ""
) -> alt.Chart:
    """Rows with the outlines of their cells, those that ``chosen`` says."""
    outlines = alt.LookupData(alt.Data(values=_outlines(cells)), "id", ["type", "geometry"])
    chart = alt.Chart(records(rows)).transform_filter(chosen)
    if parameter:
        chart = chart.add_params(alt.param(name=parameter, value=first))
    return chart.transform_lookup("cell", from_=outlines)


def _on_ground(layers: list[alt.Chart], near: pd.DataFrame) -> Chart:
    """Layers over the outline of all cells, which holds the frame still, with a scale bar."""
    ground = alt.Chart(alt.Data(values=_outlines(near["cell"]))).mark_geoshape(style="sketch")
    line, label = _scale_bar(frame_of(near))
    bar = alt.Chart(alt.Data(values=[line])).mark_geoshape(style="interval", filled=False)
    text = (
        alt.Chart(alt.Data(values=[label]))
        .mark_text(style="soft-label", dy=12, align="center")
        .encode(longitude="longitude:Q", latitude="latitude:Q", text="text:N")
    )
    return (
        alt.layer(ground, *layers, bar, text)
        .project(type="mercator")
        .properties(width="container", height=MAP_HEIGHT)
    )


def _squares(**changes: Any) -> alt.Legend:
    """A legend of squares above the map."""
    return alt.Legend(orient="top", columns=3, symbolType="square", titleOrient="top", **changes)


def _spread(labels: list[str]) -> list[str]:
    """Labels padded to the six colours of the ramp, so that few classes still use both ends."""
    padding = [f" {number}" for number in range(CLASSES - len(labels))]
    return [*labels[:-1], *padding, labels[-1]]


def _outlines(cells: pd.Series) -> list[dict[str, Any]]:
    """The cells as GeoJSON by id; rings run clockwise, as d3-geo wants them."""
    return [
        {
            "id": cell,
            "type": "Feature",
            "geometry": {"type": "Polygon", "coordinates": [_ring(str(cell))]},
        }
        for cell in sorted(cells.unique())
    ]


def _ring(cell: str) -> list[list[float]]:
    """The closed ring of a cell, longitude first."""
    ring = [[round(lon, 5), round(lat, 5)] for lat, lon in h3.cell_to_boundary(cell)]
    return [*ring, ring[0]][::-1]


def _scale_bar(frame: tuple[float, float, float, float]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A line of a round number of kilometres at the lower left, and its label."""
    west, south, east, north = frame
    km_a_degree = KM_A_DEGREE * math.cos(math.radians((south + north) / 2))
    length = _rounded(max((east - west) * km_a_degree / 5, 0.05))
    end = west + length / km_a_degree
    at = south - (north - south) * 0.03
    line = {
        "type": "Feature",
        "properties": {},
        "geometry": {"type": "LineString", "coordinates": [[west, at], [end, at]]},
    }
    text = f"{length:g} km" if length >= 1 else f"{length * 1000:g} m"
    return line, {"longitude": (west + end) / 2, "latitude": at, "text": text}
