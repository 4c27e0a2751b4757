"""Pseudonyms: one name a person and key, and a key that stays where it is and as it is."""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stevo_dagster.errors import StevoError
from stevo_dagster.ingest import pseudonym
from stevo_dagster.ingest.pseudonym import Pseudonyms, pseudonyms, suppressed_users
from stevo_dagster.settings import load_settings
from tests.stevo_dagster.ingest.kit import event, rows

KEY, OTHER_KEY = b"a key of more than 16 bytes", b"a key of more than 16 bytez"
USERS = st.text(st.characters(exclude_categories=["Cs"]))


@given(USERS)
def test_a_person_has_one_name_under_a_key_and_another_under_another(user) -> None:
    name = Pseudonyms(KEY).of(user)
    assert re.fullmatch("[0-9a-f]{32}", name)
    assert Pseudonyms(KEY).of(user) == name
    assert Pseudonyms(OTHER_KEY).of(user) != name


@given(st.lists(USERS, unique=True, max_size=20))
def test_people_do_not_share_a_name(users) -> None:
    names = Pseudonyms(KEY)
    assert len({names.of(user) for user in users}) == len(users)


def test_names_are_the_same_in_every_version() -> None:
    assert Pseudonyms(KEY).of("alice@example.org") == "ddceba7eea91cc929778ad8637e7e55f"


@given(st.lists(st.none() | st.sampled_from(["u1", "u2", "", "ü"]), max_size=12))
def test_a_column_is_named_row_by_row_and_null_stays_null(users) -> None:
    names = Pseudonyms(KEY)
    found = names.column(pa.array(users, pa.string()))
    assert found.type == pa.string()
    assert found.to_pylist() == [None if user is None else names.of(user) for user in users]


def test_names_stay_though_the_memory_of_them_is_full(monkeypatch) -> None:
    users = [f"u{number % 5}" for number in range(20)]
    wanted = [Pseudonyms(KEY).of(user) for user in users]
    monkeypatch.setattr(pseudonym, "_CACHED", 2)
    small = Pseudonyms(KEY)
    assert [small.of(user) for user in users] == wanted
    assert len(small._known) <= 2


def test_a_home_makes_its_key_once_and_keeps_it_private(settings) -> None:
    name = pseudonyms(settings, {}).of("u1")
    key = settings.secrets / "pseudonym.key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert settings.secrets.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in settings.secrets.iterdir()] == ["pseudonym.key"]
    assert pseudonyms(settings, {}).of("u1") == name
    assert Pseudonyms(key.read_bytes()).of("u1") == name


def test_homes_do_not_share_a_key(settings, tmp_path) -> None:
    other = load_settings(tmp_path / "other")
    assert pseudonyms(settings, {}).of("u1") != pseudonyms(other, {}).of("u1")


def test_of_two_processes_that_make_a_key_the_first_wins(settings) -> None:
    settings.secrets.mkdir(parents=True)
    for text in ("first" * 8, "second" * 8):
        pseudonym._write_new(settings.secrets / "pseudonym.key", text)
    assert [path.read_text() for path in settings.secrets.iterdir()] == ["first" * 8]


def test_a_given_key_goes_before_the_file_and_writes_none(settings, monkeypatch) -> None:
    monkeypatch.setenv("STEVO_PSEUDONYM_KEY", KEY.decode())
    assert pseudonyms(settings).of("u1") == Pseudonyms(KEY).of("u1")
    assert not settings.secrets.exists()


def test_the_end_of_line_that_an_editor_adds_is_not_part_of_the_key(settings) -> None:
    settings.secrets.mkdir(parents=True)
    (settings.secrets / "pseudonym.key").write_bytes(KEY + b"\n")
    assert pseudonyms(settings, {}).of("u1") == Pseudonyms(KEY).of("u1")


@pytest.mark.parametrize("key", ["", "x" * 15])
def test_a_key_that_is_too_short_is_refused_with_the_way_out(settings, key) -> None:
    path = settings.secrets / "pseudonym.key"
    path.parent.mkdir(parents=True)
    path.write_text(key)
    for environ, where in (({"STEVO_PSEUDONYM_KEY": key}, "STEVO_PSEUDONYM_KEY"), ({}, str(path))):
        with pytest.raises(StevoError, match=f"has {len(key)} bytes where at least 16") as refused:
            pseudonyms(settings, environ)
        assert refused.value.where == where
        assert refused.value.fix is not None and "at least 16" in refused.value.fix
    assert pseudonyms(settings, {"STEVO_PSEUDONYM_KEY": "x" * 16})


def test_prod_has_no_key_of_its_own(settings) -> None:
    prod = load_settings(settings.home, {"STEVO_ENV": "prod"})
    with pytest.raises(StevoError, match="no pseudonym key") as refused:
        pseudonyms(prod, {})
    assert refused.value.where == "STEVO_PSEUDONYM_KEY"
    assert not prod.secrets.exists()
    given_one = pseudonyms(prod, {"STEVO_PSEUDONYM_KEY": KEY.decode()})
    assert given_one.of("u1") == Pseudonyms(KEY).of("u1")


def test_suppressed_users_are_the_lines_of_a_file(settings) -> None:
    assert suppressed_users(settings) == frozenset()
    settings.secrets.mkdir(parents=True)
    (settings.secrets / "suppressed_users.txt").write_text("aa\n\n  bb  \naa\n")
    assert suppressed_users(settings) == {"aa", "bb"}


def test_no_table_holds_a_persons_own_name(take, settings) -> None:
    take([event(n, user_id="alice@example.org") for n in range(5)])
    assert {row["user_id"] for row in rows(settings, "events")} == {
        pseudonyms(settings).of("alice@example.org")
    }
    tables = list((settings.home / "lake").rglob("*.parquet"))
    assert tables
    assert not any("alice" in str(pq.read_table(path).to_pylist()) for path in tables)
