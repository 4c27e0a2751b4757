"""The release asset: the gate, then one switch of the pointer that readers follow.

Belongs here: the order gate, build, switch, drop. Does not belong here: what a release is
(`lake/releases.py`), what goes into it (`contents.py`) or what must hold (`checks/`).
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from stevo_dagster.checks.asset_checks import specs
from stevo_dagster.checks.release import release_suites
from stevo_dagster.defs.labels import Group, Owner
from stevo_dagster.defs.making import spec
from stevo_dagster.defs.release import contents
from stevo_dagster.defs.resources import HomeResource
from stevo_dagster.lake import releases
from stevo_dagster.settings import Settings


@dg.multi_asset(
    name="publish_release",
    specs=[
        spec(
            "release",
            Group.release,
            Owner.data,
            "Predictions, recommendations, evaluation, patterns and report as one immutable folder"
            " behind one pointer.",
            deps=[*contents.RELEASE_TABLES, "report", "user_features", "item_features"],
        )
    ],
    check_specs=[
        one
        for suite in release_suites(Settings.k_anonymity).values()
        for one in specs("release", suite)
    ],
)
def publish_release(context: dg.AssetExecutionContext, home: HomeResource) -> Iterator[Any]:
    """Run the gate; build a release, switch readers to it, drop old ones.

    Raises:
        dg.Failure: a blocking expectation failed; readers keep the release they have.
    """
    from stevo_dagster.checks.asset_checks import as_check_result
    from stevo_dagster.checks.gate import require
    from stevo_dagster.errors import StevoError

    settings = home.settings()
    found = contents.audit(settings)
    yield from (as_check_result("release", one) for one in found)
    try:
        require(found)
    except StevoError as error:
        raise dg.Failure(str(error)) from error
    made = contents.describe(settings, found)
    release = contents.unchanged(settings, made, contents.recorded_release(context.instance))
    if release is None:
        release = contents.build(settings, made)
        releases.switch(settings.releases, release.id)
    dropped = contents.drop_old(settings)
    yield dg.MaterializeResult(
        asset_key="release",
        metadata={
            "release id": release.id,
            "model source": release.info["model_source"],
            "model version": release.info["model_version"],
            "as of": release.info["as_of"],
            "rows": dg.MetadataValue.json(dict(release.info["rows"])),
            "dropped": dg.MetadataValue.json(dropped),
            "folder": dg.MetadataValue.path(str(release.folder)),
        },
        data_version=dg.DataVersion(release.id),
    )


ASSETS = [publish_release]
