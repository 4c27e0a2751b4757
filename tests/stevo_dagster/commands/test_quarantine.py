"""`stevo quarantine` as users type it: list, show and replay."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import typer
from typer.testing import CliRunner

from stevo_dagster.commands import quarantine as command
from stevo_dagster.errors import StevoError
from stevo_dagster.ingest import ingest_path
from tests.stevo_dagster.ingest.kit import as_bytes, event, rows

BAD = b'{"user_id": "\xff\x00\t\x85\xe2\x80\xa8", \r"'
LONG = b'{"a": "' + b"x" * 1_100_000 + b'"}'
OLD = [event(n, event_at="1985-01-01T00:00:00Z") for n in (20, 21)]

Typed = Callable[..., bytes]


@pytest.fixture
def app(settings) -> typer.Typer:
    """The commands, on an empty home."""
    made = typer.Typer()
    command.register(made)
    return made


@pytest.fixture
def typed(app) -> Typed:
    """Run a command that ends well, and return its output as bytes."""

    def run(*words: str) -> bytes:
        done = CliRunner().invoke(app, ["quarantine", *words], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.stdout_bytes

    return run


@pytest.fixture
def files(settings, tmp_path) -> list[str]:
    """Ids of two files: one with a broken, two old and a long line, one with a broken line."""
    found = []
    good = [event(n) for n in range(5)]
    for number, lines in enumerate(([BAD, *OLD, LONG, *good], [event(7), b"worse"])):
        path = tmp_path / f"{number}.jsonl"
        path.write_bytes(as_bytes(lines))
        found += ingest_path(settings, path, "events", "web", f"run-{number}").file_ids
    return found


def lines_of(output: bytes) -> list[list[str]]:
    return [line.split() for line in output.decode().splitlines()]


def test_an_empty_quarantine_is_said_to_be_empty(typed) -> None:
    assert typed("list") == b"nothing is in quarantine\n"


def test_the_list_counts_lines_by_file_and_reason(typed, files) -> None:
    assert sorted(lines_of(typed("list"))) == sorted(
        [
            [files[0], "web", "out_of_range", "open", "2"],
            [files[0], "web", "not_utf8", "open", "1"],
            [files[0], "web", "line_too_long", "open", "1"],
            [files[1], "web", "bad_json", "open", "1"],
        ]
    )


def test_a_reason_lists_its_lines_too(typed, files) -> None:
    counted, told = typed("list", "--reason", "out_of_range").decode().split("\n\n")
    assert counted.split() == [files[0], "web", "out_of_range", "open", "2"]
    wanted = "event_at 1985-01-01T00:00:00+00:00 is outside"
    assert [line.split(wanted)[0] for line in told.splitlines()] == [
        f"{files[0]} {number}  out_of_range: " for number in (2, 3)
    ]
    few = typed("list", "--reason", "out_of_range", "--limit", "1").decode().split("\n\n")[1]
    assert few.splitlines() == told.splitlines()[:1]
    assert typed("list", "--reason", "conflict") == b"nothing is in quarantine\n"


def test_a_file_lists_its_lines_alone(typed, files) -> None:
    counted, told = typed("list", "--file", files[1]).decode().split("\n\n")
    assert counted.split() == [files[1], "web", "bad_json", "open", "1"]
    assert told.startswith(f"{files[1]} 2  bad_json: ") and told.count("\n") == 1


def test_one_line_is_shown_with_its_reason_and_its_bytes_readable(typed, files) -> None:
    shown = typed("show", files[0], "1").decode()
    told = dict(line.split(maxsplit=1) for line in shown.splitlines() if " " in line.strip())
    assert (told["file_id"], told["line_number"], told["byte_offset"]) == (files[0], "1", "0")
    assert (told["reason"], told["status"], told["run_id"]) == ("not_utf8", "open", "run-0")
    assert told["raw"] == repr(BAD)
    assert "--raw reads it from the original" in typed("show", files[0], "4").decode()


@pytest.mark.parametrize(("number", "wanted"), [("1", BAD), ("4", LONG)])
def test_raw_is_the_lines_bytes_and_nothing_else(typed, files, number, wanted) -> None:
    assert typed("show", files[0], number, "--raw") == wanted


def test_a_replay_without_a_change_says_so(typed, files) -> None:
    before = typed("list")
    assert typed("replay") == b"no line left quarantine; nothing changed\n"
    assert typed("list") == before


def test_a_replay_after_a_change_tells_what_left_and_where_to(
    typed, files, settings, monkeypatch
) -> None:
    monkeypatch.setenv("STEVO_EVENT_AT_MIN", "1980-01-01")
    assert typed("replay", "--file", files[1]) == b"no line left quarantine; nothing changed\n"
    assert typed("replay").decode() == (
        f"file {files[0]}: 2 lines left quarantine: 2 late_accepted\n"
    )
    assert [files[0], "web", "out_of_range", "replayed", "2"] in lines_of(typed("list"))
    assert len(rows(settings, "events", "select * from events where event_at < '1990-01-01'")) == 2


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["list", "--file", "0" * 16], "was never ingested"),
        (["show", "0" * 16, "1"], "is not in quarantine"),
        (["show", "' or 1 = 1 --", "1"], "is not in quarantine"),
        (["replay", "--file", "0" * 16], "is not there"),
    ],
)
def test_an_unknown_file_fails_with_a_problem_that_names_it(app, files, words, problem) -> None:
    done = CliRunner().invoke(app, ["quarantine", *words])
    assert done.exit_code == 1
    assert isinstance(done.exception, StevoError)
    assert problem in done.exception.problem
    assert words[1 if words[0] == "show" else 2] in done.exception.problem


def test_a_line_that_is_no_number_is_wrong_usage(app) -> None:
    for words in (["show", "0" * 16, "first"], ["list", "--limit", "-1"]):
        assert CliRunner().invoke(app, ["quarantine", *words]).exit_code == 2
