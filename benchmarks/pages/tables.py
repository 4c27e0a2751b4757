"""The tables of a documentation page that benchmarks write.

Belongs here: finding a table by its markers and replacing it.  Does not belong here: what a table
says (each benchmark).
"""

from __future__ import annotations


def with_table(page: str, name: str, text: str) -> str:
    """A page with the text between the markers of the table of this name replaced.

    The markers are `<!-- NAME table: begin -->` and `<!-- NAME table: end -->`; raises `ValueError`
    for a page that does not hold each of them once.
    """
    begin, end = (f"<!-- {name} table: {edge} -->" for edge in ("begin", "end"))
    before, rest = page.split(begin)
    _, after = rest.split(end)
    return f"{before}{begin}\n\n{text}\n\n{end}{after}"
