"""Rehearsals in which a real API server judges every Kubernetes object, and three that make a mistake."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from planning import versions
from rehearsal.run import Judge, rehearse
from rehearsal.stage import Stage
from rehearsal.workspace import Edit
from testbed.kubernetes import behind
from testbed.kubernetes.api import Api
from tests.engine import ROOT
from tests.rehearsal.test_configurations import OPERATOR
from tests.testbed.kubernetes.tiny import write_chart

JUDGE = Judge(behind.SOURCE, behind.__name__)
PROBE = "components/milvus/probe.py"
RICHEST: dict[str, Any] = {
    "workload": {"vectors": 20_000_000, "dimension": 768, "replicas": 2},
    "milvus": {
        "stopInOrder": True,
        "namespace": "vectors",
        "monitoringNamespace": "monitoring",
        "defragmentEtcd": True,
    },
    "attu": {"exposure": "public"},
    "access": {
        "public": True,
        "clientCidrs": ["198.51.100.0/24"],
        "domain": {"zoneId": "Z0123456789", "milvus": "milvus.example.org", "attu": "attu.example.org"},
    },
    "kafka": {"users": ["a", "b"], "activeUser": "b"},
    "backup": {"enabled": True, "replicateTo": "us-west-2"},
    "alarms": {"emails": ["ops@example.org"], "canary": True},
    "monitoring": {"prometheus": "existing", "labels": {"release": "prometheus"}},
}
CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: of-the-chart}\ndata: {size: SIZE}\n"


def charts(folder: Path, size: str) -> Path:
    """A folder with a chart for each release of the program, which makes one ConfigMap."""
    for name, version in {
        "milvus": versions.CHART,
        "aws-load-balancer-controller": versions.LOAD_BALANCER_CONTROLLER_CHART,
    }.items():
        write_chart(folder, name, version, {"templates/map.yaml": CONFIG_MAP.replace("SIZE", size)})
    return folder


def test_no_object_of_dev_and_its_charts_is_refused_warned_of_or_kept_in_another_way(api: Api, tmp_path: Path) -> None:
    folder = charts(tmp_path, "'3'")
    command = ["make", "rehearse", "STACK=dev", "KUBERNETES=1", f"CHARTS={folder}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    said = " ".join(done.stdout.split())
    assert done.returncode == 0, said
    assert "objects judged by kube-apiserver 1.35.4, releases rendered from " in said
    assert said.endswith("nothing is wrong")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            ["KUBERNETES=1", "CHARTS=docs"],
            "CHARTS is docs, which holds no chart: name a folder with copies of the charts",
        ),
        (["CHARTS=docs"], "CHARTS has no effect without KUBERNETES=1"),
        (["KUBERNETES=1", "DATA_PLANE=1"], "either DATA_PLANE=1 or KUBERNETES=1"),
    ],
)
def test_what_cannot_be_rehearsed_is_said_before_anything_starts(given: list[str], said: str) -> None:
    done = subprocess.run(["make", "rehearse", "STACK=dev", *given], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode != 0
    assert done.stderr.splitlines()[0] == f"error: {said}"
    assert done.stdout == ""


@pytest.mark.parametrize("settings", [{}, RICHEST], ids=["as it is", "with the richest settings"])
def test_no_object_of_prod_is_either(api: Api, settings: dict[str, Any]) -> None:
    world = [OPERATOR] if "monitoring" in settings else []
    ours = {f"milvus-on-aws:{key}": value for key, value in settings.items()}
    report = rehearse("prod", settings=ours, world=world, judge=JUDGE)
    assert report.violations == []
    assert report.second_up_changes == 0


def test_a_rehearsal_names_every_object_that_the_server_refuses(
    api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(behind.CHARTS, str(charts(tmp_path, "3")))
    edits = [
        Edit(PROBE, '"name": "script", "mount_path"', '"name": "scripts", "mount_path"'),
        Edit(
            "components/milvus/milvus.py",
            '"pod-security.kubernetes.io/enforce": "baseline"',
            '"pod-security.kubernetes.io/enforce": "base-line"',
        ),
        Edit("components/endpoints/attu.py", '"memory": "256Mi"', '"memory": "1000Ki"'),
    ]
    violations = rehearse("dev", edits=edits, judge=JUDGE).violations
    for words in (
        'spec.template.spec.containers[0].volumeMounts[0].name: Not found: "scripts"',
        'metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "base-line"',
        "chart milvus: ",
        "chart aws-load-balancer-controller: ",
        ".data.size: expected string, got &value.valueUnstructured{Value:3}",
        "kube-apiserver 1.35.4",
    ):
        assert any(words in each for each in violations), violations


def test_a_refusal_ends_up_in_the_servers_words(api: Api, tmp_path: Path) -> None:
    edit = Edit(PROBE, '"limits": {"memory": "128Mi"}', '"limits": {"memory": "32Mi"}')
    with Stage(tmp_path, "dev", edits=[edit], behind=[behind.__name__]) as stage:
        up = stage.up()
        assert not up.succeeded
        assert "spec.template.spec.containers[0].resources.requests: Invalid value" in up.text
        assert "must be less than or equal to memory limit of 32Mi" in up.text
