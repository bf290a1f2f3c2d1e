"""Changes of a deployed stack: which ones AWS and Kubernetes refuse, and which ones replace resources."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from rehearsal.protocol.wire import name_of
from rehearsal.stage import ROOT, Stage
from rehearsal.workspace import Edit

BROKERS = {"instanceType": "kafka.m7g.large"}


def settings(**changed: Mapping[str, Any]) -> dict[str, Any]:
    """Those of dev, with whole sections changed."""
    base: dict[str, Any] = yaml.safe_load((ROOT / "Pulumi.dev.yaml").read_text())["config"]
    cluster = {**base["milvus-on-aws:cluster"], **changed.pop("cluster", {})}
    return {
        **base,
        "milvus-on-aws:cluster": cluster,
        **{f"milvus-on-aws:{key}": dict(value) for key, value in changed.items()},
    }


def test_what_cannot_change_is_refused(tmp_path: Path) -> None:
    not_replaced = Edit(
        "components/cluster/cluster.py",
        '                replace_on_changes=["reclaimPolicy", "volumeBindingMode"],\n',
        "",
    )
    with Stage(tmp_path, "dev", edits=[not_replaced], forgiving=True) as stage:
        stage.configure(settings(cluster={"version": "1.34"}, kafka={**BROKERS, "version": "3.8.x", "storageGib": 200}))
        assert stage.up().succeeded
        assert stage.cloud.refusals == []
        changed = {**BROKERS, "version": "3.9.x.kraft", "storageGib": 100}
        stage.configure(settings(cluster={"version": "1.36", "keepVolumes": True}, kafka=changed))
        stage.up()
        refusals = sorted(line for line in stage.cloud.refusals if "Forbidden" in line or "Exception" in line)
    first_lines = [refusal.splitlines()[0] for refusal in refusals]
    assert [line for line in first_lines if "eksCluster" in line or "storage-class" in line] == [
        "cluster-eksCluster: InvalidParameterException: Unsupported Kubernetes minor version update from 1.34 to 1.36",
        'cluster-storage-class: StorageClass.storage.k8s.io "gp3" is invalid: reclaimPolicy: Forbidden: updates to'
        " reclaimPolicy are forbidden (Delete to Retain)",
    ]
    assert [line for line in first_lines if line.startswith("kafka-cluster")] == [
        "kafka-cluster: BadRequestException: The size of your EBS volume can only be increased: 200 GiB, 100 GiB asked"
        " for",
        "kafka-cluster: BadRequestException: Unsupported update from Apache Kafka version 3.8.x to 3.9.x.kraft: brokers"
        " stay with KRaft or ZooKeeper for life",
    ]


@pytest.mark.slow
def test_what_makes_what_anew(tmp_path: Path) -> None:
    with Stage(tmp_path, "dev") as stage:
        stage.configure(settings(kafka={**BROKERS, "version": "3.9.x.kraft"}))
        assert stage.up().succeeded
        stage.configure(settings(cluster={"keepVolumes": True}, kafka={**BROKERS, "version": "3.9.x.kraft"}))
        kept = stage.up()
        assert kept.succeeded, kept.text
        replaced = {name_of(step.urn) for step in kept.changes if step.operation == "replace"}
        # The probe proves each new release.
        assert replaced <= {"cluster-storage-class", "milvus-probe"}
        assert "cluster-storage-class" in replaced
        # An older Kafka, and other addresses of Services: new brokers, a new cluster, and all that is in it.
        older = {**BROKERS, "version": "3.8.x.kraft"}
        stage.configure(settings(cluster={"keepVolumes": True, "serviceCidr": "172.21.0.0/16"}, kafka=older))
        moved = stage.preview()
        assert moved.succeeded, moved.text
        anew = {name_of(step.urn) for step in moved.changes if step.operation == "replace"}
        assert {"kafka-cluster", "cluster-eksCluster", "cluster-kubernetes"} <= anew
        assert {"milvus-namespace", "milvus-release", "controller-release", "cluster-storage-class"} <= anew
