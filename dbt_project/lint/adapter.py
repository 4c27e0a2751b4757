"""What sqlfluff sees of dbt's adapter: any dispatched macro renders to a placeholder.

Belongs here: stand-ins for linting alone. dbt never loads this file.
"""

from collections.abc import Callable


def dispatch(macro_name: str, macro_namespace: str | None = None) -> Callable[..., str]:
    """Stand in for `adapter.dispatch`: the macro it names renders as a column, or as a query."""
    rendered = "select null as day" if macro_name == "days_of_step" else "null"
    return lambda *arguments, **named: rendered
