"""The UI has no login, so it is started on the loopback address and on the home asked for."""

from __future__ import annotations

import socket

import pytest

from stevo_dagster.commands.ui import require_free, ui_arguments, ui_environment
from stevo_dagster.errors import StevoError


def test_the_ui_binds_the_loopback_address_alone():
    arguments = ui_arguments(3210)
    assert arguments[arguments.index("--host") + 1] == "127.0.0.1"
    assert arguments[arguments.index("--port") + 1] == "3210"


def test_every_process_of_the_ui_works_on_the_same_home(settings):
    environment = ui_environment(settings)
    assert environment["STEVO_HOME"] == str(settings.home)
    assert environment["DAGSTER_HOME"] == str(settings.home / "dagster")
    assert environment["DAGSTER_DISABLE_TELEMETRY"] == "1"


def test_a_port_that_is_taken_is_refused_with_another():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(StevoError, match=f"port {port} cannot be used: Address already in use"):
            require_free(port)
    require_free(port)
