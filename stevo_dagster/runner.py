"""Running assets of the code location in this process, against the home's Dagster instance.

Belongs here: one run a call, its progress, and its failure as one message. Does not belong here:
which assets to run, and when (`chain.py`).
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from stevo_dagster.errors import StevoError
from stevo_dagster.instance import COMMAND_TAG
from stevo_dagster.settings import Settings

if TYPE_CHECKING:
    import dagster as dg

RANGE_START = "dagster/asset_partition_range_start"
RANGE_END = "dagster/asset_partition_range_end"
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
INTERRUPTED = "DagsterExecutionInterruptedError"
OWN_ERROR = "stevo_dagster.errors.StevoError: "
RELEASE_GROUPS = ("features", "models", "predictions", "reports", "release")


class RunFailed(StevoError):
    """A run whose steps failed; the message names what and why."""


class Runner:
    """Materialises assets of one home, one run a call."""

    def __init__(
        self, settings: Settings, instance: dg.DagsterInstance, say: Callable[[str, str], None]
    ) -> None:
        self.settings = settings
        self.instance = instance
        self.runs = 0
        self._say = say
        self.reload()

    def reload(self) -> None:
        """Build the definitions again: ingest may have changed the first or last day."""
        from stevo_dagster.definitions import build_defs

        self._definitions = build_defs({"settings": self.settings})
        self._job = self._definitions.resolve_implicit_global_asset_job_def()
        self._groups = {
            key.path[-1]: node.group_name
            for key in self._definitions.resolve_asset_graph().get_all_asset_keys()
            if (node := self._definitions.resolve_asset_graph().get(key))
        }

    def asset_names(self) -> list[str]:
        """Names of all assets."""
        return sorted(self._groups)

    def made_names(self) -> list[str]:
        """Names of the assets from features to release."""
        return sorted(name for name, group in self._groups.items() if group in RELEASE_GROUPS)

    def materialise(
        self,
        names: Sequence[str],
        days: tuple[date, date] | None = None,
        *,
        config: dict[str, Any] | None = None,
        phase: str = "",
    ) -> None:
        """Materialise assets in one run.

        Args:
            names: asset names.
            days: first and last UTC day, for assets with daily partitions.
            config: run configuration of ops.
            phase: where to tell of each table made; empty tells nothing.

        Raises:
            RunFailed: names each failed step with its reason.
            KeyboardInterrupt: the process was told to stop while the run was at work.
        """
        import dagster as dg

        tags = {COMMAND_TAG: "run"}
        if days is not None:
            tags |= {RANGE_START: days[0].isoformat(), RANGE_END: days[1].isoformat()}
        run_id = str(uuid.uuid4())
        if phase:
            self.instance.add_event_listener(run_id, self._teller(phase))
        result = self._job.execute_in_process(
            instance=self.instance,
            asset_selection=[dg.AssetKey(name) for name in names],
            tags=tags,
            run_id=run_id,
            run_config={**QUIET, **(config or {})},
            raise_on_error=False,
        )
        self.runs += 1
        self._must_have_succeeded(result)

    def check(self, job: str) -> list[str]:
        """Run a job of asset checks.

        Returns:
            The checks that failed and stop nothing, as `asset: check`.

        Raises:
            RunFailed: a blocking check failed, or could not be run.
            KeyboardInterrupt: as `materialise`.
        """
        result = self._definitions.resolve_job_def(job).execute_in_process(
            instance=self.instance,
            tags={COMMAND_TAG: "run"},
            run_config=QUIET,
            raise_on_error=False,
        )
        self.runs += 1
        self._must_have_succeeded(result)
        return [
            f"{one.asset_key.path[-1]}: {one.check_name}"
            for one in result.get_asset_check_evaluations()
            if not one.passed
        ]

    def _must_have_succeeded(self, result: dg.ExecuteInProcessResult) -> None:
        if _was_interrupted(result):
            raise KeyboardInterrupt
        if not result.success:
            raise RunFailed(*_reasons(result))

    def _teller(self, phase: str) -> Callable[[Any], None]:
        started = time.monotonic()

        def tell(entry: Any) -> None:
            event = entry.dagster_event
            if event is None or event.event_type_value != "ASSET_MATERIALIZATION":
                return
            made = event.step_materialization_data.materialization
            rows = made.metadata.get("dagster/row_count")
            text = f"{rows.value:,} rows" if rows is not None else ""
            name = made.asset_key.path[-1]
            self._say("", f"{name:<24} {text:>16}   {time.monotonic() - started:6.1f} s")

        return tell


def _was_interrupted(result: dg.ExecuteInProcessResult) -> bool:
    """Whether a step ended because of SIGINT or SIGTERM, which Dagster takes for a failed step."""
    errors = [
        event.step_failure_data.error
        for event in result.all_events
        if event.event_type_value == "STEP_FAILURE"
    ]
    return any(
        one is not None and INTERRUPTED in (one.cls_name, one.cause.cls_name if one.cause else "")
        for one in errors
    )


def _reasons(result: dg.ExecuteInProcessResult) -> tuple[str]:
    lines = []
    for event in result.all_events:
        if event.event_type_value != "STEP_FAILURE":
            continue
        data = event.step_failure_data
        told = data.user_failure_data
        if told is not None and told.description:
            lines.append(told.description)
        elif data.error is not None:
            error = data.error
            while error.cause is not None:
                error = error.cause
            lines.append(f"{event.step_key}: {error.message.strip().removeprefix(OWN_ERROR)}")
    for check in result.get_asset_check_evaluations():
        if not check.passed and check.severity.value == "ERROR":
            lines.append(f"check {check.check_name} of {check.asset_key.path[-1]} failed")
    return ("\n".join(lines) or "a run failed",)
