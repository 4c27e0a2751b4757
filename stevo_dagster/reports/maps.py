"""The hexagon map: anonymous H3 cells as GeoJSON on a plain ground, with a scale bar.

Here belong resolution, frame, density classes and the map's chart. Who may be shown is decided in
``people``. There is no street map beneath, because the page must not fetch anything.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import altair as alt
import h3
import numpy as np
import pandas as pd

from stevo_dagster.reports.charts import Chart
from stevo_dagster.reports.people import anonymous_cells

MAX_CELLS = 2500
# hexagons smaller than this share of the map's side are too small to see
LEAST_SHARE = 1 / 75
FINEST, COARSEST = 9, 3
KM_A_DEGREE = 111.195
CLASSES = 6


def map_cells(visits: pd.DataFrame, k: int) -> pd.DataFrame:
    """Anonymous cells at the finest resolution that can still be read.

    Columns: cell, resolution, events, users, density (events a square kilometre).
    """
    for resolution in range(FINEST, COARSEST - 1, -1):
        cells = anonymous_cells(visits, k, resolution)
        if _readable(cells, resolution):
            break
    area = {cell: h3.cell_area(cell, unit="km^2") for cell in cells["cell"]}
    return cells.assign(density=cells["events"] / cells["cell"].map(area).astype(float))


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


def class_labels(breaks: list[float]) -> list[str]:
    """Labels of the classes that ``breaks`` make, least first."""
    text = [f"{value:,.6g}" for value in breaks]
    between = [f"{low}–{high}" for low, high in pairwise(text)]
    return [f"under {text[0]}", *between, f"{text[-1]} and more"]


def hexagon_map(cells: pd.DataFrame) -> Chart:
    """Choropleth of ``map_cells`` in classes of density; coarser cells lie beneath finer ones."""
    shown = in_frame(cells).sort_values(["resolution", "cell"])
    breaks = density_breaks(cells["density"])
    labels = class_labels(breaks)
    classes = np.searchsorted(breaks, shown["density"].to_numpy(), side="right")
    features = [
        _feature(row, labels[int(number)])
        for row, number in zip(shown.to_dict("records"), classes, strict=True)
    ]
    hexagons = (
        alt.Chart(alt.Data(values=features))
        .mark_geoshape(style="ground")
        .encode(
            color=alt.Color(
                "properties.class:O",
                title="Events a km²",
                scale=alt.Scale(domain=_spread(labels)),
                legend=alt.Legend(
                    orient="top", columns=3, symbolType="square", values=labels, titleOrient="top"
                ),
            ),
            tooltip=[
                alt.Tooltip("properties.events:Q", title="events", format=","),
                alt.Tooltip("properties.users:Q", title="people", format=","),
                alt.Tooltip("properties.density:Q", title="events a km²", format=",.3~g"),
                alt.Tooltip("properties.cell:N", title="H3 cell"),
            ],
        )
    )
    line, label = _scale_bar(frame_of(cells))
    bar = alt.Chart(alt.Data(values=[line])).mark_geoshape(style="interval", filled=False)
    text = (
        alt.Chart(alt.Data(values=[label]))
        .mark_text(style="soft-label", dy=12, align="center")
        .encode(longitude="longitude:Q", latitude="latitude:Q", text="text:N")
    )
    return (
        alt.layer(hexagons, bar, text)
        .project(type="mercator")
        .properties(width="container", height=560)
    )


def _spread(labels: list[str]) -> list[str]:
    """Labels padded to the six colours of the ramp, so that few classes still use both ends."""
    padding = [f" {number}" for number in range(CLASSES - len(labels))]
    return [*labels[:-1], *padding, labels[-1]]


def _feature(row: Mapping[Any, Any], label: str) -> dict[str, Any]:
    """One cell as GeoJSON; the ring runs clockwise, as d3-geo wants it."""
    ring = [[round(lon, 5), round(lat, 5)] for lat, lon in h3.cell_to_boundary(row["cell"])]
    ring = [*ring, ring[0]][::-1]
    return {
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "properties": {
            "cell": row["cell"],
            "events": int(row["events"]),
            "users": int(row["users"]),
            "density": float(f"{row['density']:.4g}"),
            "class": label,
        },
    }


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
