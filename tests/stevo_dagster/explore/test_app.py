"""The page: run by Streamlit itself, every choice narrows what is drawn, in both languages."""

from __future__ import annotations

import pytest

from stevo_dagster import explore
from stevo_dagster.commands.explore import explore_environment
from stevo_dagster.explore.released import chosen_release

testing = pytest.importorskip("streamlit.testing.v1", reason="streamlit is not installed")


@pytest.fixture
def app(released, monkeypatch):
    """The page, run once."""
    environment = explore_environment(released, chosen_release(released, None).id)
    for name in ("STEVO_HOME", "STEVO_ENV", "STEVO_EXPLORE_RELEASE"):
        monkeypatch.setenv(name, environment[name])
    page = testing.AppTest.from_file(f"{explore.__path__[0]}/app.py", default_timeout=120).run()
    assert not page.exception
    return page


def test_every_choice_narrows_what_is_drawn_and_can_be_undone(app):
    everything = [one.value for one in app.subheader]
    assert "The usual week" in everything and "Where things happen" in everything
    app.sidebar.multiselect[0].select("purchase").run()
    assert not app.exception
    fewer = [one.value for one in app.subheader]
    assert "The usual week" not in fewer and "Each kind of event has its own day" in fewer
    region = app.sidebar.selectbox[0]
    region.select(region.options[1]).run()
    assert not app.exception
    app.sidebar.radio[0].set_value("zh").run()
    assert not app.exception
    assert "每类事件各有一天中的节奏" in [one.value for one in app.subheader]
