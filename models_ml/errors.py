"""The errors a caller of the model library can act on.

Here belong exceptions with a problem, a place and a way out.  Programming mistakes stay plain
`ValueError`s.
"""

from __future__ import annotations


class ModelError(Exception):
    """A problem with the input of a model, told so that the reader can fix it."""

    def __init__(self, problem: str, *, where: str | None = None, fix: str | None = None) -> None:
        self.problem, self.where, self.fix = problem, where, fix
        lines = [problem]
        if where is not None:
            lines.append(f"  where: {where}")
        if fix is not None:
            lines.append(f"  fix: {fix}")
        super().__init__("\n".join(lines))


class TooFewEvents(ModelError):
    """Training needs more events than there are; `needed` and `found` say how many."""

    def __init__(self, what: str, *, needed: int, found: int) -> None:
        self.needed, self.found = needed, found
        super().__init__(
            f"too few {what} to train on: {needed} are needed, {found} were found",
            where="the sequences table",
            fix="load more days of events, or publish a baseline",
        )


class DamagedCheckpoint(ModelError):
    """A checkpoint whose files are missing, altered or of another kind."""
