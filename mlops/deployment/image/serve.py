"""Serves a flow in an online endpoint, with Prompt flow's own server: POST /score, GET /health, GET /swagger.json.

WEB_CONCURRENCY sets the number of processes, each with its own event loop; flows are asynchronous, so one is much.
"""

import os

import uvicorn


def application():
    """Return Prompt flow's application for the flow that Azure has put into AZUREML_MODEL_DIR."""
    from promptflow.core._serving.app import create_app

    return create_app(engine="fastapi", extension_type="azureml")


if __name__ == "__main__":
    host, port = os.environ.get("SERVE_HOST", "0.0.0.0"), int(os.environ.get("SERVE_PORT", "8080"))
    uvicorn.run("serve:application", factory=True, host=host, port=port)
