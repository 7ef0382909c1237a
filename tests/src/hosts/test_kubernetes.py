"""The Kubernetes files: every overlay is rendered, is held to Kubernetes' own schemas, and fits the service."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import kubernetes_validate
import pytest
import yaml
from host_builds import arguments

from mlops.common.paths import REPOSITORY
from src.flow_service.app import create_app
from src.flow_service.guard import OPEN, OPEN_FOLDERS
from src.flow_service.settings import load_settings

FOLDER = REPOSITORY / "src" / "flow_service" / "kubernetes"
OVERLAYS = sorted(path.name for path in (FOLDER / "overlays").iterdir())
KUBECTL = Path(sys.executable).parent / "kubectl"
NAME = {"app.kubernetes.io/name": "flow-service"}
FROM_THE_SECRET = {"AOAI_API_KEY": "", "FLOW_SERVICE_API_KEYS": "k" * 32}


def kustomize(folder):
    """What `kubectl kustomize` makes of a folder."""
    done = subprocess.run([KUBECTL, "kustomize", folder], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return list(yaml.safe_load_all(done.stdout))


@pytest.fixture(params=OVERLAYS)
def rendered(request):
    """The objects of an overlay, by kind; network policies by name."""
    found = {}
    for each in kustomize(FOLDER / "overlays" / request.param):
        key = each["metadata"]["name"] if each["kind"] == "NetworkPolicy" else each["kind"]
        assert key not in found
        found[key] = each
    return found


@pytest.fixture
def pod(rendered):
    return rendered["Deployment"]["spec"]["template"]["spec"]


@pytest.fixture
def service_container(pod):
    (found,) = pod["containers"]
    return found


@pytest.fixture
def settings(rendered, service_container, tmp_path):
    """What the service reads in a pod."""
    given = {**rendered["ConfigMap"]["data"], **FROM_THE_SECRET, "FLOW_SERVICE_DOCUMENTS": str(tmp_path)}
    environment = service_container["args"][service_container["args"].index("--environment_name") + 1]
    return load_settings(environment, variables=given)


@pytest.mark.parametrize("version", ["1.33", "1.37"])
@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_object_keeps_to_the_schema(overlay, version):
    objects = kustomize(FOLDER / "overlays" / overlay)
    for each in objects:
        assert kubernetes_validate.validate(each, version, strict=True) == version
    assert {each["kind"] for each in objects} == {
        "Namespace",
        "ServiceAccount",
        "ConfigMap",
        "PersistentVolumeClaim",
        "Deployment",
        "Service",
        "Ingress",
        "HorizontalPodAutoscaler",
        "PodDisruptionBudget",
        "NetworkPolicy",
    }


def test_an_unknown_field_is_found_by_that_check():
    deployment = next(each for each in kustomize(FOLDER / "base") if each["kind"] == "Deployment")
    deployment["spec"]["template"]["spec"]["containers"][0]["readinesProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(deployment, "1.37", strict=True)


def test_everything_is_in_the_namespace_which_holds_pods_to_the_strictest_standard(rendered):
    namespace = rendered["Namespace"]["metadata"]
    assert namespace["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    others = [each for kind, each in rendered.items() if kind != "Namespace"]
    assert {each["metadata"]["namespace"] for each in others} == {namespace["name"]}


def test_selectors_find_the_pods(rendered):
    labels = rendered["Deployment"]["spec"]["template"]["metadata"]["labels"]
    assert NAME.items() <= labels.items()
    assert rendered["Deployment"]["spec"]["selector"]["matchLabels"] == NAME
    assert rendered["Service"]["spec"]["selector"] == NAME
    assert rendered["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"] == NAME
    assert rendered["flow-service"]["spec"]["podSelector"]["matchLabels"] == NAME
    for spread in rendered["Deployment"]["spec"]["template"]["spec"]["topologySpreadConstraints"]:
        assert spread["labelSelector"]["matchLabels"] == NAME


def test_what_is_named_exists(rendered, pod, service_container):
    deployment = rendered["Deployment"]
    target = rendered["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]
    assert target == {"apiVersion": "apps/v1", "kind": "Deployment", "name": deployment["metadata"]["name"]}
    assert "replicas" not in deployment["spec"]  # else each `kubectl apply` undoes what the autoscaler did
    assert pod["serviceAccountName"] == rendered["ServiceAccount"]["metadata"]["name"]
    claims = {volume["persistentVolumeClaim"]["claimName"] for volume in pod["volumes"] if "emptyDir" not in volume}
    assert claims == {rendered["PersistentVolumeClaim"]["metadata"]["name"]}
    assert {mount["name"] for mount in service_container["volumeMounts"]} == {each["name"] for each in pod["volumes"]}
    (configured,) = service_container["envFrom"]
    assert configured["configMapRef"]["name"] == rendered["ConfigMap"]["metadata"]["name"]


def test_ports_are_those_that_the_image_listens_on(rendered, service_container):
    ports = {port["name"]: port["containerPort"] for port in service_container["ports"]}
    assert [str(port) for port in ports.values()] == arguments("result", "EXPOSE")
    (port,) = rendered["Service"]["spec"]["ports"]
    assert port["targetPort"] in ports
    probes = [service_container[f"{kind}Probe"]["httpGet"]["port"] for kind in ("startup", "readiness", "liveness")]
    policies = [each["ports"][0]["port"] for each in rendered["flow-service"]["spec"]["ingress"]]
    assert set(probes + policies) <= set(ports)
    annotations = rendered["Deployment"]["spec"]["template"]["metadata"]["annotations"]
    assert int(annotations["prometheus.io/port"]) in ports.values()


def test_paths_of_probes_and_of_the_ingress_are_the_applications(rendered, service_container, settings):
    app = create_app(settings)
    routes = set(app.openapi()["paths"]) | OPEN
    probes = {service_container[f"{kind}Probe"]["httpGet"]["path"] for kind in ("startup", "readiness", "liveness")}
    assert probes <= routes
    (rule,) = rendered["Ingress"]["spec"]["rules"]
    exact = {path["path"] for path in rule["http"]["paths"] if path["pathType"] == "Exact"}
    prefixes = {path["path"] for path in rule["http"]["paths"] if path["pathType"] == "Prefix"}
    assert exact <= routes
    for prefix in prefixes:
        assert any(route.startswith(f"{prefix}/") for route in [*routes, *OPEN_FOLDERS]), prefix
    reached = {route for route in routes if route in exact or route.startswith(tuple(f"{each}/" for each in prefixes))}
    assert {"/metrics", "/readyz", "/healthz"} & (reached | prefixes) == set()
    assert set(app.openapi()["paths"]) - reached - prefixes == {"/metrics", "/readyz", "/healthz"}


def test_ingress_lets_through_what_the_service_takes(rendered, settings):
    ingress = rendered["Ingress"]
    annotations = {name.rpartition("/")[2]: value for name, value in ingress["metadata"]["annotations"].items()}
    assert int(annotations["proxy-body-size"].removesuffix("m")) > settings.serving.limits.document_megabytes
    assert int(annotations["proxy-read-timeout"]) > max(settings.seconds(flow) for flow in settings.flows)
    assert annotations["proxy-buffering"] == "off" and annotations["ssl-redirect"] == "true"
    hosts = [host for each in ingress["spec"]["tls"] for host in each["hosts"]]
    assert hosts == [rule["host"] for rule in ingress["spec"]["rules"]]


def test_a_pod_gets_the_time_to_end(pod, settings):
    limits = settings.serving.limits
    assert pod["terminationGracePeriodSeconds"] > limits.drain_seconds + limits.shutdown_seconds
    assert limits.drain_seconds >= 10  # for what routes requests to notice


def test_the_readiness_probe_waits_longer_than_the_service_for_the_models(service_container):
    from src.flow_service.readiness import ANSWER_S

    assert service_container["readinessProbe"]["timeoutSeconds"] > ANSWER_S


def test_variables_are_those_of_the_sample_and_secrets_stand_in_none_of_the_files(rendered, service_container):
    sample = (REPOSITORY / ".env.sample").read_text(encoding="utf-8")
    known = set(re.findall(r"^([A-Z_]+)=", sample, re.MULTILINE))
    secrets = {each["name"]: each["valueFrom"]["secretKeyRef"] for each in service_container["env"]}
    assert set(rendered["ConfigMap"]["data"]) | set(secrets) <= known
    assert set(rendered["ConfigMap"]["data"]) & set(secrets) == set()
    assert all(name == reference["key"] for name, reference in secrets.items())
    page = (REPOSITORY / "docs" / "kubernetes.md").read_text(encoding="utf-8")
    assert [name for name in secrets if name not in page] == []
    wanted = {name for name in known if re.search(r"^(?!LAPTOP_).*(KEYS?|CONNECTION_STRING)$", name)}
    assert set(secrets) == wanted


def test_pods_run_without_rights_and_write_to_volumes_alone(pod, service_container):
    around, within = pod["securityContext"], service_container["securityContext"]
    assert around["runAsNonRoot"] and around["seccompProfile"] == {"type": "RuntimeDefault"}
    user, group = arguments("result", "USER")[0].split(":")
    assert (around["runAsUser"], around["runAsGroup"], around["fsGroup"]) == (int(user), int(group), int(group))
    assert within == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod["automountServiceAccountToken"] is False
    mounts = [mount["mountPath"] for mount in service_container["volumeMounts"]]
    written = re.findall(r"=(/data\S*)", arguments("result", "ENV")[0])
    assert written and all(path.startswith(tuple(mounts)) for path in written)


def test_every_resource_is_requested_and_limited(service_container):
    resources = service_container["resources"]
    assert set(resources["requests"]) == set(resources["limits"]) == {"cpu", "memory", "ephemeral-storage"}


def test_nothing_goes_in_or_out_but_by_the_policy(rendered):
    nothing, policy = rendered["nothing-by-default"]["spec"], rendered["flow-service"]["spec"]
    assert nothing == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    assert all(each["from"] for each in policy["ingress"]) and all(each["to"] for each in policy["egress"])
    ports = {port["port"] for each in policy["egress"] for port in each["ports"]}
    assert ports == {53, 443, 4318}
    anywhere = [to["ipBlock"] for each in policy["egress"] for to in each["to"] if "ipBlock" in to]
    assert "169.254.0.0/16" in [excluded for block in anywhere for excluded in block["except"]]


def test_several_replicas_share_their_documents(rendered):
    most = rendered["HorizontalPodAutoscaler"]["spec"]["maxReplicas"]
    modes = rendered["PersistentVolumeClaim"]["spec"]["accessModes"]
    assert most == 1 or modes == ["ReadWriteMany"]


def test_no_registry_is_named_and_an_image_is_put_in_by_its_digest(tmp_path):
    for overlay in OVERLAYS:
        (deployment,) = [each for each in kustomize(FOLDER / "overlays" / overlay) if each["kind"] == "Deployment"]
        image = deployment["spec"]["template"]["spec"]["containers"][0]["image"]
        assert re.fullmatch(r"flow-service(:dev)?", image)
    shutil.copytree(FOLDER, tmp_path / "kubernetes")
    digest = f"sha256:{'0' * 64}"
    (tmp_path / "kubernetes" / "deployed").mkdir()
    (tmp_path / "kubernetes" / "deployed" / "kustomization.yaml").write_text(
        yaml.safe_dump(
            {
                "resources": ["../overlays/prod"],
                "images": [{"name": "flow-service", "newName": "registry.example.com/flow-service", "digest": digest}],
            }
        )
    )
    (deployment,) = [each for each in kustomize(tmp_path / "kubernetes" / "deployed") if each["kind"] == "Deployment"]
    image = deployment["spec"]["template"]["spec"]["containers"][0]["image"]
    assert image == f"registry.example.com/flow-service@{digest}"


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_an_environments_overlay_serves_that_environment_keyless(environment):
    objects = {each["kind"]: each for each in kustomize(FOLDER / "overlays" / environment)}
    template = objects["Deployment"]["spec"]["template"]
    assert template["spec"]["containers"][0]["args"] == ["--environment_name", environment]
    assert template["metadata"]["labels"]["azure.workload.identity/use"] == "true"
    assert "azure.workload.identity/client-id" in objects["ServiceAccount"]["metadata"]["annotations"]
