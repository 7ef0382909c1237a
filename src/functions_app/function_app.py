"""Where Azure Functions look for an application: the build puts this file at the root of what is deployed."""

from src.functions_app.hosting import functions_app

app = functions_app()
