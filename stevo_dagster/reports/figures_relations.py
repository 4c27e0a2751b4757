"""Figures of correlations: pairs in the same hour, pairs at a lag, distance by hour.

Here belong the rows behind these charts and their words; the numbers come from ``correlations``.
"""

from __future__ import annotations

import pandas as pd

from stevo_dagster.reports import charts, wording
from stevo_dagster.reports.correlations import leads, strongest
from stevo_dagster.reports.figure import RELATIONS, Figure, row_links
from stevo_dagster.reports.inputs import ReportInputs
from stevo_dagster.reports.language import Say

MAX_LAG_PAIRS = 3


def _names(frame: pd.DataFrame, say: Say) -> pd.DataFrame:
    """Subjects a and b in words."""
    return frame.assign(
        a=[wording.subject(one, say) for one in frame["subject_a"]],
        b=[wording.subject(one, say) for one in frame["subject_b"]],
    )


def _of_types(table: pd.DataFrame) -> pd.DataFrame:
    """Rows whose two subjects are event types."""
    prefix = "event_type:"
    return table[
        table["subject_a"].str.startswith(prefix) & table["subject_b"].str.startswith(prefix)
    ]


def matrix_figures(inputs: ReportInputs) -> list[Figure]:
    """Pairs of event types in the same hour."""
    say = inputs.say
    rows = _of_types(inputs.correlations)
    rows = _names(rows[rows["kind"] == "pearson"], say)
    if not len(rows):
        return []
    pairs = pd.DataFrame(
        {
            "a": rows["a"],
            "b": rows["b"],
            "r": rows["statistic"],
            "q": rows["q_value"],
            "supported": rows["q_value"] < wording.SUPPORTED,
            "row": row_links("type-correlations", rows),
        }
    )
    table = pd.DataFrame(
        {
            say("First"): pairs["a"],
            say("Second"): pairs["b"],
            say("Pearson's r"): pairs["r"].map(wording.decimals),
            "q": pairs["q"].map(wording.p_text),
        }
    )
    lead = say(
        "Event types beyond their usual week. {n} of {all} pairs are supported (q < 0.05); these "
        "carry a number.", n=int(pairs["supported"].sum()), all=len(pairs),
    )  # fmt: skip
    return [
        Figure(
            "type-correlations",
            RELATIONS,
            say("In the same hour"),
            lead,
            say("Matrix of the correlations of event types in the same hour."),
            charts.correlation_matrix(pairs, say),
            table,
            narrow=True,
        )
    ]


def lags_figures(inputs: ReportInputs) -> list[Figure]:
    """Pairs of event types at lags."""
    rows, say = _of_types(inputs.correlations), inputs.say
    rows = rows[rows["kind"].isin(["lagged", "pearson"])]
    if not len(rows):
        return []
    chosen = _chosen_pairs(rows, say)
    table = pd.DataFrame(
        {
            say("Pair"): chosen["pair"],
            say("Hours"): chosen["lag_hours"].map("{:+d}".format),
            say("Correlation"): chosen["statistic"].map(wording.decimals),
            "q": chosen["q_value"].map(wording.p_text),
        }
    )
    lead = (
        say("Dots are supported (q < 0.05).")
        if chosen["supported"].any()
        else say("No lag is supported (q < 0.05).")
    )
    how = say("To the right of zero the second follows the first, to the left it leads.")
    return [
        Figure(
            "lags",
            RELATIONS,
            say("Before and after"),
            f"{lead} {how}",
            say("Lines of the correlation of pairs of event types at lags from 48 hours before to "
                "48 hours after."),
            charts.lag_plot(chosen, say),
            table,
            narrow=True,
        )
    ]  # fmt: skip


def _chosen_pairs(rows: pd.DataFrame, say: Say) -> pd.DataFrame:
    """Every lag of the pairs to draw (pair, lag_hours, statistic, q_value, supported, row)."""
    keys = ["subject_a", "subject_b"]
    claims = pd.concat([leads(rows), strongest(rows)])[keys].drop_duplicates().head(MAX_LAG_PAIRS)
    if not len(claims):
        claims = rows.loc[[rows["statistic"].abs().idxmax()], keys]
    chosen = _names(rows.merge(claims, on=keys), say).sort_values([*keys, "lag_hours"])
    chosen["pair"] = chosen["a"] + " → " + chosen["b"]
    chosen["supported"] = chosen["q_value"] < wording.SUPPORTED
    chosen["row"] = row_links("lags", chosen)
    return chosen[["pair", "lag_hours", "statistic", "q_value", "supported", "row"]]


def distance_figures(inputs: ReportInputs) -> list[Figure]:
    """Distance from the centre by local hour."""
    table, say = inputs.correlations, inputs.say
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
            "supported": rows["q_value"] < wording.SUPPORTED,
        }
    ).sort_values("hour")
    shown = pd.DataFrame(
        {
            say("Local hour"): hours["hour"].map("{:02d}:00".format),
            say("Kilometres farther out"): hours["effect"].map("{:+.2f}".format),
            "q": hours["q_value"].map(wording.p_text),
        }
    )
    lead = say(
        "Mean distance from the centre of activity in each hour, against the rest of the same day. "
        "Pale bars are not supported."
    )
    return [
        Figure(
            "distance-hours",
            RELATIONS,
            say("Farther out, closer in"),
            lead,
            say("Bars of how much farther from the centre events are in each local hour."),
            charts.distance_hours(hours, say),
            shown,
        )
    ]
