"""One stack grows from a million vectors to a billion by updates that lose nothing, whatever its tier."""

import json
from pathlib import Path
from typing import Any

import pytest

from operations.review.changes import parse
from operations.review.guard import findings
from rehearsal.run import no_longer_ready
from rehearsal.stage import ROOT, Stage, configuration

MILLION, TWENTY, HUNDRED, BILLION = 1_000_000, 20_000_000, 100_000_000, 1_000_000_000


def holding(stage: Stage, vectors: int) -> None:
    settings: dict[str, Any] = configuration(ROOT / f"Pulumi.{stage.stack}.yaml")
    workload = settings["milvus-on-aws:workload"] | {"vectors": vectors, "dimension": 768}
    stage.configure(settings | {"milvus-on-aws:workload": workload})


@pytest.mark.slow
@pytest.mark.parametrize(("stack", "version", "gib"), [("dev", "3.8.x", "10Gi"), ("prod", "3.9.x.kraft", "20Gi")])
def test_a_stack_grows_in_place(stack: str, version: str, gib: str, tmp_path: Path) -> None:
    with Stage(tmp_path, stack) as stage:
        holding(stage, MILLION)
        assert stage.up().succeeded
        for vectors in (TWENTY, HUNDRED, BILLION):
            holding(stage, vectors)
            preview = parse(json.loads(stage.pulumi("preview", "--json")))
            assert [each for each in findings(preview) if each.verdict == "stopped"] == []
            grown = stage.up()
            assert grown.errors == []
            assert no_longer_ready(stage.cloud) == []
        (cluster,) = stage.cloud.all("aws:msk/cluster:Cluster")
        assert cluster.inputs["kafkaVersion"] == version
        assert cluster.inputs["brokerNodeGroupInfo"]["instanceType"] == "kafka.m7g.xlarge"
        release = next(
            each for each in stage.cloud.all("kubernetes:helm.sh/v3:Release") if each.inputs["chart"] == "milvus"
        )
        assert release.inputs["values"]["etcd"]["persistence"]["size"] == gib
