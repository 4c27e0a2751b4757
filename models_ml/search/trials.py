"""The file of a search: JSON lines, the first of which says of which search the others are trials.

Belongs here: one process at a time, lines cut short by a kill, refusal of another search's file.
Does not belong here: what a trial tries (`spaces.py`) and how it is judged (`random_search.py`).
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from models_ml.errors import ModelError

HASHED = ("data", "questions")
ANEW = "name another file, or remove this one to begin anew"


@dataclass(frozen=True)
class Trial:
    """One setting tried: what was searched, what val said (`random_search.SHOWN`, and the 95%
    interval of MRR over users) and how long it took; `problem` where it could not be trained, and
    then no metrics.
    """

    number: int
    settings: dict[str, Any]
    metrics: dict[str, float]
    seconds: float
    problem: str | None = None


@contextmanager
def opened(file: Path) -> Iterator[TextIO]:
    """The file of trials, this process' own as long as it is open."""
    with file.open("a+", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ModelError(
                "another search is writing this file", where=str(file), fix="wait, or name another"
            ) from error
        yield handle


def append(handle: TextIO, row: Mapping[str, Any]) -> None:
    """One more line, on the disk before this returns."""
    handle.write(json.dumps(row) + "\n")
    handle.flush()
    os.fsync(handle.fileno())


def read(handle: TextIO, about: dict[str, Any], file: Path) -> list[Trial]:
    """The trials of a file, whose first line says of which search they are; a line that a kill cut
    short is taken away, and an empty file begun.
    """
    handle.seek(0)
    text = handle.read()
    whole = text[: text.rfind("\n") + 1]
    if not whole and not json.dumps(about).startswith(text):
        raise _no_search(file, 1, "it does not say of which one")
    trials: list[Trial] = []
    for number, line in enumerate(whole.splitlines()):
        try:
            values = json.loads(line)
            if number == 0:
                _check_same(values, about, file)
            else:
                trials.append(Trial(**values))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise _no_search(file, number + 1, str(error)) from error
    handle.truncate(len(whole.encode()))
    if not whole:
        append(handle, about)
    return trials


def _no_search(file: Path, line: int, problem: str) -> ModelError:
    return ModelError(
        f"this is no line of a search: {problem}", where=f"{file}, line {line}", fix=ANEW
    )


def _check_same(there: dict[str, Any], here: dict[str, Any], file: Path) -> None:
    """Raises `ModelError` naming what differs between two searches; of other models or formats,
    that alone.
    """
    differing = [
        f"its {name} is {there[name]} there and {here[name]} here"
        for name in ("format", "model")
        if there[name] != here[name]
    ]
    if not differing:
        for part in ("settings", "space"):
            for field in sorted({*there[part], *here[part]}):
                one, other = (told[part].get(field, "not there") for told in (there, here))
                if one != other:
                    differing.append(f"{field} in its {part} is {one} there and {other} here")
        differing += [f"its {name} differ" for name in HASHED if there[name] != here[name]]
    if differing:
        raise ModelError(
            f"the trials kept there are of another search: {'; '.join(differing)}",
            where=str(file),
            fix=ANEW,
        )
