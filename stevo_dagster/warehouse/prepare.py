"""`python -m stevo_dagster.warehouse.prepare`: parse the dbt project once, for all who read it.

Belongs here: the command alone. Does not belong here: how dbt is called (`build.py`).
"""

from __future__ import annotations

import sys

from stevo_dagster.errors import StevoError
from stevo_dagster.warehouse.build import prepare_manifest


def main() -> int:
    """Write dbt_project/target/manifest.json; the exit status is 1 where the project is broken."""
    try:
        print(prepare_manifest())
    except StevoError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
