"""Starts services for tests."""

import json
import socket
import threading
import time
from contextlib import contextmanager

import httpx
import uvicorn
from service_answers import answer

from mlops.common.paths import CONFIG_FILE
from mlops.endpoint.emulator import models_of_emulator, search_of_emulator
from src.flow_service.app import create_app
from src.flow_service.server import server_config
from src.flow_service.settings import load_settings

START_S = 60
BASIC = ("class_basic_flow", "function_basic_flow", "yaml_basic_flow")
PLANNING = ("class_plan_and_execute", "plan_and_execute")
RECORD = {"entity_type": "job title", "text": "The nurse met a software engineer."}
HANDBOOK = {
    "pdf_url": "data/documents/larkmoor_handbook.pdf",
    "question": "What does a public night cost for an adult?",
}
QUESTION = {"question": "How many more stations than the Halsen Coast Line does the Lumeth Metro have?"}
STREAM = {"Accept": "text/event-stream"}


def settings_for(endpoint, folder, environment="local", variables=None, serving=None, limits=None, path=CONFIG_FILE):
    """Settings of an environment whose models are at an endpoint.

    Args:
        endpoint: where the models are.
        folder: for uploaded documents.
        environment: its name.
        variables: of the environment.
        serving: what section `serving` has otherwise.
        limits: what its limits are otherwise.
        path: the configuration.
    """
    given = {"AOAI_BASE_ENDPOINT": endpoint, "FLOW_SERVICE_DOCUMENTS": str(folder), **(variables or {})}
    settings = load_settings(environment, path, variables=given)
    models = models_of_emulator(settings.aoai, endpoint)
    settings = settings.with_endpoints(models, search_of_emulator(settings.search, models))
    changed = settings.serving.model_copy(
        update={"limits": settings.serving.limits.model_copy(update=limits or {}), **(serving or {})}
    )
    return type(settings)(settings.environment, settings.flows, settings.aoai, settings.search, changed)


def answering(**settings):
    """An emulator that answers as tests/service_answers.py says, and takes any key.

    Args:
        **settings: others of `EmulatorSettings`.
    """
    from src.emulator.answers import FunctionAnswerer
    from src.emulator.server import Emulator
    from src.emulator.settings import EmulatorSettings

    return Emulator(EmulatorSettings(api_key=None, answerer=FunctionAnswerer(answer), **settings))


@contextmanager
def running(settings):
    """A client of a service that runs in a thread of this process."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    app = create_app(settings)
    config = server_config(app, settings)
    config.timeout_graceful_shutdown = 5
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + START_S
    while not server.started:
        assert thread.is_alive() and time.monotonic() < deadline, "the service did not start"
        time.sleep(0.01)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            client.app, client.port = app, port
            yield client
    finally:
        server.should_exit = True
        thread.join(20)


def events_of(answer):
    """The events of a server-sent stream, as (name, data)."""
    found = []
    for block in answer.text.strip().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if lines:
            found.append((lines["event"], json.loads(lines["data"])))
    return found
