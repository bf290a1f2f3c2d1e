"""The support bundle of a stack: it holds what helps, no secret, and names what it could not get."""

import json
import stat
import zipfile
from pathlib import Path
from typing import Any

import pytest

from operations.doctor import milvus
from operations.doctor.subject import Subject
from operations.kubernetes import KubernetesError
from operations.report import bundle
from tests.deployments import LOGIN
from tests.operations.doctor import cluster
from tests.operations.doctor.cluster import IN_MILVUS, Cluster
from tests.operations.doctor.healthy import ANSWERS, CLIENTS, WRITTEN
from tests.settings.written import settings

SECRET = "hunter2-Zr9"
LOG = f'[ERROR] [kafka_client.go] ["sasl.password={SECRET}"] connection to broker-1:9096 failed\n'


class Logging(Cluster):
    """A cluster whose pods have a log."""

    def text(self, path: str, **query: str) -> str:
        assert query["tailLines"] == "500"
        if query["previous"] == "true":
            raise KubernetesError("previous terminated container not found", 400)
        return LOG


@pytest.fixture
def subject(monkeypatch: pytest.MonkeyPatch) -> Subject:
    ANSWERS.planned = dict(cluster.AWS)
    monkeypatch.setattr(milvus, "reaching", lambda contract, clients: [])
    pod = cluster.pod(restartCount=2)
    pod["spec"]["containers"][0]["env"] = [
        {"name": "ROOT_PASSWORD", "value": SECRET},
        {"name": "LEVEL", "value": "info"},
    ]
    event = cluster.event("Unhealthy", f"login with token={SECRET} failed")
    written: dict[str, Any] = {
        **WRITTEN,
        "attu": {"exposure": "internal", "oidc": {**LOGIN, "clientSecret": SECRET}},
        "milvus": {"config": {"gcp": {"credentialJSON": SECRET}}},
    }
    made = [*cluster.RESOURCES, cluster.resource("random:index/randomPassword:RandomPassword", "none", result=SECRET)]
    state = {"deployment": {"resources": made}}
    return Subject(
        "dev",
        settings(written),
        CLIENTS,
        state,
        Logging(**{f"{IN_MILVUS}/pods": [pod], f"{IN_MILVUS}/events": [event]}),
    )


def content(file: Path) -> dict[str, str]:
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_the_bundle_holds_what_helps(subject: Subject, tmp_path: Path) -> None:
    missing = bundle(subject, tmp_path / "a.zip")
    files = content(tmp_path / "a.zip")
    assert {
        "versions.json", "settings.json", "plan.json", "outputs.json", "state.json", "doctor.json", "missing.json",
        "kubernetes/nodes.json", "kubernetes/milvus/pods.json", "kubernetes/milvus/events.json",
        "kubernetes/kube-system/deployments.json", "logs/milvus-proxy-1.proxy.log",
    } <= files.keys()  # fmt: skip
    assert "connection to broker-1:9096 failed" in files["logs/milvus-proxy-1.proxy.log"]
    assert json.loads(files["versions.json"])["milvus"] == "2.6.20"
    assert json.loads(files["doctor.json"])["code"] == 0
    assert json.loads(files["plan.json"])["usd_per_month"] > 0
    assert missing == json.loads(files["missing.json"])
    assert missing == {
        "logs/milvus-proxy-1.proxy.previous.log": "KubernetesError: previous terminated container not found"
    }
    assert stat.S_IMODE((tmp_path / "a.zip").stat().st_mode) == 0o600


def test_no_secret_is_in_it(subject: Subject, tmp_path: Path) -> None:
    bundle(subject, tmp_path / "a.zip")
    files = content(tmp_path / "a.zip")
    assert [name for name, text in files.items() if SECRET in text] == []
    assert "(redacted)" in files["kubernetes/milvus/pods.json"]
    assert "login with token=(redacted)" in files["kubernetes/milvus/events.json"]
    assert cluster.USER in files["outputs.json"]  # where a secret is, not what it is


def test_kubernetes_secrets_are_not_read(subject: Subject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    get = Logging.get
    monkeypatch.setattr(Logging, "get", lambda self, path, **query: (asked.append(path), get(self, path, **query))[1])
    bundle(subject, tmp_path / "a.zip")
    assert not any(name.endswith("secrets.json") for name in content(tmp_path / "a.zip"))
    assert f"{IN_MILVUS}/pods" in asked


def test_a_cluster_that_is_not_reached_leaves_the_rest(subject: Subject, tmp_path: Path) -> None:
    down = Logging(**dict.fromkeys(("/version", IN_MILVUS, *cluster.OBJECTS), KubernetesError("no such host")))
    missing = bundle(Subject("dev", subject.settings, CLIENTS, subject.state, down), tmp_path / "a.zip")
    assert missing["kubernetes/milvus/pods.json"] == "KubernetesError: no such host"
    [fault] = json.loads(content(tmp_path / "a.zip")["doctor.json"])["faults"]
    assert fault["check"] == "lets us in"
