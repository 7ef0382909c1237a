"""Serves a flow in an online endpoint, with Prompt flow's own server: POST /score, GET /health, GET /swagger.json.

WEB_CONCURRENCY sets the number of processes, each with its own event loop; flows are asynchronous, so one is much.
"""

import os
import shutil
import tempfile
from pathlib import Path

import uvicorn


def writable_copy(folder):
    """Return a copy of a folder that this process may write to.

    Prompt flow writes `.promptflow` into the folder of a class or a function, but the model is a mount that may be
    read-only, or another user's.
    """
    copied = shutil.copytree(folder, Path(tempfile.mkdtemp(prefix="flow-")) / "model", copy_function=shutil.copyfile)
    for inner, _, _ in os.walk(copied):  # copytree gives the copies the rights of the originals
        os.chmod(inner, 0o700)
    return str(copied)


def application():
    """Return Prompt flow's application for the flow in AZUREML_MODEL_DIR."""
    from promptflow.core._serving.app import create_app

    patch_llm_node()
    patch_late_roles()
    return create_app(engine="fastapi", extension_type="azureml")


def patch_late_roles():
    """Make the server wait for the role to read connections with classes, too, and not end.

    If it may not read a connection yet, it starts without its flow and loads it with the first request that can. But it
    does not recognize that error where the class of a flow has met it.
    """
    from promptflow.core._errors import UserAuthenticationError
    from promptflow.core._serving.extension.azureml_extension import AzureMLExtension

    def ends_the_server(extension, error):
        while error is not None and not isinstance(error, UserAuthenticationError):
            error = error.__cause__
        return error is None

    AzureMLExtension.raise_ex_on_invoker_initialization_failure = ends_the_server


def patch_llm_node():
    """Make the LLM node of a DAG reject incomplete answers, and sign in without a key; the flow brings the code."""
    package = next(Path(os.environ.get("AZUREML_MODEL_DIR", ".")).rglob("model_endpoint"), None)
    if package is not None and any(package.parent.glob("flow.dag.yaml")):
        from promptflow._utils.context_utils import inject_sys_path

        with inject_sys_path(package.parent):
            from model_endpoint.llm_node import patch_llm_node as patch

            patch()


if __name__ == "__main__":
    os.environ["AZUREML_MODEL_DIR"] = writable_copy(os.environ["AZUREML_MODEL_DIR"])
    host, port = os.environ.get("SERVE_HOST", "0.0.0.0"), int(os.environ.get("SERVE_PORT", "8080"))
    uvicorn.run("serve:application", factory=True, host=host, port=port)
