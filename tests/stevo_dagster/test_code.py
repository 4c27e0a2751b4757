"""The hash of code: of every file below, whatever their order on disk."""

from __future__ import annotations

from stevo_dagster import code
from stevo_dagster.code import source_hash


def test_a_changed_moved_or_new_file_changes_it(tmp_path, monkeypatch):
    monkeypatch.setattr(code, "PROJECT_ROOT", tmp_path)
    (tmp_path / "part").mkdir()
    (tmp_path / "part" / "a.py").write_text("x = 1\n")
    (tmp_path / "one.py").write_text("y = 1\n")

    def now() -> str:
        source_hash.cache_clear()
        return source_hash(("part", "one.py"))

    seen = [now()]
    (tmp_path / "part" / "notes.md").write_text("not code")
    assert now() == seen[0]
    (tmp_path / "part" / "b.py").write_text("x = 2\n")
    seen.append(now())
    (tmp_path / "one.py").write_text("y = 2\n")
    seen.append(now())
    (tmp_path / "part" / "b.py").rename(tmp_path / "part" / "c.py")
    seen.append(now())
    assert len(set(seen)) == 4
    source_hash.cache_clear()
