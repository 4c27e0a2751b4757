"""What every benchmark prints: one JSON object with its size, its peer's name and a ratio."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import pytest

Told = Callable[..., dict[str, Any]]


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Told:
    """Run a benchmark's `main` with words of its command line, and read what it printed."""

    def run(main: Callable[[list[str]], object], *words: str) -> dict[str, Any]:
        main(list(words))
        found = json.loads(capsys.readouterr().out)
        assert len(found["peer"]) > 3
        rows = found.get("forms", [found])
        assert all(math.isfinite(row["ratio"]) and row["ratio"] > 0 for row in rows)
        return found

    return run


def page_with(*tables: str) -> str:
    """A page with an old text between the markers of each of these tables."""
    marked = "".join(
        f"<!-- {name} table: begin -->\nold\n<!-- {name} table: end -->\n\n" for name in tables
    )
    return f"# Models\n\n{marked}The end.\n"
