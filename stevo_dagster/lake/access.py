"""Which tables may be read freely, and which need `--restricted`.

Belongs here: the one list of shared tables. Does not belong here: making a table safe to share.
"""

from __future__ import annotations

SHARED_TABLES = frozenset(
    {
        "activity_cells",
        "activity_days",
        "activity_hours",
        "changes",
        "citation_faithfulness",
        "clusters",
        "correlations",
        "evaluation",
        "evolution",
        "fct_cleaning_ledger",
        "fct_ingest_ledger",
        "feature_importance",
        "flows",
        "forecasts",
        "hot_spots",
        "seasonality",
    }
)


def is_restricted(table: str) -> bool:
    """Whether a table holds rows per person, exact points or small groups.

    Everything is restricted unless it is listed as shared, so that a new table is safe by default.
    """
    return table not in SHARED_TABLES
