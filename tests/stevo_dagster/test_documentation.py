"""Every command and example of README and docs is run, in order, as a reader of the page would.

Blocks marked `bash` and `python` are run; `text` shows output. `make` targets are looked up and not
run, for they install and test; `stevo ui` is started and answers.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from models_ml.columns import (
    EVALUATION_COLUMNS,
    EXPLANATION_COLUMNS,
    NEXT_EVENT_COLUMNS,
    NEXT_PLACE_COLUMNS,
    RECOMMENDATION_COLUMNS,
)
from models_ml.patterns.contracts import CONTRACTS
from stevo_dagster.checks.release import CORRELATION_COLUMNS
from stevo_dagster.defs.release.contents import RELEASE_TABLES
from stevo_dagster.reports.contracts import ACTIVITY_COLUMNS
from stevo_dagster.settings import PROJECT_ROOT

PAGES = [PROJECT_ROOT / "README.md", *sorted((PROJECT_ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
MODEL = ("model_version", "model_source")
COLUMNS = {
    "next_place_predictions": (*NEXT_PLACE_COLUMNS, *MODEL),
    "next_event_predictions": (*NEXT_EVENT_COLUMNS, *MODEL),
    "recommendations": (*RECOMMENDATION_COLUMNS, *MODEL),
    "explanations": EXPLANATION_COLUMNS,
    "evaluation": EVALUATION_COLUMNS,
    "correlations": CORRELATION_COLUMNS,
    **{name: tuple(described) for name, described in ACTIVITY_COLUMNS.items()},
    **{name: contract.names for name, contract in CONTRACTS.items()},
}


def blocks(page: Path, language: str) -> list[str]:
    """Bodies of a page's blocks of one language."""
    return [body for named, body in FENCE.findall(page.read_text()) if named == language]


def commands(page: Path) -> str:
    """The page's commands that end by themselves, as one script."""
    lines = "\n".join(blocks(page, "bash")).splitlines()
    return "\n".join(line for line in lines if not line.startswith(("make ", "stevo ui")))


def run(arguments: list[str], text: str, folder: Path) -> tuple[int, str]:
    """Run a script in a folder, with this Python's commands on PATH: exit status and output."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "PATH": path, "STEVO_ENV": "demo", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        arguments, input=text, cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    return done.returncode, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_block_says_what_it_is(page):
    text = page.read_text()
    assert text.count("```") == 2 * len(FENCE.findall(text))
    assert {language for language, _ in FENCE.findall(text)} <= {"bash", "python", "text"}


@pytest.mark.slow
@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if commands(page) or blocks(page, "python")],
    ids=lambda page: page.stem,
)
def test_the_page_can_be_followed(page, demo_home, tmp_path):
    shutil.copytree(demo_home[0], tmp_path / ".stevo", symlinks=True)
    if commands(page):
        status, output = run(["bash", "-euo", "pipefail"], commands(page), tmp_path)
        assert status == 0, output
    if blocks(page, "python"):
        script = "\n".join(blocks(page, "python"))
        status, output = run([sys.executable, "-"], script, tmp_path)
        assert status == 0, output


def test_make_targets_that_are_named_are_there():
    makefile = (PROJECT_ROOT / "Makefile").read_text()
    named = {
        name for page in PAGES for name in re.findall(r"(?m)(?:^|`)make ([a-z]+)", page.read_text())
    }
    assert {"demo", "test", "ui"} <= named
    assert [name for name in named if not re.search(rf"^{name}:", makefile, re.MULTILINE)] == []


@pytest.mark.slow
def test_the_ui_opens(demo_home, tmp_path):
    home = shutil.copytree(demo_home[0], tmp_path / "home", symlinks=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [str(Path(sys.executable).with_name("stevo")), "ui", "--port", str(port)],
        env={**os.environ, "STEVO_HOME": str(home), "STEVO_ENV": "demo"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert "dagster" in _page(f"http://127.0.0.1:{port}/", process).lower()
    finally:
        process.terminate()
        process.wait(60)


def _page(address: str, process: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + 120
    while True:
        assert process.poll() is None, "stevo ui ended"
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                return answer.read().decode()
        except OSError:
            assert time.monotonic() < deadline, "stevo ui does not answer"
            time.sleep(0.5)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("table", RELEASE_TABLES)
def test_columns_of_a_published_table_are_as_the_page_says(table):
    page = (PROJECT_ROOT / "docs" / "reading-the-tables.md").read_text()
    (row,) = re.findall(rf"^\| `{table}` \| (.*) \|$", page, re.MULTILINE)
    told = [re.sub(r" \(.*\)", "", column) for column in row.split(", ")]
    assert told == list(COLUMNS[table])


def test_every_heading_of_troubleshooting_is_an_error_that_exists():
    known = _templates()
    page = (PROJECT_ROOT / "docs" / "troubleshooting.md").read_text()
    headings = re.findall(r"^### (.*)$", page, re.MULTILINE)
    assert len(headings) > 20
    assert [one for one in headings if not any(one in text for text in known)] == []


def _templates() -> list[str]:
    """Every text of the product's code, with `…` where a value is put in."""
    found = []
    for folder in ("stevo_dagster", "models_ml"):
        for path in (PROJECT_ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.JoinedStr):
                    parts = [
                        part.value if isinstance(part, ast.Constant) else "…"
                        for part in node.values
                    ]
                    found.append("".join(map(str, parts)))
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found.append(node.value)
    return found
