"""The UI has no login, so it is started on the loopback address and on the home asked for."""

from __future__ import annotations

from stevo_dagster.commands.ui import ui_arguments, ui_environment


def test_the_ui_binds_the_loopback_address_alone():
    arguments = ui_arguments(3210)
    assert arguments[arguments.index("--host") + 1] == "127.0.0.1"
    assert arguments[arguments.index("--port") + 1] == "3210"


def test_every_process_of_the_ui_works_on_the_same_home(settings):
    environment = ui_environment(settings)
    assert environment["STEVO_HOME"] == str(settings.home)
    assert environment["DAGSTER_HOME"] == str(settings.home / "dagster")
    assert environment["DAGSTER_DISABLE_TELEMETRY"] == "1"
