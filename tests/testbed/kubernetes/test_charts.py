"""Charts from a local folder."""

from pathlib import Path

import pytest

from testbed.kubernetes.charts import MissingChartError, charts, rendered
from tests.testbed.kubernetes.tiny import write_chart

TEMPLATE = """apiVersion: v1
kind: ConfigMap
metadata: {name: "{{ .Release.Name }}", annotations: {"size": "{{ .Values.size }}"}}
"""
DEFINITION = """apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.corp.internal}
"""
HOOK = """apiVersion: v1
kind: Pod
metadata: {name: test, annotations: {"helm.sh/hook": test}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A checkout with a chart that has another one inside of it."""
    files = {"templates/map.yaml": TEMPLATE, "templates/test.yaml": HOOK, "crds/things.yaml": DEFINITION}
    chart = write_chart(tmp_path / "stable", "milvus", "5.0.19", files)
    write_chart(chart / "charts", "etcd", "5.0.19", {})
    return tmp_path


def test_charts_are_found_at_any_depth_but_not_those_inside_of_charts(folder: Path) -> None:
    assert charts(folder) == {("milvus", "5.0.19"): folder / "stable" / "milvus"}


def test_packages_are_charts_too(tmp_path: Path) -> None:
    (tmp_path / "aws-load-balancer-controller-3.5.0.tgz").touch()
    assert set(charts(tmp_path)) == {("aws-load-balancer-controller", "3.5.0")}


def test_a_release_is_rendered_with_its_values_definitions_first_and_without_tests(folder: Path) -> None:
    release = {"chart": "milvus", "version": "5.0.19", "name": "mine", "namespace": "milvus", "values": {"size": 3}}
    definition, config_map = rendered(folder, release)
    assert definition["kind"] == "CustomResourceDefinition"
    assert config_map["metadata"] == {"name": "mine", "annotations": {"size": "3"}}


def test_another_version_is_no_substitute(folder: Path) -> None:
    release = {"chart": "milvus", "version": "5.0.20", "name": "mine", "namespace": "milvus"}
    with pytest.raises(MissingChartError) as refused:
        rendered(folder, release)
    assert str(refused.value) == f"CHARTS: no chart milvus 5.0.20 in {folder}; the charts there: milvus 5.0.19"
