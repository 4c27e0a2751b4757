"""Every figure of a report, in the order of the page.

``figures`` serves the page and, through ``charts.png``, the metadata of the assets. What a figure
shows is decided in the other ``figures_`` modules.
"""

from __future__ import annotations

from stevo_dagster.reports import (
    figures_activity,
    figures_forecasts,
    figures_model,
    figures_places,
    figures_relations,
)
from stevo_dagster.reports.figure import Figure
from stevo_dagster.reports.inputs import ReportInputs


def figures(inputs: ReportInputs) -> list[Figure]:
    """All figures for which there are data that may be shown, in the order of the page."""
    return [
        *figures_activity.week_hours_figures(inputs),
        *figures_activity.type_hours_figures(inputs),
        *figures_activity.calendar_figures(inputs),
        *figures_activity.cycle_figures(inputs),
        *figures_places.density_figures(inputs),
        *figures_places.hot_spot_figures(inputs),
        *figures_places.flow_figures(inputs),
        *figures_relations.matrix_figures(inputs),
        *figures_relations.lags_figures(inputs),
        *figures_relations.distance_figures(inputs),
        *figures_forecasts.fan_figures(inputs),
        *figures_model.metrics_figures(inputs),
        *figures_model.loss_figures(inputs),
    ]
