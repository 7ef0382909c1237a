"""Azure Functions: what the build assembles is indexed and invoked in a process of its own, out of the repository."""

import base64
import hashlib
import json
import os
import subprocess
import sys
import threading
import zipfile
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from host_builds import QUESTIONS
from image_builds import installed, interpreter
from unprivileged import make_read_only, make_writable

from mlops.common.paths import REPOSITORY
from src.functions_app.build import deployed_files

KEY = {"X-API-Key": "k" * 32}
HOST = Path(__file__).with_name("functions_host.py")
LOCK = REPOSITORY / "src" / "functions_app" / "requirements.lock"
INSTALL = """python3 -m venv $FOLDER/venv
$FOLDER/venv/bin/python -m pip install --quiet --disable-pip-version-check --only-binary :all: --requirement {lock}
$FOLDER/venv/bin/python -m pip install --quiet --disable-pip-version-check 'azure-functions-runtime>=1.3,<2'
"""
TRACE, OTHER_TRACE = "0af7651916cd43dd8448eb211c80319c", "4bf92f3577b34da6a3ce929d0e0e4736"


def command(*options, folder=REPOSITORY):
    return subprocess.run(
        [sys.executable, "-m", "src.functions_app.build", *options],
        cwd=folder,
        text=True,
        capture_output=True,
        check=False,
    )


@pytest.fixture(scope="module")
def deployed(tmp_path_factory):
    """A folder as it is deployed, which nobody can write to."""
    folder = tmp_path_factory.mktemp("functions") / "deployed"
    built = command("--output", str(folder))
    assert built.returncode == 0, built.stderr
    assert built.stdout.strip() == str(folder)
    make_read_only(folder)
    yield folder
    make_writable(folder)


@pytest.fixture(scope="module", params=["here", pytest.param("locked", marks=pytest.mark.packages)])
def python(request):
    """This interpreter, or one that has the locked packages and the host's own library alone."""
    if request.param == "here":
        return sys.executable
    packages = installed(LOCK.read_bytes(), INSTALL.format(lock=LOCK), interpreter("3.13"))  # docs/functions.md
    return str(packages / "venv" / "bin" / "python")


