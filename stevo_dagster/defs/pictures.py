"""Charts as pictures inside asset metadata.

Belongs here: embedding. Does not belong here: drawing (`reports/charts.py`).
"""

from __future__ import annotations

import base64
from typing import Any

import dagster as dg


def embedded(chart: Any) -> dg.MarkdownMetadataValue:
    """A chart as a PNG inside Markdown, which the UI shows."""
    from stevo_dagster.reports import charts

    text = base64.b64encode(charts.png(chart)).decode()
    return dg.MetadataValue.md(f"![chart](data:image/png;base64,{text})")
