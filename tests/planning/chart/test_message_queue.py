"""Values for a log without Kafka, as the pinned chart renders them (tests/chart/facts.json)."""

import json
from pathlib import Path
from typing import Any

import pytest

from planning.chart.helm_values import helm_values
from tests.chart.sample import WITHOUT_KAFKA
from tools.chart_facts import fingerprint

FACTS: dict[str, Any] = json.loads((Path(__file__).parents[2] / "chart" / "facts.json").read_text())
MODES = pytest.mark.parametrize("mode", WITHOUT_KAFKA)


@MODES
def test_the_rendered_facts_are_those_of_todays_values(mode: str) -> None:
    """When this fails, fetch the chart and run `.venv/bin/python -m tools.chart_facts`, which renders it again."""
    assert FACTS[mode]["values"] == fingerprint(WITHOUT_KAFKA[mode])


@MODES
def test_milvus_is_told_to_use_woodpecker_in_the_bucket_and_nothing_of_kafka(mode: str) -> None:
    config = FACTS[mode]["configuration"]["default.yaml"]
    assert (config["mq"], config["messageQueue"]) == ({"type": "woodpecker"}, "woodpecker")
    assert config["woodpecker"]["storage"]["type"] == "minio"
    assert "kafka" not in config


@MODES
def test_no_pods_of_woodpecker_and_no_volume_of_a_standalone_are_made(mode: str) -> None:
    kinds = FACTS[mode]["kinds"]
    assert kinds["StatefulSet"] == ["milvus-etcd"]
    assert "PersistentVolumeClaim" not in kinds


@MODES
def test_no_role_reads_a_user_of_kafka(mode: str) -> None:
    values = helm_values(WITHOUT_KAFKA[mode])
    roles = [values[role] for role in WITHOUT_KAFKA[mode].roles]
    read = {variable["name"] for role in roles for variable in role["extraEnv"]}
    assert read == {"COMMON_SECURITY_DEFAULTROOTPASSWORD"}
