"""`stevo explore`: on the loopback address alone, in a real browser; and what it says it lacks."""

from __future__ import annotations

import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator

import pytest

from stevo_dagster.commands import explore
from stevo_dagster.commands.explore import (
    explore_arguments,
    explore_environment,
    require_framework,
)
from stevo_dagster.errors import StevoError
from stevo_dagster.explore.released import chosen_release
from tests.stevo_dagster.explore.conftest import city_inputs, make_city, make_inputs, released
from tests.stevo_dagster.reports.browser import chromium

__all__ = ["city_inputs", "make_city", "make_inputs", "released"]
STARTS_WITHIN_SECONDS = 90


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_it_binds_the_loopback_address_and_sends_no_statistics():
    arguments = explore_arguments(8765)
    assert arguments[arguments.index("--server.address") + 1] == "127.0.0.1"
    assert arguments[arguments.index("--server.port") + 1] == "8765"
    assert arguments[arguments.index("--browser.gatherUsageStats") + 1] == "false"


def test_without_the_extra_it_says_how_to_install_it(monkeypatch):
    monkeypatch.setattr(explore, "FRAMEWORK", "a_framework_that_is_not_there")
    with pytest.raises(StevoError, match="needs Streamlit") as caught:
        require_framework()
    assert "stevo[explore]" in str(caught.value)


@pytest.fixture
def served(released) -> Iterator[str]:
    """The address of the page, served as the command does."""
    pytest.importorskip("streamlit", reason="streamlit is not installed")
    port = free_port()
    environment = explore_environment(released, chosen_release(released, None).id)
    environment.pop("PYTEST_CURRENT_TEST", None)
    server = subprocess.Popen(
        explore_arguments(port), env=environment, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, cwd=os.getcwd(),
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + STARTS_WITHIN_SECONDS
        while not is_up(address):
            assert server.poll() is None and time.monotonic() < deadline
            time.sleep(0.2)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=20)


def is_up(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False


def test_a_browser_sees_figures_and_asks_nobody_else(served):
    with chromium() as browser:
        page = browser.new_page()
        page.set_default_timeout(120_000)
        asked, errors = [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(served)
        page.get_by_role("heading", name="The usual week").wait_for()
        page.wait_for_selector("[data-testid=stVegaLiteChart] :is(canvas, svg)")
        page.get_by_text("中文").click()
        page.get_by_role("heading", name="平常的一周").wait_for()
        local = (served, served.replace("http", "ws"), "data:", "blob:")
        assert [url for url in asked if not url.startswith(local)] == []
        assert errors == []