@contextmanager
def host(python, folder, scratch, models, **variables):
    """A function that makes requests at the same time, of an application that a host has indexed."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(folder),
        "PYTHONDONTWRITEBYTECODE": "1",
        "TMPDIR": str(scratch),
        "FLOW_SERVICE_ENVIRONMENT": "dev",
        "AOAI_BASE_ENDPOINT": models,
        "AOAI_API_KEY": "x",
        "FLOW_SERVICE_API_KEYS": KEY["X-API-Key"],
        **variables,
    }
    with (scratch / "log").open("w") as log:
        started = subprocess.Popen(
            [python, HOST],
            cwd=folder,
            env=environment,
            text=True,
            stderr=log,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def invoke(*requests):
        if requests:
            started.stdin.write(json.dumps(requests) + "\n")
            started.stdin.flush()
        line = started.stdout.readline()
        assert line, (scratch / "log").read_text()[-3000:]
        return json.loads(line)

    try:
        yield invoke
        started.stdin.close()
        assert started.wait(60) == 0
    finally:
        started.kill()
        started.wait()


def get(path, **given):
    return {"method": "GET", "path": path, **given}


def post(path, content, headers=KEY, **given):
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return {
        "method": "POST",
        "path": path,
        "headers": {"Content-Type": "application/json", **headers},
        "body": base64.b64encode(body).decode(),
        **given,
    }


def body(answer):
    return base64.b64decode(answer["body"])


def test_every_flow_is_served_from_the_deployed_folder_and_loaded_once(python, deployed, models, tmp_path):
    sample = (deployed / "data" / "documents" / "larkmoor_handbook.pdf").read_bytes()
    with host(python, deployed, tmp_path, models) as invoke:
        indexed = invoke()
        assert indexed["auth"].endswith("ANONYMOUS") and indexed["route"] == "/{*route}"
        first = invoke(get("/healthz"), get("/readyz"), get("/flows", headers=KEY), get("/flows"), get("/"))
        assert [answer["status"] for answer in first] == [200, 200, 200, 401, 200]
        assert first[3]["type"].startswith("application/problem+json")
        (uploaded,) = invoke(post("/documents", sample))
        document = {"pdf_url": json.loads(body(uploaded))["pdf_url"]}
        asked = {name: dict(inputs) for name, (inputs, _) in QUESTIONS.items()}
        asked["chat_with_pdf"].update(document)
        answers = invoke(*(post(f"/flows/{name}", inputs) for name, inputs in asked.items()))
        for (name, (_, wanted)), answer in zip(QUESTIONS.items(), answers, strict=True):
            assert answer["status"] == 200, body(answer)
            found = json.loads(body(answer))["outputs"]["answer"]
            assert found == wanted if isinstance(wanted, list) else wanted in found, name
    log = (tmp_path / "log").read_text()
    assert log.count("served: class_basic_flow") == 1
    assert "nurse" not in log and KEY["X-API-Key"] not in log


def test_events_come_too_though_not_before_the_answer_is_whole(python, deployed, models, tmp_path):
    inputs = {"pdf_url": "data/documents/larkmoor_handbook.pdf", **QUESTIONS["chat_with_pdf"][0]}
    with host(python, deployed, tmp_path, models) as invoke:
        invoke()
        (answer,) = invoke(post("/flows/chat_with_pdf", inputs, {**KEY, "Accept": "text/event-stream"}))
    assert answer["status"] == 200 and answer["type"].startswith("text/event-stream")
    events = [block.split("\n")[0] for block in body(answer).decode().strip().split("\n\n")]
    assert events[-1] == "event: result" and set(events[:-1]) == {"event: delta"}


@contextmanager
def collector():
    """A collector of traces: its address, and what it was sent."""
    received = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):  # noqa: N802 (the name that http.server looks for)
            received.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", received
    finally:
        server.shutdown()
        server.server_close()


def test_the_hosts_trace_continues_else_the_callers_and_a_request_without_either_is_served(
    python, deployed, models, tmp_path
):
    record = QUESTIONS["function_basic_flow"][0]
    flow = "/flows/function_basic_flow"
    callers = {**KEY, "traceparent": f"00-{OTHER_TRACE}-b7ad6b7169203331-01"}
    with collector() as (address, received):
        with host(python, deployed, tmp_path, models, OTEL_EXPORTER_OTLP_ENDPOINT=address) as invoke:
            invoke()
            answers = invoke(
                post(flow, record),
                post(flow, record, callers),
                post(flow, record, {**KEY, "traceparent": "nonsense"}),
                post(flow, record, callers, trace=f"00-{TRACE}-b7ad6b7169203332-01"),
                post(flow, record, trace=""),
            )
    assert [answer["status"] for answer in answers] == [200] * 5
    sent = b"".join(content for path, content in received if path == "/v1/traces")
    assert bytes.fromhex(TRACE) in sent and bytes.fromhex(OTHER_TRACE) in sent
    assert bytes.fromhex("b7ad6b7169203331") in sent and bytes.fromhex("b7ad6b7169203332") in sent


def test_what_is_missing_is_said_when_the_host_indexes(deployed, models, tmp_path):
    with pytest.raises(AssertionError, match="anybody could call"):
        with host(sys.executable, deployed, tmp_path, models, FLOW_SERVICE_API_KEYS="") as invoke:
            invoke()


def test_a_zip_holds_the_same_files_and_the_same_bytes_each_time(deployed, tmp_path):
    for name in ("one.zip", "two.zip"):
        assert command("--output", str(tmp_path / name)).returncode == 0
    one, two = ((tmp_path / name).read_bytes() for name in ("one.zip", "two.zip"))
    assert hashlib.sha256(one).digest() == hashlib.sha256(two).digest()
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        assert archive.testzip() is None
        assert archive.namelist() == sorted(deployed_files())
        for name in archive.namelist():
            assert archive.read(name) == (deployed / name).read_bytes()


def test_only_an_empty_folder_is_written_to(tmp_path):
    (tmp_path / "mine").write_text("x")
    for output in (tmp_path, tmp_path / "mine", tmp_path / "mine" / "x", tmp_path / "mine" / "x.zip"):
        ended = command("--output", str(output))
        assert ended.returncode == 2 and ended.stdout == ""
        assert ended.stderr.startswith("error: ") and ended.stderr.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_the_host_file_lets_every_path_through_and_waits_for_the_longest_flow():
    host_file = json.loads((REPOSITORY / "src" / "functions_app" / "host.json").read_text())
    assert host_file["version"] == "2.0" and host_file["extensions"]["http"]["routePrefix"] == ""
    hours, minutes, _ = map(int, host_file["functionTimeout"].split(":"))
    assert 60 * (60 * hours + minutes) > 300
