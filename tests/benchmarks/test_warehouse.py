"""The benchmark of the warehouse: both peers give the rows of the models, or it stops."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from benchmarks import warehouse
from benchmarks.warehouse_kit.agreement import SHARED


@pytest.mark.slow
def test_the_peers_make_the_models_rows_and_the_page_is_written(
    told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Path] = []
    compare = warehouse.differences

    def keep_one_file(ours: Path, theirs: Path) -> dict[str, tuple[int, int]]:
        if not seen:
            shutil.copytree(ours, tmp_path / "ours")
            shutil.copytree(theirs, tmp_path / "theirs")
        seen.append(theirs)
        return compare(ours, theirs)

    monkeypatch.setattr(warehouse, "differences", keep_one_file)
    page, out = tmp_path / "page.md", tmp_path / "found.json"
    page.write_text(f"before\n{warehouse.BEGIN}\n{warehouse.END}\nafter\n")
    words = ["--rows", "600", "--days", "4", "--people", "20"]
    found = told(warehouse.main, *words, "--out", str(out), "--docs", str(page))
    (row,) = found["forms"]
    assert row["days"] == 4
    assert row["ours"]["peak_mib"] > 50
    assert {path.name for path in seen} == set(warehouse.PEERS)
    assert f"| {row['rows']:,} | 4 |" in page.read_text()
    assert page.read_text().startswith("before\n") and page.read_text().endswith("after\n")
    assert json.loads(out.read_text()) == found
    _a_missing_day_is_seen(tmp_path)


def _a_missing_day_is_seen(folder: Path) -> None:
    days = sorted((folder / "theirs" / "int_moves").iterdir())
    shutil.rmtree(days[-1])
    other = warehouse.differences(folder / "ours", folder / "theirs")
    assert list(other) == ["int_moves"] and set(SHARED) >= set(other)
    missing, surplus = other["int_moves"]
    assert missing > 0 and surplus == 0


def test_earlier_sizes_stay_and_give_the_exponent(tmp_path: Path) -> None:
    forms = [{"rows": 10**n, "days": 30, "chain_seconds": 10 ** (n - 5)} for n in (5, 6, 7)]
    out = tmp_path / "found.json"
    out.write_text(json.dumps({"forms": forms}))
    assert warehouse.kept(out, forms[1]) == [forms[0], forms[2]]
    assert warehouse.kept(None, forms[1]) == []
    assert warehouse.growth(forms) == pytest.approx(1.0)
    assert warehouse.growth(forms[:1]) is None
