"""Each module has a test file at the same place below `tests/`."""

from __future__ import annotations

import pytest

from stevo_dagster.settings import PROJECT_ROOT


@pytest.mark.parametrize("package", ["stevo_dagster", "models_ml"])
def test_every_module_has_a_test_file_at_its_place(package: str) -> None:
    modules = sorted(
        path.relative_to(PROJECT_ROOT)
        for path in (PROJECT_ROOT / package).rglob("*.py")
        if path.name != "__init__.py"
    )
    mirrors = {path: "tests" / path.with_name(f"test_{path.name}") for path in modules}
    missing = [
        str(path) for path, mirror in mirrors.items() if not (PROJECT_ROOT / mirror).is_file()
    ]
    assert modules
    assert missing == []
