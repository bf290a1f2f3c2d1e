"""The testbed derives from a release's values the configuration that the chart renders (tests/chart/facts.json)."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from planning.chart.helm_values import Release, helm_values
from testbed.milvus import Milvus, complaint
from testbed.translation import ROOT_PASSWORD, SecretEntry, default_yaml, leaves, merged, pod
from tests.chart.sample import CLUSTER, STANDALONE

FACTS: dict[str, Any] = json.loads((Path(__file__).parent.parent / "chart" / "facts.json").read_text())


@pytest.mark.parametrize(("mode", "release"), [("cluster", CLUSTER), ("standalone", STANDALONE)])
def test_the_configuration_is_the_one_that_the_chart_renders(mode: str, release: Release) -> None:
    rendered = FACTS[mode]["configuration"]
    values = helm_values(release)
    assert default_yaml(values, release.name, "milvus") == rendered["default.yaml"]
    assert pod(values, release.name, "milvus").configuration == merged(rendered["default.yaml"], rendered["user.yaml"])


@pytest.mark.parametrize(("mode", "release"), [("cluster", CLUSTER), ("standalone", STANDALONE)])
def test_the_environment_is_that_of_every_role_that_the_chart_renders(mode: str, release: Release) -> None:
    derived = pod(helm_values(release), release.name, "milvus").environment
    assert {name: f"{entry.secret}/{entry.key}" for name, entry in derived.items()} == {
        "COMMON_SECURITY_DEFAULTROOTPASSWORD": "milvus-root/password",
        "KAFKA_SASLPASSWORD": "milvus-kafka/password",
        "KAFKA_SASLUSERNAME": "milvus-kafka/username",
    }
    of_roles = [workload["secrets"] for name, workload in FACTS[mode]["workloads"].items() if "etcd" not in name]
    assert all(len(secrets) == len(derived) for secrets in of_roles)


def test_the_service_account_and_its_role_are_the_releases() -> None:
    derived = pod(helm_values(STANDALONE), "milvus", "milvus")
    assert (derived.service_account, derived.role_arn) == ("milvus", "arn:aws:iam::123456789012:role/milvus")


def test_roles_with_different_environments_are_refused() -> None:
    values = helm_values(CLUSTER)
    values["proxy"]["extraEnv"] = values["proxy"]["extraEnv"][1:]
    with pytest.raises(ValueError, match="the roles' environments differ"):
        pod(values, "milvus", "milvus")


def test_a_password_among_the_values_would_reach_the_configuration_as_in_the_chart() -> None:
    values = helm_values(STANDALONE)
    values["externalKafka"]["sasl"]["password"] = "plain"
    assert default_yaml(values, "milvus", "milvus")["kafka"]["saslPassword"] == "plain"


def test_leaves_are_paths_with_dots() -> None:
    assert list(leaves({"a": {"b": 1, "c": {}}, "d": None})) == ["a.b", "a.c", "d"]


@pytest.mark.usefixtures("available")
def test_milvus_reads_the_releases_configuration_over_its_own(tmp_path: Path) -> None:
    derived = pod(helm_values(STANDALONE), "milvus", "milvus")
    assert derived.environment[ROOT_PASSWORD] == SecretEntry("milvus-root", "password")
    Milvus(tmp_path / "milvus", derived, {}, "secret", {"common": {"session": {"ttl": 5}}})
    written = yaml.safe_load((tmp_path / "milvus" / "configs" / "milvus.yaml").read_text())
    assert written["kafka"]["saslMechanisms"] == "SCRAM-SHA-512"  # the release's
    assert written["common"]["storageType"] == "remote"  # the wheel says local, and S3 would stay empty
    assert written["rootCoord"]["dmlChannelNum"] == 16  # the server's own
    assert written["etcd"]["endpoints"] == "127.0.0.1:2379"  # the one process' own
    assert written["common"]["session"]["ttl"] == 5  # the test's


def test_a_panic_says_more_than_the_goroutines_below_it(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text(
        "[WARN] Access Denied\npanic: enable security mode\n\ngoroutine 1:\nproxy.AuthenticationInterceptor\n"
    )
    assert complaint(log) == "panic: enable security mode"
    log.write_text("[INFO] started\n")
    assert complaint(log) == "nothing in its log says why"
