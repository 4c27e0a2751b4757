"""Columns of the published tables of patterns in space: types and what each says.

Belongs here: the contracts, light to import. Does not belong here: how a table is made.
"""

from __future__ import annotations

HOT_SPOT_TYPES = {
    "cell": "str",
    "resolution": "int64",
    "event_type": "str",
    "class": "str",
    "z_last": "float64",
    "trend": "float64",
    "p_value": "float64",
    "q_value": "float64",
    "bin_days": "int64",
    "n_bins": "int64",
    "n_events": "int64",
    "n_people": "int64",
}
HOT_SPOT_COLUMNS = {
    "cell": "H3 cell.",
    "resolution": "Its H3 resolution.",
    "event_type": "Events that are counted.",
    "class": "Emerging hot or cold spot, after Esri; none where there is no pattern.",
    "z_last": "Gi* of the cell and its neighbours in the last bin, a standard score.",
    "trend": "Kendall's tau of Gi* over the bins, within weekdays where bins are days.",
    "p_value": "Mann-Kendall against no trend, two-sided.",
    "q_value": "Benjamini-Hochberg over all cells and types; below 0.05 the change is supported.",
    "bin_days": "Days of one bin: 1 or 7.",
    "n_bins": "Number of bins.",
    "n_events": "Events in the cell's bins of at least k people; others count as none.",
    "n_people": "Distinct people behind them.",
}
