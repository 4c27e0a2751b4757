"""Columns of the published tables of patterns in time: types and what each says.

Belongs here: the contracts, light to import. Does not belong here: how a table is made.
"""

from __future__ import annotations

from models_ml.patterns.contract import Contract

SEASONALITY = Contract(
    {
        "subject": ("str", "Event type, category or cell, as event_type:search."),
        "period_hours": ("int64", "Length of the cycle: 24 or 168."),
        "strength": ("float64", "Strength of an STL season, 0 to 1; above 0 for noise too."),
        "trend_strength": ("float64", "Strength of its trend, 0 to 1."),
        "peak": ("int64", "Busiest local hour (0 to 23) or weekday (1 is Monday)."),
        "peak_share": ("float64", "Share of the events in it; 1/24 or 1/7 without a cycle."),
        "autocorrelation": ("float64", "At the length of the cycle, slow movements taken out."),
        "statistic": ("float64", "Share of the variance within cycles that repeats."),
        "p_value": ("float64", "By turning each day or week by itself."),
        "q_value": (
            "float64",
            "Benjamini-Hochberg, over all and over the cycle's rows; the larger of the two.",
        ),
        "n": ("int64", "Whole cycles that were observed."),
    }
)
CHANGES = Contract(
    {
        "kind": ("str", "holiday, pay_day or change_point."),
        "subject": ("str", "Event type, category or cell, as event_type:search."),
        "day": ("datetime64[us]", "First local day of the new level; null but for change points."),
        "effect": (
            "float64",
            "Relative change against other days of the weekday; 0.6 is 60% more.",
        ),
        "low": ("float64", "Lower end of its 95% interval."),
        "high": ("float64", "Upper end of that interval."),
        "p_value": ("float64", "By shifted calendars, or by shuffled blocks of days."),
        "q_value": (
            "float64",
            "Benjamini-Hochberg, over all and over the kind's rows; the larger of the two.",
        ),
        "n": ("int64", "Local days that were looked at."),
    }
)
FORECASTS = Contract(
    {
        "cell": ("str", "H3 cell, or all."),
        "event_type": ("str", "Events that are counted."),
        "model": ("str", "Method that was best over the earlier weeks."),
        "day": ("datetime64[us]", "Day (UTC) that is forecast."),
        "mean": ("float64", "Events expected on it."),
        "low": ("float64", "Lower end of the interval that should hold nine days of ten."),
        "high": ("float64", "Upper end of that interval."),
        "mase": ("float64", "Error over the earlier weeks; 1 is that of repeating weeks before."),
        "naive_mase": ("float64", "The same of repeating the week before."),
        "coverage": ("float64", "Share of the days of the earlier weeks within their intervals."),
        "n_origins": ("int64", "Earlier weeks that were forecast for these figures."),
        "gain": ("float64", "Share of the error of the past's mean that the forecast saved."),
        "gain_p": ("float64", "That it saves nothing: one-sided, week by week."),
        "gain_q": ("float64", "Benjamini-Hochberg over the series that are forecast."),
    }
)
EVOLUTION_KINDS = (
    "hot_area_speed",
    "hot_area_bearing",
    "cluster_speed",
    "cluster_bearing",
    "community_kept",
    "moran",
    "radius_of_gyration_km",
    "jump_km",
    "visit_entropy_bits",
    "retention",
)
EVOLUTION = Contract(
    {
        "kind": ("str", "What is measured; see docs/reading-the-tables.md."),
        "subject": ("str", "Of what: event_type:…, cluster:…, cohort:… (its first week), or all."),
        "period": ("datetime64[us]", "First day (UTC) of the week; null for the whole time."),
        "value": ("float64", "The measure, in the unit of its kind."),
        "low": ("float64", "Lower end of its 95% interval; null where it has none."),
        "high": ("float64", "Upper end of its 95% interval; null where it has none."),
        "p_value": ("float64", "Against no pattern; null where the row describes."),
        "q_value": (
            "float64",
            "Benjamini-Hochberg, over all claims and over the kind's; the larger of the two.",
        ),
        "n": ("int64", "Weeks, cells, people: what the measure is taken over."),
        "n_people": ("int64", "Distinct people behind it."),
    }
)
