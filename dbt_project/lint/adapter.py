"""What sqlfluff sees of dbt's adapter: any dispatched macro renders to a placeholder.

Belongs here: stand-ins for linting alone. dbt never loads this file.
"""

from collections.abc import Callable

# Macros that stand where no column can, or where only an aggregate can.
_OTHERS = {
    "days_of_step": "select null as day",
    "but": "",
    "first_by": "min(1)",
    "last_by": "min(1)",
}


def dispatch(macro_name: str, macro_namespace: str | None = None) -> Callable[..., str]:
    """Stand in for `adapter.dispatch`: the macro it names renders as what may stand there."""
    rendered = _OTHERS.get(macro_name, "null")
    return lambda *arguments, **named: rendered
