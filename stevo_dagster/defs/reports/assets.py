"""Correlations and the report page.

Belongs here: reading marts, calling `stevo_dagster.reports`, pictures in metadata. Does not belong
here: statistics or drawing.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import dagster as dg

from stevo_dagster.defs.labels import Group, Owner
from stevo_dagster.defs.making import frame, make, one_row, reading, spec
from stevo_dagster.defs.outcome import materialised
from stevo_dagster.defs.resources import HomeResource
from stevo_dagster.home import read_home
from stevo_dagster.lake import files
from stevo_dagster.settings import Settings

MARTS = (
    "agg_cell_hours",
    "agg_calendar",
    "fct_events",
    "fct_ingest_ledger",
    "fct_cleaning_ledger",
)


@dg.multi_asset(
    name="correlate",
    specs=[
        spec(
            "correlations",
            Group.reports,
            Owner.insight,
            "What goes with what: event types, cells, calendar and space, at lags, with q-values.",
            deps=MARTS,
            kinds={"scipy"},
        )
    ],
)
def correlate(context: dg.AssetExecutionContext, home: HomeResource) -> Iterator[Any]:
    """The correlations table."""
    settings = home.settings()

    def compute() -> dict[str, Any]:
        from stevo_dagster.reports.inputs import read_correlations

        with reading(settings, MARTS) as con:
            return {"correlations": read_correlations(con, k=settings.k_anonymity)}

    values = {"k": settings.k_anonymity}
    yield materialised(
        make(context, settings, ["correlations"], compute, values=values)["correlations"]
    )


@dg.multi_asset(
    name="write_report",
    specs=[
        spec(
            "report",
            Group.reports,
            Owner.insight,
            "An HTML page a language that opens from disk: activity, map, relations, forecasts,"
            " model, data quality.",
            kinds={"altair", "html"},
        )
    ],
)
def write_report(context: dg.AssetExecutionContext, home: HomeResource) -> Iterator[Any]:
    """The pages, kept as rows of a table so that they are versioned like everything else."""
    settings = home.settings()
    values = {"k": settings.k_anonymity}

    def compute() -> dict[str, Any]:
        import pyarrow as pa

        from stevo_dagster.reports import page

        inputs = report_inputs(settings)
        pages = {
            name: page.render(replace(inputs, language=code)) for code, name in page.FILES.items()
        }
        rows = {"name": list(pages), "html": list(pages.values())}
        return {"report": pa.table(rows)}

    made = make(context, settings, ["report"], compute, values=values)["report"]
    yield materialised(
        made, {**_pictures(settings), "file": str(files(settings.lake, "report")[0])}
    )


def report_inputs(settings: Settings) -> Any:
    """Everything the page shows, read from shared tables.

    Of restricted rows it asks alone how new they are and whether any has coordinates.
    """
    from stevo_dagster.reports.inputs import SHARED, ReportInputs, read_frames

    with reading(settings, (*SHARED, "fct_ingest_ledger", "fct_cleaning_ledger")) as con:
        frames = read_frames(con)
    with reading(settings, ("fct_events",)) as con:
        found = con.execute("select max(event_at), count(h3_r9) > 0 from fct_events").fetchone()
    champion = one_row(settings, "champion")
    stored = read_home(settings)
    assert found is not None
    return ReportInputs(
        **frames,
        as_of=found[0],
        has_places=found[1],
        model_source=champion["model_source"],
        model_version=champion["model_version"],
        champion_reason=champion["reason"],
        curves=frame(settings, "training_curves", "select * from training_curves order by epoch"),
        evaluation=frame(settings, "evaluation"),
        importance=frame(settings, "feature_importance"),
        faithfulness=frame(settings, "citation_faithfulness"),
        correlations=frame(settings, "correlations"),
        simulated=stored is not None and stored.simulated,
        k=settings.k_anonymity,
    )


def _pictures(settings: Settings) -> dict[str, Any]:
    """The report's figures by title, as PNG."""
    from stevo_dagster.defs.pictures import embedded
    from stevo_dagster.reports.figures import figures

    return {figure.title: embedded(figure.chart) for figure in figures(report_inputs(settings))}


ASSETS = [correlate, write_report]
