"""Preparing dbt's manifest: one command for make, and a project that does not parse is told."""

from __future__ import annotations

import shutil

from stevo_dagster.settings import DBT_PROJECT_DIR
from stevo_dagster.warehouse import build, prepare


def test_a_broken_project_is_told_with_the_model_and_leaves_the_old_manifest(
    tmp_path, monkeypatch, capsys
):
    project = tmp_path / "dbt_project"
    shutil.copytree(DBT_PROJECT_DIR, project, ignore=shutil.ignore_patterns("target", "logs"))
    (project / "models" / "marts" / "days" / "agg_flows.sql").write_text(
        "select * from {{ ref('int_mvoes') }}"
    )
    old = project / "target" / "manifest.json"
    old.parent.mkdir()
    old.write_text("old")
    monkeypatch.setattr(build, "DBT_PROJECT_DIR", project)
    monkeypatch.setattr(build, "MANIFEST_PATH", old)
    monkeypatch.setattr(build, "PARTIAL_PARSE_PATH", old.with_name("partial_parse.msgpack"))
    assert prepare.main() == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("error: the dbt project does not parse:")
    assert "int_mvoes" in told.err and str(project) in told.err
    assert old.read_text() == "old"
    assert [path.name for path in old.parent.iterdir()] == ["manifest.json"]


def test_a_sound_project_prints_where_its_manifest_lies(capsys):
    assert prepare.main() == 0
    assert capsys.readouterr().out.strip() == str(build.MANIFEST_PATH)
    assert build.MANIFEST_PATH.stat().st_mtime >= build._newest_source()
