"""What a chart renders, before the API server: definitions take the place of ours, webhooks are only tried."""

import time
from collections.abc import Generator
from pathlib import Path

import pytest

from rehearsal.cloud.resource import Resource, dig
from testbed.kubernetes.admission import Admission
from testbed.kubernetes.api import Api
from testbed.kubernetes.behind import release_problems
from testbed.kubernetes.definitions import define
from tests.testbed.kubernetes.tiny import write_chart

DEFINITION = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/targetgroupbindings.elbv2.k8s.aws"
CHART = {
    "crds/bindings.yaml": """apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: targetgroupbindings.elbv2.k8s.aws}
spec:
  group: elbv2.k8s.aws
  scope: Namespaced
  names:
    kind: TargetGroupBinding
    listKind: TargetGroupBindingList
    plural: targetgroupbindings
    singular: targetgroupbinding
  versions:
    - name: v1beta1
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
""",
    "templates/webhook.yaml": """apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: everything}
webhooks:
  - name: everything.corp.internal
    clientConfig: {service: {namespace: charts, name: nobody}}
    rules: [{apiGroups: ["*"], apiVersions: ["*"], operations: ["*"], resources: ["*"]}]
    failurePolicy: Fail
    sideEffects: None
    admissionReviewVersions: [v1]
""",
    "templates/map.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: made}\ndata: {size: {{ .Values.size }}}\n",
}


@pytest.fixture
def charts(tmp_path: Path) -> Path:
    write_chart(tmp_path, "controller", "1.0.0", CHART)
    return tmp_path


@pytest.fixture
def admission(api: Api) -> Generator[Admission]:
    made = Admission(api)
    assert made.problems({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "charts"}}) == []
    yield made
    made.clear()
    while dig(api.request("GET", DEFINITION).body, "metadata.deletionTimestamp"):  # the chart's own one goes with it
        time.sleep(0.1)
    define(api)


def release(size: object) -> Resource:
    inputs = {
        "chart": "controller",
        "version": "1.0.0",
        "name": "mine",
        "namespace": "charts",
        "values": {"size": size},
    }
    return Resource("kubernetes:helm.sh/v3:Release", "charts/mine", inputs=inputs)


def test_a_charts_webhooks_stop_nothing_and_its_definitions_are_the_newest(
    admission: Admission, charts: Path, api: Api
) -> None:
    ours = api.ask("GET", DEFINITION)["spec"]
    assert release_problems(admission, release("'3'"), charts) == []
    assert api.ask("GET", "/api/v1/namespaces/charts/configmaps/made")["data"] == {"size": "3"}
    assert api.ask("GET", DEFINITION)["spec"] != ours


def test_what_the_server_refuses_of_a_chart_names_the_chart(admission: Admission, charts: Path) -> None:
    (problem,) = release_problems(admission, release(3), charts)
    assert problem.startswith("chart controller: ")
    assert ".data.size: expected string, got &value.valueUnstructured{Value:3}" in problem


def test_a_chart_that_is_not_there_is_a_problem_too(admission: Admission, tmp_path: Path) -> None:
    assert release_problems(admission, release(3), tmp_path) == [
        f"CHARTS: no chart controller 1.0.0 in {tmp_path}; the charts there: none"
    ]
