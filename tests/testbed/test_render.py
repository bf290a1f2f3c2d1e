"""Each check of a rendered chart reports one broken object, and a small chart passes all checks.

The real chart is in no package registry. `.venv/bin/python -m testbed.render CHART` checks a copy of it.
"""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from planning.chart.helm_values import helm_values
from planning.chart.names import role_labels
from rehearsal.cloud.cloud import Cloud
from rehearsal.cloud.resource import Resource
from rehearsal.rules.kubernetes import RELEASE
from testbed.bed import BINDING
from testbed.render import (
    BUDGET,
    POLICY,
    bundled,
    in_plain_text,
    missing_credentials,
    other_configuration,
    problems,
    render,
    unmatched,
)
from testbed.translation import default_yaml
from tests.chart.sample import STANDALONE

VALUES = helm_values(STANDALONE)
LABELS = role_labels("milvus", "standalone")
ROLE = "arn:aws:iam::123456789012:role/milvus"
CHART = {
    "Chart.yaml": "apiVersion: v2\nname: milvus\nversion: 0.0.1\n",
    "templates/all.yaml": """
apiVersion: v1
kind: ConfigMap
metadata: {{name: milvus}}
data:
  default.yaml: {default}
  user.yaml: {{{{ index .Values.extraConfigFiles "user.yaml" | toJson }}}}
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{{{ .Values.serviceAccount.name }}}}
  annotations: {{{{ toJson .Values.serviceAccount.annotations }}}}
---
apiVersion: v1
kind: Service
metadata: {{name: milvus}}
spec: {{selector: {labels}, ports: [{{name: milvus, port: 19530}}]}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: milvus-standalone}}
spec:
  template:
    metadata: {{labels: {labels}}}
    spec:
      serviceAccountName: milvus
      containers: [{{name: milvus, env: {{{{ toJson .Values.standalone.extraEnv }}}}}}]
""",
}


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    for path, text in CHART.items():
        file = tmp_path / path
        file.parent.mkdir(exist_ok=True)
        default = json.dumps(json.dumps(default_yaml(VALUES, "milvus", "milvus")))
        file.write_text(text.format(default=default, labels=json.dumps(LABELS)) if "templates" in path else text)
    return tmp_path


@pytest.fixture
def manifests(chart: Path) -> list[dict[str, Any]]:
    return render(VALUES, chart, "milvus", "milvus")


def only(manifests: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    (found,) = (manifest for manifest in manifests if manifest["kind"] == kind)
    return found


def test_a_chart_that_does_what_the_program_stands_on_has_no_problems(chart: Path) -> None:
    cloud = Cloud()
    inputs = {"chart": "milvus", "name": "milvus", "namespace": "milvus", "values": VALUES}
    cloud.put(Resource(RELEASE, "milvus/milvus", inputs=inputs))
    reference = {"name": "milvus", "port": 19530}
    cloud.put(Resource(BINDING, "milvus/milvus", inputs={"spec": {"serviceRef": reference}}))
    cloud.put(Resource(POLICY, "milvus/p", inputs={"spec": {"podSelector": {"matchLabels": LABELS}}}))
    assert list(problems(chart, cloud)) == []


def test_what_helm_refuses_is_said(chart: Path) -> None:
    (chart / "templates" / "broken.yaml").write_text("{{ fail `no such value` }}")
    with pytest.raises(ValueError, match="no such value"):
        render(VALUES, chart, "milvus", "milvus")


@pytest.mark.parametrize("line", ["  saslPassword: hunter2", "secretAccessKey: x", '"defaultRootPassword": "x"'])
def test_a_password_in_a_config_map_is_found_by_its_key(manifests: list[dict[str, Any]], line: str) -> None:
    only(manifests, "ConfigMap")["data"]["more.yaml"] = f"kafka:\n{line}\n"
    assert list(in_plain_text(manifests, [])) == ["a secret is in ConfigMap milvus"]


def test_a_generated_secret_in_a_config_map_is_found_by_its_value(manifests: list[dict[str, Any]]) -> None:
    only(manifests, "ConfigMap")["data"]["more.yaml"] = "anything: q7Zk"
    assert list(in_plain_text(manifests, ["q7Zk"])) == ["a secret is in ConfigMap milvus"]


def test_keys_without_a_value_are_no_secret(manifests: list[dict[str, Any]]) -> None:
    only(manifests, "ConfigMap")["data"]["more.yaml"] = (
        'minio:\n  secretAccessKey:\n  saslPassword: ""\n  useIAM: true\n'
    )
    assert list(in_plain_text(manifests, [])) == []


def test_another_kafka_configuration_is_named(manifests: list[dict[str, Any]]) -> None:
    data = only(manifests, "ConfigMap")["data"]
    changed = yaml.safe_load(data["default.yaml"])
    changed["kafka"]["saslMechanisms"] = "PLAIN"
    data["default.yaml"] = json.dumps(changed)
    (problem,) = other_configuration(manifests, VALUES, "milvus", "milvus")
    assert problem.startswith("configuration kafka: the chart renders {")
    assert "'saslMechanisms': 'PLAIN'" in problem


def test_a_users_configuration_that_does_not_arrive_is_named(manifests: list[dict[str, Any]]) -> None:
    only(manifests, "ConfigMap")["data"]["user.yaml"] = "{}"
    assert list(other_configuration(manifests, VALUES, "milvus", "milvus")) == [
        "configuration user.yaml is not the one that was given"
    ]


@pytest.mark.parametrize("name", ["milvus-kafka", "milvus-pulsarv3-bookie", "milvus-minio", "milvus-zookeeper"])
def test_a_broker_or_object_store_of_the_charts_own_is_named(name: str) -> None:
    assert list(bundled([{"kind": "StatefulSet", "metadata": {"name": name}}])) == [
        f"StatefulSet {name} is the chart's own: it stays off"
    ]


def test_a_role_without_the_credentials_is_named(manifests: list[dict[str, Any]]) -> None:
    container = only(manifests, "Deployment")["spec"]["template"]["spec"]["containers"][0]
    container["env"] = [each for each in container["env"] if each["name"] != "KAFKA_SASLPASSWORD"]
    container["env"].append({"name": "KAFKA_SASLPASSWORD", "value": "in plain"})
    assert list(missing_credentials(manifests, VALUES)) == [
        "milvus-standalone does not get KAFKA_SASLPASSWORD from a Secret"
    ]


def test_a_service_account_without_a_role_is_named(manifests: list[dict[str, Any]]) -> None:
    del only(manifests, "ServiceAccount")["metadata"]["annotations"]
    assert list(missing_credentials(manifests, VALUES)) == [
        "milvus-standalone runs as service account milvus, which no role is annotated to"
    ]


def test_a_budget_a_policy_and_a_binding_that_meet_nothing_are_named(manifests: list[dict[str, Any]]) -> None:
    other = LABELS | {"component": "proxy"}
    beside = [
        Resource(BUDGET, "budget", inputs={"spec": {"selector": {"matchLabels": other}}}),
        Resource(POLICY, "policy", inputs={"spec": {"podSelector": {"matchLabels": other}}}),
        Resource(BINDING, "binding", inputs={"spec": {"serviceRef": {"name": "milvus", "port": 9091}}}),
    ]
    assert list(unmatched(manifests, beside)) == [
        f"budget meets none of the chart's pods: {other}",
        f"policy meets none of the chart's pods: {other}",
        "binding: Service milvus has no pods, or no such port",
    ]
