"""How many questions are asked at once where every place is scored.

Here belongs the bound on (questions, places) arrays.  Models answer each question by itself, so
tiles change no answer, only how much memory a batch of answers takes.
"""

from __future__ import annotations

from collections.abc import Iterator

# At most so many questions, and so many scores of 8 bytes: 64 MB an array.
QUESTIONS, SCORES = 512, 1 << 23
# Networks answer so many at once anyhow, so fewer would save nothing.
LEAST = 64


def tiles(questions: int, places: int) -> Iterator[slice]:
    """Slices that cover 0 .. questions - 1 in order, each a multiple of `LEAST` but the last."""
    most = min(QUESTIONS, SCORES // max(places, 1))
    step = max(most // LEAST, 1) * LEAST
    for low in range(0, questions, step):
        yield slice(low, min(low + step, questions))
