"""Files by role, tables of texts and look-ups by key."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import settings as cases
from hypothesis import strategies as st

from stevo_dagster.sources.base.faults import FileProblem
from stevo_dagster.sources.base.folder import Lookup, files_named, text_table


def test_files_are_found_by_role_and_all_that_lack_are_named(tmp_path) -> None:
    find = files_named({"one": "1.csv", "two": "2.csv", "three": "3.csv"})
    (tmp_path / "2.csv").touch()
    (tmp_path / "3.csv").mkdir()
    with pytest.raises(FileProblem, match=r"the folder lacks 1\.csv, 3\.csv\n  where: /"):
        find(tmp_path)
    (tmp_path / "3.csv").rmdir()
    for name in ("1.csv", "3.csv", "other.csv"):
        (tmp_path / name).touch()
    assert find(tmp_path) == {
        "one": tmp_path / "1.csv",
        "two": tmp_path / "2.csv",
        "three": tmp_path / "3.csv",
    }


def test_a_table_holds_texts_as_they_are_written(tmp_path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text('zip\tother\tname\n01012\t1\t"two\nlines"\n\t2\tNA\n1e3\t3\t""\n')
    assert text_table(path, ("name", "zip"), "\t").to_pylist() == [
        {"name": "two\nlines", "zip": "01012"},
        {"name": "NA", "zip": None},
        {"name": None, "zip": "1e3"},
    ]


@pytest.mark.parametrize("content", ["", "id\n1\n", "id,name\n1\n"])
def test_a_table_that_cannot_be_read_is_named(tmp_path, content) -> None:
    path = tmp_path / "films.csv"
    path.write_text(content)
    with pytest.raises(FileProblem, match=r"unreadable: .*\n  where: films\.csv"):
        text_table(path, ("id", "name"))


KEYS = st.lists(st.sampled_from("abcd") | st.none(), max_size=8)


@cases(deadline=None)
@given(KEYS, KEYS, st.integers(0, 8))
def test_the_first_row_of_a_key_counts(table, asked, cut) -> None:
    """In a table of several pieces too, as files are read."""
    whole = pa.table({"key": pa.array(table, pa.string()), "row": range(len(table))})
    lookup = Lookup(pa.concat_tables([whole.slice(0, cut), whole.slice(cut)]), "key")
    first = {key: row for row, key in reversed(list(enumerate(table))) if key is not None}
    index = lookup.index(pa.array(asked, pa.string()))
    wanted = [first.get(key) for key in asked]
    assert index.to_pylist() == wanted
    assert lookup.values(index, "row").to_pylist() == wanted
    assert isinstance(lookup.values(index, "row"), pa.Array)


def test_whole_number_keys_of_two_sizes_meet() -> None:
    lookup = Lookup(pa.table({"key": pa.array([7, 8], pa.int32())}), "key")
    assert lookup.index(pa.array([8, 9], pa.int64())).to_pylist() == [1, None]
