"""Ratings of films: what a rating becomes, and folders that cannot be read."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from stevo_dagster.sources.base.faults import FileProblem
from stevo_dagster.sources.movielens import READER
from tests.stevo_dagster.sources.kit import movielens, read


def test_a_rating_is_a_review_in_the_films_first_class(tmp_path) -> None:
    found, reasons = read("movielens", movielens(tmp_path))
    assert found[0] == {
        "user_id": "1",
        "item_id": "10",
        "rating": 3.0,
        "event_type": "review",
        "event_at": datetime(2017, 7, 10, 18, tzinfo=UTC),
        "category": "Comedy",
        "extra": '{"classes":"Comedy Drama","item_name":"A"}',
    }
    assert not {"category", "extra"} & found[1].keys()
    assert reasons == {4: "bad_time"}


@pytest.mark.parametrize(
    ("seconds", "second"),
    [
        ("881250949", 49),
        ("881250949.0", 49),
        ("0", 0),
        ("881250949.5", None),
        ("-1", None),
        ("8.8e8", None),
        ("881250949000", None),
        ("", None),
    ],
)
def test_times_are_whole_seconds(tmp_path, seconds, second) -> None:
    path = movielens(tmp_path) / "x.inter"
    header = path.read_text().split("\n")[0]
    path.write_text(f"{header}\n1\t10\t3\t{seconds}\n")
    (row,), reasons = read("movielens", tmp_path)
    assert reasons == ({} if second is not None else {2: "bad_time"})
    assert (row["event_at"].second if "event_at" in row else None) == second


def test_the_first_record_of_a_film_counts(tmp_path) -> None:
    path = movielens(tmp_path) / "x.item"
    path.write_text(path.read_text() + "10\tA\tWestern\n11\tB\t\n")
    first, second, _ = read("movielens", tmp_path)[0]
    assert first["category"] == "Comedy"
    assert "category" not in second


def test_columns_may_stand_in_any_order(tmp_path) -> None:
    path = movielens(tmp_path) / "x.inter"
    wanted, _ = read("movielens", tmp_path)
    lines = [line.split("\t") for line in path.read_text().splitlines()]
    path.write_text("".join("\t".join(reversed(line)) + "\n" for line in lines))
    assert read("movielens", tmp_path)[0] == wanted


def test_a_folder_has_one_file_of_each_kind(tmp_path) -> None:
    with pytest.raises(FileProblem, match=r"0 \.inter files where one is wanted"):
        READER.find(tmp_path)
    (movielens(tmp_path) / "y.item").write_text("")
    with pytest.raises(FileProblem, match=r"2 \.item files where one is wanted"):
        READER.find(tmp_path)


def test_films_without_a_column_of_classes_are_refused(tmp_path) -> None:
    (movielens(tmp_path) / "x.item").write_text("item_id:token\tmovie_title:token_seq\n10\tA\n")
    with pytest.raises(FileProblem, match=r"class:token_seq.*\n  where: x\.item"):
        read("movielens", tmp_path)
