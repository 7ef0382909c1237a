"""A host of Azure Functions in a process of its own: it indexes the folder that it is started in, and invokes.

It reads JSON lines, each a list of requests that it makes at the same time, and writes their answers as a JSON line.
The indexing and, where it is installed, the loading are those of azure-functions-runtime, the host's own library.
"""

import asyncio
import base64
import json
import logging
import sys
from types import SimpleNamespace

import azure.functions as func


def index():
    """Find the application as the host does; return its functions."""
    try:
        from azure_functions_runtime.loader import index_function_app
    except ImportError:
        import function_app

        return function_app.app.get_functions()
    return index_function_app("function_app.py")


def context(given):
    """What the host tells a function about its invocation; the trace is empty where no header came."""
    trace = SimpleNamespace(trace_parent=given, trace_state=None, attributes={})
    return SimpleNamespace(
        invocation_id="1",
        function_name="http_app_func",
        function_directory=".",
        thread_local_storage=None,
        trace_context=trace,
        retry_context=None,
    )


async def invoke(function, wanted):
    url = f"https://flows.example.com{wanted['path']}"
    request = func.HttpRequest(
        wanted["method"],
        url,
        headers=wanted.get("headers", {}),
        params={},
        route_params={"route": wanted["path"].lstrip("/")},
        body=base64.b64decode(wanted.get("body", "")),
    )
    answer = await function(req=request, context=context(wanted.get("trace")))
    return {
        "status": answer.status_code,
        "headers": dict(answer.headers),
        "type": answer.mimetype,
        "body": base64.b64encode(answer.get_body()).decode(),
    }


async def main():
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    (function,) = index()
    trigger = function.get_trigger().get_dict_repr()
    print(json.dumps({"auth": str(trigger["authLevel"]), "route": trigger["route"]}), flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        answers = await asyncio.gather(*(invoke(function.get_user_function(), each) for each in json.loads(line)))
        print(json.dumps(answers), flush=True)


asyncio.run(main())
