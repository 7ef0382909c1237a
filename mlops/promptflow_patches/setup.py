"""Prompt flow's own settings, which it reads from environment variables when it is first imported."""

from __future__ import annotations

import os
from pathlib import Path

from mlops.common.paths import PROMPTFLOW_HOME
from model_endpoint import bypass_proxies_for_loopback

# Prompt flow's local state: telemetry stays off until `pf config set telemetry.enabled=true`.
INITIAL_SETTINGS = "telemetry:\n  enabled: false\n"


def set_up_promptflow(home: Path = PROMPTFLOW_HOME) -> Path:
    """Keep Prompt flow's state inside the repository, and keep it from calling home or starting its trace service.

    Call it before anything of Prompt flow is imported. What the user has set in the environment stays as it is.

    Returns:
        The folder of Prompt flow's state. It holds the encrypted connections and their key, so nobody else may read it.
    """
    bypass_proxies_for_loopback()
    home = Path(os.environ.setdefault("PF_HOME_DIRECTORY", str(home)))
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o700)
    settings = home / "pf.yaml"
    if not settings.exists():
        settings.write_text(INITIAL_SETTINGS, encoding="utf-8")
    for name, value in {
        # Connections are encrypted with a key that Prompt flow keeps in a keyring; this one needs no desktop.
        "PYTHON_KEYRING_BACKEND": "keyrings.alt.file.PlaintextKeyring",
        "KEYRING_PROPERTY_FILE_PATH": str(home / "keyring.cfg"),
        # Traces double the time of a batch and start a service that outlives it; mlops.tracing.traces turns them on
        # when somebody wants to look at them.
        "PF_DISABLE_TRACING": "true",
        "PF_TRACING_SKIP_LOCAL_SETUP": "true",
        # A DAG that fails would print its traceback to standard output; runners tell the reason themselves.
        "PF_LOGGING_LEVEL": "CRITICAL",
        # The exporter behind Prompt flow's telemetry asks for its settings even when telemetry is off.
        "APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED": "true",
        "APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL": "true",
    }.items():
        os.environ.setdefault(name, value)
    return home
