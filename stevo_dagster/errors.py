"""The error that users of stevo see: what is wrong, where, and the way out.

Belongs here: the error type, and the kind of it that passes with time. Does not belong here:
printing it (`cli.py`) or deciding when to raise it (each part does that itself).
"""

from __future__ import annotations


class StevoError(Exception):
    """A problem a person can act on.

    Args:
        problem: one sentence that says what is wrong.
        where: the file, line, table, day or field it was seen at.
        fix: what to do about it, as a command where there is one.
    """

    def __init__(self, problem: str, *, where: str | None = None, fix: str | None = None) -> None:
        self.problem = problem
        self.where = where
        self.fix = fix
        super().__init__(self.render())

    def render(self) -> str:
        """The message as printed: one line for the problem, one each for where and fix."""
        lines = [self.problem]
        if self.where:
            lines.append(f"  where: {self.where}")
        if self.fix:
            lines.append(f"  fix: {self.fix}")
        return "\n".join(lines)


class Busy(StevoError):
    """Another process is at it: the same will work later, and nothing is wrong with the input."""
