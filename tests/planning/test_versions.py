"""Combinations of versions that are known to fail are refused, with the reason."""

from datetime import date

import pytest

from planning import versions
from planning.versions import Problem, check

TODAY = date(2026, 11, 21)


def problems(
    milvus: str = "2.6.20",
    chart: str = "5.0.19",
    kafka: str = "3.9.x.kraft",
    kubernetes: str = "1.35",
    on: date = TODAY,
) -> list[Problem]:
    return check(milvus=milvus, chart=chart, kafka=kafka, kubernetes=kubernetes, today=on)


def test_the_defaults_fit_together() -> None:
    assert not check(
        milvus=versions.MILVUS,
        chart=versions.CHART,
        kafka=versions.KAFKA,
        kubernetes=versions.KUBERNETES,
        today=TODAY,
    )


@pytest.mark.parametrize(
    ("milvus", "severity", "why"),
    [
        ("2.5.15", "error", "2.5.16"),
        ("2.6.9", "error", "CVE-2026-26190"),
        ("2.6.10", "warning", "47802"),
        ("2.6.18", "warning", "47802"),
        ("2.6.22", "error", "53169"),
        ("2.6.23", "warning", "53169"),
        ("2.6.24", "error", "not a release that was looked at"),
        ("3.0.1", "error", "2.6.20 only"),
        ("latest", "error", "not a release that was looked at"),
        ("2.6", "error", "not a release that was looked at"),
    ],
)
def test_a_milvus_image_known_to_be_bad_is_named_with_its_reason(milvus: str, severity: str, why: str) -> None:
    (problem,) = problems(milvus=milvus)
    assert (problem.key, problem.value, problem.severity) == ("milvus.version", milvus, severity)
    assert why in str(problem)


@pytest.mark.parametrize("milvus", ["2.6.19", "2.6.20", "v2.6.21"])
def test_a_good_milvus_image_is_let_through(milvus: str) -> None:
    assert problems(milvus=milvus) == []


@pytest.mark.parametrize(
    ("kafka", "why"), [("4.1.x.kraft", "52601"), ("3.9.x", "ZooKeeper"), ("3.6.0", "ZooKeeper"), ("3.7.x.kraft", "MSK")]
)
def test_a_kafka_that_milvus_cannot_log_in_to_or_msk_cannot_keep_is_refused(kafka: str, why: str) -> None:
    (problem,) = problems(kafka=kafka)
    assert problem.allowed == "3.8.x, 3.8.x.kraft, 3.9.x.kraft"
    assert why in str(problem)


def test_the_small_broker_gets_the_version_that_msk_runs_it_with() -> None:
    assert versions.kafka_for("kafka.t3.small") == "3.8.x"
    assert versions.kafka_for("kafka.m7g.large") == "3.9.x.kraft"
    assert not problems(kafka="3.8.x")


def test_a_chart_whose_values_nobody_read_is_refused() -> None:
    (problem,) = problems(chart="5.0.27")
    assert "5.0.19" in problem.allowed


@pytest.mark.parametrize("kubernetes", ["1.32", "1.37", "latest"])
def test_an_unknown_kubernetes_is_refused(kubernetes: str) -> None:
    (problem,) = problems(kubernetes=kubernetes)
    assert (problem.severity, problem.allowed) == ("error", "1.33, 1.34, 1.35, 1.36")


def test_a_kubernetes_past_its_standard_support_is_a_warning_so_that_an_old_stack_can_still_be_changed() -> None:
    (problem,) = problems(kubernetes="1.33")
    assert (problem.severity, problem.allowed) == ("warning", "1.34, 1.35, 1.36")
    assert problems(kubernetes="1.35", on=date(2027, 3, 27)) == []
    assert problems(kubernetes="1.35", on=date(2027, 3, 28))[0].allowed == "1.36"


def test_every_kubernetes_has_a_version_for_each_add_on_and_the_proxy_is_its_own() -> None:
    for version, kubernetes in versions.KUBERNETES_VERSIONS.items():
        assert set(kubernetes.addons) == {"coredns", "kube-proxy", "vpc-cni", "aws-ebs-csi-driver", "metrics-server"}
        assert kubernetes.addons["kube-proxy"].startswith(f"v{version}.")
        assert all("-eksbuild." in pinned for pinned in kubernetes.addons.values())


def test_everything_wrong_is_told_at_once() -> None:
    wrong = problems(milvus="2.6.22", chart="1.0", kafka="4.0.x.kraft", kubernetes="1.20")
    assert [p.key for p in wrong] == ["milvus.version", "milvus.chartVersion", "kafka.version", "cluster.version"]
