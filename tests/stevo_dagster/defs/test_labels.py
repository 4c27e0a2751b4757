"""The vocabulary of assets: plain texts, folders of the tree, and who may read what."""

from __future__ import annotations

import json

import dagster as dg
import pytest

from stevo_dagster.defs.labels import RESTRICTED, SHARED, Group, Owner, access_tags
from stevo_dagster.settings import PROJECT_ROOT


def test_every_group_is_a_folder_that_says_so():
    for group in Group:
        package = PROJECT_ROOT / "stevo_dagster" / "defs" / group.value / "__init__.py"
        assert f"Group `{group.value}`" in package.read_text()


@pytest.mark.parametrize("owner", list(Owner))
def test_dagster_takes_each_owner_and_the_code_server_can_send_it(owner):
    spec = dg.AssetSpec("x", owners=[owner.value], group_name=Group.models.value)
    assert json.dumps(list(spec.owners)) == f'["{owner.value}"]'
    assert type(owner.value) is str


@pytest.mark.parametrize(
    ("table", "tags"),
    [("evaluation", SHARED), ("fct_events", RESTRICTED), ("a_table_made_tomorrow", RESTRICTED)],
)
def test_the_tag_says_who_may_read_a_table(table, tags):
    assert access_tags(table) == tags
