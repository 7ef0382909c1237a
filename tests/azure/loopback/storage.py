"""The workspace's storage account: Azurite's blob service, over TLS, under the account's own host name."""

from __future__ import annotations

import base64
import os
import re
import secrets
import shutil
import subprocess
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

ACCOUNT = "llmopsloopback"
HOST = f"{ACCOUNT}.blob.core.windows.net"
CONTAINER = "azureml-blobstore-loopback"
READY_WITHIN = 30.0  # seconds
LISTENS = re.compile(rb"successfully listens on https://127\.0\.0\.1:(\d+)|listening at https://127\.0\.0\.1:(\d+)")
NODE_MODULES = Path(__file__).resolve().parents[3] / "node_modules"


def azurite_command() -> str | None:
    """Return Azurite's command, from this repository's node_modules or the PATH; None where it or Node is missing."""
    if shutil.which("node") is None:
        return None
    return shutil.which("azurite-blob", path=os.pathsep.join([str(NODE_MODULES / ".bin"), os.environ.get("PATH", "")]))


class Storage:
    """Azurite as a child process on a free port.

    Args:
        folder: where it may write.
        certificate: the PEM file with which it answers.
        certificate_key: its key.

    Attributes:
        key: the account's key, made anew for each run.
        port: where it listens, once it is started.
    """

    def __init__(self, folder: Path, certificate: Path, certificate_key: Path):
        self._folder = folder
        self._certificate = certificate
        self._certificate_key = certificate_key
        self._process: subprocess.Popen | None = None
        self.key = base64.b64encode(secrets.token_bytes(64)).decode()
        self.port = 0

    def start(self) -> None:
        """Start it and wait until it listens.

        Raises:
            RuntimeError: it did not get ready; the text has what it said.
        """
        log = self._folder / "azurite.log"
        options = ["--blobPort", "0", "--inMemoryPersistence", "--disableTelemetry", "--skipApiVersionCheck"]
        options += ["--cert", str(self._certificate), "--key", str(self._certificate_key), "--oauth", "basic"]
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [azurite_command(), *options],
                cwd=self._folder,
                env={**os.environ, "AZURITE_ACCOUNTS": f"{ACCOUNT}:{self.key}"},
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
            )
        deadline = time.monotonic() + READY_WITHIN
        while not (found := LISTENS.search(log.read_bytes())):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"Azurite did not start: {log.read_text(errors='replace')[-500:]}")
            time.sleep(0.05)
        self.port = int(found[1] or found[2])

    def stop(self) -> None:
        """End it."""
        if self._process:
            self._process.terminate()
            self._process.wait(10)

    def new_container(self) -> str:
        """Make a container, and return its name."""
        name = f"code-{secrets.token_hex(8)}"
        with self.container(name) as container:
            container.create_container()
        return name

    def sas(self, container: str = CONTAINER) -> str:
        """Return a signature that lets its bearer read and write a container for an hour."""
        from azure.storage.blob import ContainerSasPermissions, generate_container_sas

        return generate_container_sas(
            ACCOUNT,
            container,
            account_key=self.key,
            permission=ContainerSasPermissions(read=True, write=True, delete=True, list=True, create=True, add=True),
            expiry=datetime.now(timezone.utc) + timedelta(hours=1),
        )

    def container(self, name: str = CONTAINER):
        """Return a client of a container that needs no proxy, for the stand-in itself and for tests."""
        from azure.storage.blob import ContainerClient

        return ContainerClient(
            f"https://127.0.0.1:{self.port}/{ACCOUNT}",
            name,
            credential=self.key,
            connection_verify=str(self._certificate.with_name("authority.pem")),
        )

    def read(self, name: str) -> bytes:
        """Return a blob's content."""
        with self.container() as container:
            return container.download_blob(name).readall()

    def download(self, prefix: str, folder: Path, container_name: str = CONTAINER) -> Path:
        """Write all blobs whose names begin with a prefix into a folder, under the rest of their names."""
        with self.container(container_name) as container:
            for blob in container.list_blobs(name_starts_with=prefix):
                relative = blob.name.removeprefix(prefix).strip("/") or Path(blob.name).name
                path = folder / relative
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(container.download_blob(blob.name).readall())
        return folder
