"""What Azure ML's driver does in each process of a parallel step: init, run for each mini-batch, shutdown."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import os
import sys
from pathlib import Path

ARGUMENTS_OF_THE_DRIVER = ["--process_count_per_node", "1", "--mini_batch_size", "1", "--output", "unused"]


def serve(connection, code: str, entry: str, arguments: list[str], environment: dict[str, str]) -> None:
    """Do what is asked through a connection until it is closed.

    A message is a JSON list of files; the answer an object with the number of results, or an error, and the log.
    """
    os.environ.clear()
    os.environ.update(environment)
    _trust_the_loopback_authority()
    os.chdir(code)
    repository = str(Path(__file__).resolve().parents[3])
    inside = [path for path in sys.path if path.startswith(repository) and "site-packages" not in path or path == ""]
    sys.path[:] = [code, *(path for path in sys.path if path not in inside)]  # nothing of the repository but its code
    sys.argv = [entry, *arguments, *ARGUMENTS_OF_THE_DRIVER]
    sys.stderr = open(os.devnull, "w")
    module = None
    while True:
        try:
            batch = json.loads(connection.recv())
        except EOFError:
            break
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            answer = {}
            try:
                if module is None:
                    answer["fatal"] = True
                    module = _load(Path(code) / entry)
                    module.init()
                    del answer["fatal"]
                answer["returned"] = len(module.run(batch))
            except Exception as error:
                answer["error"] = f"{type(error).__name__}: {error}"
        connection.send(json.dumps({**answer, "log": said.getvalue()}))
    if module is not None and hasattr(module, "shutdown"):
        module.shutdown()


def _trust_the_loopback_authority() -> None:
    """Read SSL_CERT_FILE anew: this process is a fork, and aiohttp read certificates when it was imported."""
    if connector := sys.modules.get("aiohttp.connector"):
        connector._SSL_CONTEXT_VERIFIED = connector._make_ssl_context(True)


def _load(path: Path):
    spec = importlib.util.spec_from_file_location("entry_script", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
