"""How a shared table of patterns becomes an asset.

Belongs here: the frame these assets share: what is read, k, and the described columns. Does not
belong here: which tables there are (`spatial.py`, `temporal.py`) or statistics.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import dagster as dg

from models_ml.patterns.contracts import CONTRACTS
from stevo_dagster.defs.labels import Group, Owner
from stevo_dagster.defs.making import make, reading, spec
from stevo_dagster.defs.outcome import column_schema, materialised
from stevo_dagster.defs.resources import HomeResource
from stevo_dagster.derived import DERIVED

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

Read = Callable[["duckdb.DuckDBPyConnection", int], "pd.DataFrame"]


def pattern(table: str, op: str, description: str, read: Read, *, kind: str) -> dg.AssetsDefinition:
    """The asset of a table that is made from what `derived` says it reads, and from k.

    Args:
        table: a table of `CONTRACTS`.
        op: name of its op.
        description: what it says, for people.
        read: makes the rows; imports its statistics only when called.
        kind: the library behind them, as Dagster shows it.
    """

    @dg.multi_asset(
        name=op,
        specs=[spec(table, Group.reports, Owner.insight, description, kinds={kind})],
        description=read.__doc__,
    )
    def made_by_op(context: dg.AssetExecutionContext, home: HomeResource) -> Iterator[Any]:
        settings = home.settings()

        def compute() -> dict[str, Any]:
            with reading(settings, DERIVED[table].reads) as con:
                return {table: read(con, settings.k_anonymity)}

        values = {"k": settings.k_anonymity}
        made = make(context, settings, [table], compute, values=values)[table]
        schema = column_schema(made, CONTRACTS[table].descriptions)
        yield materialised(made, {"dagster/column_schema": schema})

    return made_by_op
