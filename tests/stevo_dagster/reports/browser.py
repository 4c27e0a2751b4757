"""A page in Debian's Chromium, opened from disk with the network off.

Belongs here: starting the browser and collecting what it complains about. Does not belong here:
what a page must do.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest

EXECUTABLES = ("chromium", "chromium-browser")
DRAWN_WITHIN_MS = 120_000


@dataclass
class Opened:
    """A page that has drawn its charts, and what the console said."""

    page: Any
    complaints: list[str] = field(default_factory=list)


@contextmanager
def chromium() -> Iterator[Any]:
    """A headless browser; the test is skipped where there is none."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = next((found for name in EXECUTABLES if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip("chromium is not installed")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def opened(
    browser: Any, path: Path, scheme: Literal["light", "dark"] = "light", width: int = 1280
) -> Iterator[Opened]:
    """A report opened from disk, offline, once all its charts are drawn."""
    context = browser.new_context(
        offline=True, color_scheme=scheme, viewport={"width": width, "height": 900}
    )
    context.set_default_timeout(DRAWN_WITHIN_MS)
    found = Opened(context.new_page())
    found.page.on("console", lambda message: found.complaints.append(message.text))
    found.page.on("pageerror", lambda error: found.complaints.append(str(error)))
    found.page.goto(path.as_uri())
    found.page.wait_for_selector(f"html[data-charts={scheme}]", state="attached")
    yield found
    context.close()


def violations(page: Any) -> list[str]:
    """What axe-core finds wrong with the page as it stands, one line a rule and element."""
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe is not installed"
    )
    found = axe.Axe().run(page).response["violations"]
    return [f"{rule['id']}: {node['html']}" for rule in found for node in rule["nodes"]]
