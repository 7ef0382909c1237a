"""A Kubernetes API server on loopback: as much as kubectl needs to apply objects, watch a roll-out and undo it.

A deployment becomes ready at once, unless its image says `broken`: then it exceeds its progress deadline.
"""

from __future__ import annotations

import copy
import json
import re
import threading
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import yaml

KINDS = {  # by group and version: plural, kind, whether in a namespace
    "v1": [
        ("namespaces", "Namespace", False),
        ("serviceaccounts", "ServiceAccount", True),
        ("services", "Service", True),
        ("configmaps", "ConfigMap", True),
        ("persistentvolumeclaims", "PersistentVolumeClaim", True),
        ("pods", "Pod", True),
    ],
    "apps/v1": [("deployments", "Deployment", True), ("replicasets", "ReplicaSet", True)],
    "policy/v1": [("poddisruptionbudgets", "PodDisruptionBudget", True)],
    "autoscaling/v2": [("horizontalpodautoscalers", "HorizontalPodAutoscaler", True)],
    "networking.k8s.io/v1": [("ingresses", "Ingress", True), ("networkpolicies", "NetworkPolicy", True)],
}
REVISION = "deployment.kubernetes.io/revision"


class Cluster(AbstractContextManager):
    """A cluster.

    Attributes:
        objects: by path.
        refused: kinds that it refuses; `all` of them.
        failing: whether nothing becomes ready, as when its machines are full.
    """

    def __init__(self) -> None:
        self.objects: dict[str, dict[str, Any]] = {}
        self.refused: set[str] = set()
        self.failing = False
        cluster = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                status, content = cluster.route(self.command, self.path, body)
                sent = b"" if "watch=true" in self.path else json.dumps(content).encode()  # nothing more happens
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(sent)))
                self.end_headers()
                self.wfile.write(sent)

            do_GET = do_PATCH = do_POST = answer  # noqa: N815 the names that http.server looks for

            def log_message(self, *arguments: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __exit__(self, *error: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def configuration(self, path: Path) -> Path:
        """Write a configuration that leads kubectl here, and return its file."""
        here = {"name": "here", "cluster": {"server": f"http://127.0.0.1:{self.server.server_port}"}}
        context = {"name": "here", "context": {"cluster": "here", "user": "here"}}
        users = [{"name": "here", "user": {}}]
        path.write_text(
            yaml.safe_dump(
                {
                    "apiVersion": "v1",
                    "kind": "Config",
                    "clusters": [here],
                    "contexts": [context],
                    "users": users,
                    "current-context": "here",
                }
            ),
            encoding="utf-8",
        )
        return path

    @property
    def image(self) -> str:
        """What the deployment runs."""
        [deployment] = [each for each in self.objects.values() if each["kind"] == "Deployment"]
        return deployment["spec"]["template"]["spec"]["containers"][0]["image"]

    def route(self, method: str, address: str, body: bytes) -> tuple[int, Any]:
        """Return status and content of an answer."""
        path, query = urlsplit(address).path, parse_qs(urlsplit(address).query)
        if path in ("/api", "/apis") or path.removeprefix("/apis/").removeprefix("/api/") in KINDS:
            return 200, self.discovery(path)
        if path.startswith("/openapi/v3"):
            return 200, openapi(path.removeprefix("/openapi/v3").strip("/"))
        if method == "PATCH":
            return self.patched(path, body)
        if re.search(r"/(deployments|replicasets|pods)$", path):
            return 200, self.listed(path, query)
        found = self.objects.get(path)
        return (200, found) if found else (404, failure(404, f"{path} not found"))

    def discovery(self, path: str) -> dict[str, Any]:
        if path == "/api":
            return {"kind": "APIVersions", "versions": ["v1"]}
        if path == "/apis":
            groups = []
            for version in KINDS:
                if "/" in version:
                    about = {"groupVersion": version, "version": version.split("/")[1]}
                    groups.append({"name": version.split("/")[0], "versions": [about], "preferredVersion": about})
            return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}
        version = path.removeprefix("/apis/").removeprefix("/api/")
        verbs = ["get", "list", "watch", "patch", "create"]
        resources = [
            {"name": plural, "singularName": kind.lower(), "kind": kind, "namespaced": namespaced, "verbs": verbs}
            for plural, kind, namespaced in KINDS[version]
        ]
        return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": resources}

    def listed(self, path: str, query: dict[str, list[str]]) -> dict[str, Any]:
        items = [each for place, each in self.objects.items() if place.startswith(f"{path}/")]
        name = re.search(r"metadata.name=([\w-]+)", "".join(query.get("fieldSelector", [])))
        if name:
            items = [each for each in items if each["metadata"]["name"] == name[1]]
        version = "v1" if path.startswith("/api/") else "apps/v1"
        kinds = {"deployments": "DeploymentList", "replicasets": "ReplicaSetList", "pods": "PodList"}
        kind = kinds[path.rpartition("/")[2]]
        return {"kind": kind, "apiVersion": version, "metadata": {"resourceVersion": "1"}, "items": items}

    def patched(self, path: str, body: bytes) -> tuple[int, Any]:
        patch = yaml.safe_load(body)
        if self.refused & {"all", patch["kind"] if isinstance(patch, dict) else "Deployment"}:
            return 403, failure(403, "not allowed")
        if isinstance(patch, list):  # JSON patch, of rollout undo: the template is replaced
            changed = copy.deepcopy(self.objects[path])
            for operation in patch:
                if operation["path"] == "/spec/template":
                    changed["spec"]["template"] = operation["value"]
        else:
            changed = patch
        changed["metadata"] = {**changed["metadata"], "uid": path, "resourceVersion": "1", "generation": 1}
        self.objects[path] = changed
        if changed["kind"] == "Deployment":
            self.revise(path, changed)
        return 200, changed

    def revise(self, path: str, deployment: dict[str, Any]) -> None:
        """Do the controller's part: a replica set for each version, and the status."""
        base = f"{path.rpartition('/deployments/')[0]}/replicasets"
        template = copy.deepcopy(deployment["spec"]["template"])
        sets = {place: each for place, each in self.objects.items() if place.startswith(f"{base}/")}
        newest = max((int(each["metadata"]["annotations"][REVISION]) for each in sets.values()), default=0)
        for place, each in sets.items():
            if each["spec"]["template"] == template:
                newest -= each["metadata"]["annotations"][REVISION] == str(newest)  # nothing has changed
                del self.objects[place]
        revision = newest + 1
        deployment["metadata"].setdefault("annotations", {})[REVISION] = str(revision)
        name = f"{deployment['metadata']['name']}-{revision}"
        owner = {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "name": deployment["metadata"]["name"],
            "uid": path,
            "controller": True,
        }
        self.objects[f"{base}/{name}"] = {
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "metadata": {
                "name": name,
                "namespace": deployment["metadata"]["namespace"],
                "uid": name,
                "labels": template["metadata"]["labels"],
                "annotations": {REVISION: str(revision)},
                "ownerReferences": [owner],
            },
            "spec": {"replicas": 1, "template": template, "selector": deployment["spec"]["selector"]},
        }
        broken = self.failing or "broken" in template["spec"]["containers"][0]["image"]
        reason = "ProgressDeadlineExceeded" if broken else "NewReplicaSetAvailable"
        ready = 0 if broken else 1
        deployment["status"] = {
            "observedGeneration": 1,
            "replicas": 1,
            "updatedReplicas": 1,
            "readyReplicas": ready,
            "availableReplicas": ready,
            "conditions": [{"type": "Progressing", "status": str(not broken), "reason": reason}],
        }


def openapi(place: str) -> dict[str, Any]:
    """Return what kubectl looks for in the API's description: that the server itself checks the fields of a patch."""
    places = {("apis/" if "/" in version else "api/") + version: version for version in KINDS}
    if not place:
        return {"paths": {known: {"serverRelativeURL": f"/openapi/v3/{known}?hash=1"} for known in places}}
    group, _, version = places[place].rpartition("/")
    paths = {}
    for plural, kind, namespaced in KINDS[places[place]]:
        about = {"group": group, "version": version, "kind": kind}
        checked = {"name": "fieldValidation", "in": "query", "schema": {"type": "string"}}
        patch = {"x-kubernetes-group-version-kind": about, "parameters": [checked], "responses": {}}
        paths[f"/{place}/{'namespaces/{namespace}/' if namespaced else ''}{plural}/{{name}}"] = {"patch": patch}
    return {"openapi": "3.0.0", "info": {"title": "Kubernetes", "version": "1"}, "paths": paths}


def failure(code: int, message: str) -> dict[str, Any]:
    """Return an error as the API server words it."""
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "status": "Failure",
        "code": code,
        "message": message,
        "reason": {403: "Forbidden", 404: "NotFound"}[code],
    }
