"""Prompt flow's own settings."""

import os
import stat

import pytest

from mlops.promptflow_patches.setup import set_up_promptflow

NAMES = (
    "PF_HOME_DIRECTORY",
    "PYTHON_KEYRING_BACKEND",
    "KEYRING_PROPERTY_FILE_PATH",
    "PF_DISABLE_TRACING",
    "PF_TRACING_SKIP_LOCAL_SETUP",
    "PF_LOGGING_LEVEL",
    "APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED",
    "APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL",
)


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch):
    for name in NAMES:
        monkeypatch.setenv(name, "remembered, so that it is restored")
        monkeypatch.delenv(name)


def test_state_is_kept_in_the_folder_and_only_its_owner_may_read_it(tmp_path):
    home = set_up_promptflow(tmp_path / "a" / "home")
    assert os.environ["PF_HOME_DIRECTORY"] == str(home) == str(tmp_path / "a" / "home")
    assert os.environ["KEYRING_PROPERTY_FILE_PATH"].startswith(str(home))
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


def test_telemetry_traces_and_services_are_off(tmp_path):
    home = set_up_promptflow(tmp_path)
    assert "enabled: false" in (home / "pf.yaml").read_text()
    assert os.environ["PF_DISABLE_TRACING"] == os.environ["PF_TRACING_SKIP_LOCAL_SETUP"] == "true"
    assert os.environ["APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL"] == "true"


def test_what_the_user_has_set_stays(tmp_path, monkeypatch):
    monkeypatch.setenv("PF_HOME_DIRECTORY", str(tmp_path / "mine"))
    monkeypatch.setenv("PF_LOGGING_LEVEL", "DEBUG")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "pf.yaml").write_text("telemetry:\n  enabled: true\n")
    assert set_up_promptflow(tmp_path / "other") == tmp_path / "mine"
    assert os.environ["PF_LOGGING_LEVEL"] == "DEBUG"
    assert "true" in (tmp_path / "mine" / "pf.yaml").read_text()
    assert not (tmp_path / "other").exists()
