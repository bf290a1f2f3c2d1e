"""Rehearsals in which a real API server judges every Kubernetes object, and three that make a mistake."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rehearsal.run import Judge, rehearse
from rehearsal.stage import Stage
from rehearsal.workspace import Edit
from testbed.kubernetes import behind
from testbed.kubernetes.api import Api
from tests.engine import ROOT

JUDGE = Judge(behind.SOURCE, behind.__name__)
PROBE = "components/milvus/probe.py"
RICHEST: dict[str, Any] = {
    "workload": {"vectors": 20_000_000, "dimension": 768, "replicas": 2},
    "milvus": {"stopInOrder": True, "namespace": "vectors", "monitoringNamespace": "monitoring"},
    "attu": {"exposure": "public"},
    "access": {
        "public": True,
        "clientCidrs": ["198.51.100.0/24"],
        "domain": {"zoneId": "Z0123456789", "milvus": "milvus.example.org", "attu": "attu.example.org"},
    },
    "kafka": {"users": ["a", "b"], "activeUser": "b"},
}


def test_no_object_of_dev_is_refused_warned_of_or_kept_in_another_way(api: Api) -> None:
    command = [sys.executable, "-m", "testbed.kubernetes", "dev", "--json"]  # what `make rehearse KUBERNETES=1` runs
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    report = json.loads(done.stdout)
    assert report["violations"] == []
    assert report["judged_by"] == "kube-apiserver 1.35.4"
    assert done.returncode == 0


@pytest.mark.parametrize("settings", [{}, RICHEST], ids=["as it is", "with the richest settings"])
def test_no_object_of_prod_is_either(api: Api, settings: dict[str, Any]) -> None:
    report = rehearse("prod", settings={f"milvus-on-aws:{key}": value for key, value in settings.items()}, judge=JUDGE)
    assert report.violations == []
    assert report.second_up_changes == 0


def test_a_rehearsal_names_every_object_that_the_server_refuses(api: Api) -> None:
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
