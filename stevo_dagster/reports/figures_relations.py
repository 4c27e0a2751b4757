"""Figures of correlations: pairs in the same hour, pairs at a lag, distance by hour.

Here belong the rows behind these charts and their words; the numbers come from ``correlations``.
"""

from __future__ import annotations

import pandas as pd

from stevo_dagster.reports import charts, wording
from stevo_dagster.reports.correlations import leads, strongest
from stevo_dagster.reports.figure import RELATIONS, Figure
from stevo_dagster.reports.inputs import ReportInputs

MAX_LAG_PAIRS = 3


def _names(frame: pd.DataFrame) -> pd.DataFrame:
    """Subjects a and b in words."""
    return frame.assign(
        a=frame["subject_a"].map(wording.subject), b=frame["subject_b"].map(wording.subject)
    )


def _of_types(table: pd.DataFrame) -> pd.DataFrame:
    """Rows whose two subjects are event types."""
    prefix = "event_type:"
    return table[
        table["subject_a"].str.startswith(prefix) & table["subject_b"].str.startswith(prefix)
    ]


def matrix_figures(inputs: ReportInputs) -> list[Figure]:
    """Pairs of event types in the same hour."""
    rows = _of_types(inputs.correlations)
    rows = _names(rows[rows["kind"] == "pearson"])
    if not len(rows):
        return []
    pairs = pd.DataFrame(
        {
            "a": rows["a"],
            "b": rows["b"],
            "r": rows["statistic"],
            "q": rows["q_value"],
            "supported": rows["q_value"] < 0.05,
        }
    )
    supported = int(pairs["supported"].sum())
    table = pd.DataFrame(
        {
            "First": pairs["a"],
            "Second": pairs["b"],
            "Pearson's r": pairs["r"].map(wording.decimals),
            "q": pairs["q"].map(wording.p_text),
        }
    )
    return [
        Figure(
            "type-correlations",
            RELATIONS,
            "In the same hour",
            f"Event types beyond their usual week. {supported} of {len(pairs)} pairs are "
            "supported (q < 0.05); these carry a number.",
            "Matrix of the correlations of event types in the same hour.",
            charts.correlation_matrix(pairs),
            table,
            narrow=True,
        )
    ]


def lags_figures(inputs: ReportInputs) -> list[Figure]:
    """Pairs of event types at lags."""
    rows = _of_types(inputs.correlations)
    rows = rows[rows["kind"].isin(["lagged", "pearson"])]
    if not len(rows):
        return []
    keys = ["subject_a", "subject_b"]
    claims = pd.concat([leads(rows), strongest(rows)])[keys].drop_duplicates().head(MAX_LAG_PAIRS)
    if not len(claims):
        claims = rows.loc[[rows["statistic"].abs().idxmax()], keys]
    chosen = _names(rows.merge(claims, on=keys)).sort_values([*keys, "lag_hours"])
    chosen["pair"] = chosen["a"] + " → " + chosen["b"]
    chosen["supported"] = chosen["q_value"] < 0.05
    peaks = chosen.loc[chosen.groupby("pair")["statistic"].apply(lambda r: r.abs().idxmax())]
    some = bool(chosen["supported"].any())
    table = pd.DataFrame(
        {
            "Pair": peaks["pair"],
            "Strongest at (hours)": peaks["lag_hours"].map("{:+d}".format),
            "Correlation": peaks["statistic"].map(wording.decimals),
            "q": peaks["q_value"].map(wording.p_text),
        }
    )
    lead = "Dots are supported (q < 0.05)." if some else "No lag is supported (q < 0.05)."
    return [
        Figure(
            "lags",
            RELATIONS,
            "Before and after",
            f"{lead} To the right of zero the second follows the first, to the left it leads.",
            "Lines of the correlation of pairs of event types at lags from 48 hours before to 48 "
            "hours after.",
            charts.lag_plot(chosen[["pair", "lag_hours", "statistic", "q_value", "supported"]]),
            table,
            narrow=True,
        )
    ]


def distance_figures(inputs: ReportInputs) -> list[Figure]:
    """Distance from the centre by local hour."""
    table = inputs.correlations
    rows = table[
        (table["kind"] == "space_time")
        & (table["subject_b"] == "space:distance_km")
        & table["subject_a"].str.contains(":")
    ]
    if not len(rows):
        return []
    hours = pd.DataFrame(
        {
            "hour": rows["subject_a"].str.partition(":")[2].astype(int),
            "effect": rows["effect"],
            "q_value": rows["q_value"],
            "supported": rows["q_value"] < 0.05,
        }
    ).sort_values("hour")
    shown = pd.DataFrame(
        {
            "Local hour": hours["hour"].map("{:02d}:00".format),
            "Kilometres farther out": hours["effect"].map("{:+.2f}".format),
            "q": hours["q_value"].map(wording.p_text),
        }
    )
    return [
        Figure(
            "distance-hours",
            RELATIONS,
            "Farther out, closer in",
            "Mean distance from the centre of activity in each hour, against the rest of the same "
            "day. Pale bars are not supported.",
            "Bars of how much farther from the centre events are in each local hour.",
            charts.distance_hours(hours),
            shown,
        )
    ]
