"""Roll the flow service out to Kubernetes: apply an environment's overlay with an image, wait, roll back on failure.

kubectl does the work, with the cluster that its configuration points to. A roll-out that does not become ready within
its time is undone, so that the previous version keeps answering, and the command fails.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from shutil import which

from mlops.common.cli import command_parser, exit_status
from mlops.common.errors import RunFailed, UserError
from mlops.common.paths import REPOSITORY, display_path

OVERLAYS = REPOSITORY / "src" / "flow_service" / "kubernetes" / "overlays"
NAME = "flow-service"  # of the deployment, its container and the image in the base
MANAGER = "flow-service-pipeline"  # what the cluster calls the owner of the fields that are applied


def kubectl(*arguments: str, sent: str | None = None, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run kubectl, that of the locked environment where it is there, and return its result.

    Raises:
        UserError: there is none.
        RunFailed: it failed, and `check` is true.
    """
    beside = Path(sys.executable).with_name("kubectl")
    program = str(beside) if beside.exists() else which("kubectl")
    if program is None:
        raise UserError("kubectl is not installed: make install brings it")
    result = subprocess.run([program, *arguments], input=sent, capture_output=True, text=True, check=False)
    if check and result.returncode:
        raise RunFailed(f"kubectl {arguments[0]} failed: {result.stderr.strip()}")
    return result


def manifests(environment: str, image: str) -> list[dict]:
    """Return the Kubernetes objects of an environment, with the image in place.

    Raises:
        UserError: there is no overlay for the environment.
    """
    import yaml

    overlay = OVERLAYS / environment
    if not (overlay / "kustomization.yaml").exists():
        known = sorted(path.parent.name for path in OVERLAYS.glob("*/kustomization.yaml"))
        raise UserError(f"{display_path(overlay)} does not exist: there is an overlay for {', '.join(known)}")
    objects = list(yaml.safe_load_all(kubectl("kustomize", str(overlay)).stdout))
    for each in objects:
        if each["kind"] == "Deployment":
            for container in each["spec"]["template"]["spec"]["containers"]:
                if container["name"] == NAME:
                    container["image"] = image
    return objects


def roll_out(objects: list[dict], seconds: int) -> None:
    """Apply the objects and wait until the deployment is ready; undo its roll-out if it is refused or not in time.

    Raises:
        RunFailed: it was refused, or undone.
    """
    import yaml

    [deployment] = [each for each in objects if each["kind"] == "Deployment"]
    namespace = deployment["metadata"]["namespace"]
    before = revision(namespace)
    applied = kubectl(
        "apply",
        "--server-side",
        f"--field-manager={MANAGER}",
        "--force-conflicts",
        "--filename",
        "-",
        sent=yaml.safe_dump_all(objects),
        check=False,
    )
    print(applied.stdout, end="")
    if applied.returncode:  # of one object; the deployment may have been taken
        failure = f"kubectl apply failed: {applied.stderr.strip()}"
    else:
        late = wait(namespace, seconds)
        failure = f"The roll-out was not ready in {seconds} s: {late}" if late else ""
    if failure:
        pods = kubectl(
            "get", "pods", "--namespace", namespace, "--selector", f"app.kubernetes.io/name={NAME}", check=False
        ).stdout
        back = undo(namespace, seconds, before) if before else "There is no version to go back to."
        raise RunFailed(f"{failure}\n{pods}{back}")


def revision(namespace: str) -> str:
    """Return the revision of the deployment that the cluster has, empty if there is none."""
    place = r"jsonpath={.metadata.annotations.deployment\.kubernetes\.io/revision}"
    found = kubectl("get", f"deployment/{NAME}", "--namespace", namespace, "--ignore-not-found", "--output", place)
    return found.stdout


def wait(namespace: str, seconds: int) -> str | None:
    """Wait for a roll-out to end; return why it did not, None if all is ready."""
    result = kubectl(
        "rollout", "status", f"deployment/{NAME}", "--namespace", namespace, f"--timeout={seconds}s", check=False
    )
    print(result.stdout, end="")
    return (result.stderr.strip() or "no reason given") if result.returncode else None


def undo(namespace: str, seconds: int, target: str = "0") -> str:
    """Go back to an earlier version, wait for it, and return the outcome in a sentence.

    Args:
        namespace: of the deployment.
        seconds: how long to wait.
        target: its revision; 0 is the one before, which is too old if the roll-out changed nothing.
    """
    undone = kubectl(
        "rollout", "undo", f"deployment/{NAME}", "--namespace", namespace, f"--to-revision={target}", check=False
    )
    if undone.returncode:
        return f"There is no version to go back to: {undone.stderr.strip()}"
    failure = wait(namespace, seconds)
    return f"The previous version is not ready either: {failure}" if failure else "The previous version answers again."


def main() -> None:
    """Roll out, or back, as the command line says."""
    parser = command_parser(__doc__)
    parser.add_argument("--environment_name", required=True, metavar="E", help="dev or prod: picks the overlay")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--image", metavar="IMAGE", help="the image with its registry and tag or digest")
    what.add_argument("--rollback", action="store_true", help="go back to the previous version")
    parser.add_argument("--seconds", type=int, default=900, metavar="N", help="how long to wait; default: 900")
    parser.add_argument("--dry_run", action="store_true", help="print what `kubectl apply` takes, and send nothing")
    arguments = parser.parse_args()
    objects = manifests(arguments.environment_name, arguments.image or NAME)
    if arguments.dry_run:
        import yaml

        print(yaml.safe_dump_all(objects, sort_keys=False), end="")
    elif arguments.rollback:
        outcome = undo(objects[0]["metadata"].get("namespace") or objects[0]["metadata"]["name"], arguments.seconds)
        if not outcome.endswith("answers again."):
            raise RunFailed(outcome)
        print(outcome)
    else:
        roll_out(objects, arguments.seconds)


if __name__ == "__main__":
    sys.exit(exit_status(main))
