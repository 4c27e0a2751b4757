"""The demo once more, for the tests of this folder."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.stevo_dagster.conftest import invoke_demo


@pytest.fixture
def small_demo(monkeypatch, demo_home) -> Callable[[], str]:
    """Run the demo again on the shared home, which it leaves as it is."""
    monkeypatch.setenv("STEVO_HOME", str(demo_home[0]))
    monkeypatch.setenv("STEVO_ENV", "demo")
    return lambda: invoke_demo(monkeypatch)
