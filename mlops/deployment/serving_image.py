"""What the container image of an endpoint is built from: a Dockerfile, the server, and the flow's locked packages."""

from __future__ import annotations

import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from mlops.common.paths import REPOSITORY
from mlops.deployment.deployable_flow import DEPLOYMENTS, DeployableFlow
from mlops.flow_folders.folders import NOT_COPIED, digest_of, keep

IMAGE = Path(__file__).with_name("image")
LOCK = REPOSITORY / "requirements-azure.lock"  # not the whole: a new pytest makes no new image
# What serving takes besides the flow's own packages; the constraints have the versions.
SERVING = ("uvicorn", "azure-ai-ml", "azure-identity")
FROM = re.compile(r"^FROM .*$", re.MULTILINE)
LOCKED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?(==[^ ;\\]+)( ;[^\\]+)?", re.MULTILINE)


@dataclass(frozen=True)
class ServingImage:
    """The build context of an image.

    Attributes:
        folder: its files.
        version: a hash of them.
    """

    folder: Path
    version: str


def serving_image(flow: DeployableFlow, base_image: str = "") -> ServingImage:
    """Return the build context of the image that serves a flow, in a folder that is named by its content.

    Args:
        flow: what it serves.
        base_image: what it is built on, in place of the Dockerfile's own.
    """
    with tempfile.TemporaryDirectory(dir=DEPLOYMENTS) as temporary:
        folder = shutil.copytree(IMAGE, Path(temporary) / "image", ignore=NOT_COPIED)
        if base_image:
            dockerfile = folder / "Dockerfile"
            dockerfile.write_text(
                FROM.sub(f"FROM {base_image}", dockerfile.read_text(encoding="utf-8")), encoding="utf-8"
            )
        packages = (flow.folder / "requirements.txt").read_text(encoding="utf-8").rstrip()
        (folder / "requirements.txt").write_text("\n".join([packages, *SERVING, ""]), encoding="utf-8")
        (folder / "constraints.txt").write_text(constraints(LOCK.read_text(encoding="utf-8")), encoding="utf-8")
        version = digest_of(folder)
        return ServingImage(keep(folder, DEPLOYMENTS / f"image_{version}"), version)


def constraints(lock: str) -> str:
    """Return the versions of a lock file as constraints of pip, which take neither hashes nor extras."""
    return "".join(f"{name}{version}{marker.rstrip()}\n" for name, version, marker in LOCKED.findall(lock))
