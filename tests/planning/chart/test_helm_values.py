"""The pinned chart knows all values that the program sets, and renders them as expected (tests/chart)."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planning import versions
from planning.chart import names as chart_names
from planning.chart.helm_values import Release, Role, helm_values, owned_keys
from tests.chart.sample import CLUSTER, STANDALONE
from tools.chart_facts import fingerprint

CHART = Path(__file__).parents[2] / "chart"
FACTS: dict[str, Any] = json.loads((CHART / "facts.json").read_text())
KNOWN: dict[str, Any] = json.loads((CHART / "known_paths.json").read_text())
KNOWN_PATHS = {*KNOWN["values"], *KNOWN["open"]}
RELEASES = {"cluster": CLUSTER, "standalone": STANDALONE}
LIVE_ROLES = {"mixCoordinator", "proxy", "queryNode", "dataNode", "streamingNode"}
"""Roles that run in chart 5: its rootCoordinator, queryCoordinator, indexCoordinator, dataCoordinator and indexNode
do not.
"""


def unknown_paths(values: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """Paths that the chart would ignore."""
    for key, value in values.items():
        here = f"{path}.{key}" if path else key
        if here in KNOWN_PATHS:
            continue
        if isinstance(value, Mapping) and any(known.startswith(f"{here}.") for known in KNOWN_PATHS):
            yield from unknown_paths(cast("Mapping[str, Any]", value), here)
        else:
            yield here


@pytest.mark.parametrize("release", RELEASES.values(), ids=RELEASES)
def test_every_value_is_one_that_the_pinned_chart_knows(release: Release) -> None:
    assert KNOWN["chart"] == f"milvus {versions.CHART}"
    everything = replace(release, registry="mirror", service_monitor=True, mmap_scalars=True)
    assert list(unknown_paths(helm_values(everything))) == []


def test_a_misspelt_value_would_be_noticed() -> None:
    values = {"etcd": {"replicas": 3}, "queryNode": {"resources": {"anything": 1}, "replica": 1}, "quota": {}}
    assert list(unknown_paths(values)) == ["etcd.replicas", "queryNode.replica", "quota"]


@pytest.mark.parametrize("mode", RELEASES)
def test_the_rendered_facts_are_those_of_todays_values(mode: str) -> None:
    """When this fails, fetch the chart and run `.venv/bin/python -m tools.chart_facts`, which renders it again."""
    assert FACTS["chart"] == versions.CHART
    assert FACTS[mode]["values"] == fingerprint(RELEASES[mode])


@pytest.mark.parametrize("mode", RELEASES)
def test_no_broker_or_object_store_of_the_chart_is_deployed(mode: str) -> None:
    deployed = {name.removeprefix("milvus-") for name in FACTS[mode]["workloads"]}
    assert (
        deployed
        == {
            "cluster": {"mixcoord", "proxy", "querynode", "datanode", "streamingnode", "etcd"},
            "standalone": {"standalone", "etcd"},
        }[mode]
    )
    assert "PersistentVolumeClaim" not in FACTS[mode]["kinds"]


@pytest.mark.parametrize("mode", RELEASES)
def test_milvus_is_told_to_use_msk_by_scram_and_s3_by_its_role(mode: str) -> None:
    config = FACTS[mode]["configuration"]["default.yaml"]
    assert (config["mq"], config["messageQueue"]) == ({"type": "kafka"}, "kafka")
    assert (config["kafka"]["securityProtocol"], config["kafka"]["saslMechanisms"]) == ("SASL_SSL", "SCRAM-SHA-512")
    s3 = config["minio"]
    assert (s3["address"], s3["port"], s3["useSSL"], s3["useIAM"]) == ("s3.eu-west-1.amazonaws.com", 443, True, True)
    assert s3["region"] == "eu-west-1"


@pytest.mark.parametrize("mode", RELEASES)
def test_credentials_reach_every_role_by_reference_and_no_configuration(mode: str) -> None:
    config = FACTS[mode]["configuration"]
    assert not {"saslUsername", "saslPassword"} & set(config["default.yaml"]["kafka"])
    assert "defaultRootPassword" not in config["user.yaml"]["common"]["security"]
    for name, workload in FACTS[mode]["workloads"].items():
        if not name.endswith("-etcd"):
            assert workload["secrets"] == {
                "COMMON_SECURITY_DEFAULTROOTPASSWORD": "milvus-root/password",
                "KAFKA_SASLPASSWORD": "milvus-kafka/password",
                "KAFKA_SASLUSERNAME": "milvus-kafka/username",
            }
            assert workload["service_account"] == "milvus"
            assert "milvus-on-aws/credentials" in workload["annotations"]


@pytest.mark.parametrize("mode", RELEASES)
def test_the_database_asks_for_a_password_and_keeps_its_own_corner_of_every_store(mode: str) -> None:
    prefix = RELEASES[mode].prefix
    assert FACTS[mode]["configuration"]["user.yaml"] == {
        "common": {"security": {"authorizationEnabled": True}, "storageType": "remote"},
        "etcd": {"rootPath": prefix},
        "msgChannel": {"chanNamePrefix": {"cluster": prefix}},
    }
    assert FACTS[mode]["configuration"]["default.yaml"]["minio"]["rootPath"] == prefix


@pytest.mark.parametrize("mode", RELEASES)
def test_the_names_and_labels_we_select_by_are_those_the_chart_renders(mode: str) -> None:
    workloads, services = FACTS[mode]["workloads"], FACTS[mode]["services"]
    for role in RELEASES[mode].roles:
        rendered = workloads[chart_names.deployment("milvus", role)]
        assert rendered["selector"] == chart_names.role_labels("milvus", role)
        assert rendered["ports"]["metrics"] == chart_names.MANAGEMENT_PORT
    assert workloads["milvus-etcd"]["selector"] == chart_names.etcd_labels("milvus")
    assert workloads["milvus-etcd"]["ports"] == {
        "client": chart_names.ETCD_CLIENT_PORT,
        "peer": chart_names.ETCD_PEER_PORT,
    }
    front = services[chart_names.fullname("milvus")]
    assert front["selector"] == chart_names.role_labels("milvus", "proxy" if mode == "cluster" else "standalone")
    assert front["ports"]["milvus"] == [chart_names.MILVUS_PORT, "milvus"]


def test_no_service_is_called_as_milvus_would_read_its_address_from_the_environment() -> None:
    # MINIO_PORT=tcp://... of a Service called minio makes Milvus panic: names of Services become configuration.
    for mode in RELEASES:
        assert not {"minio", "kafka", "etcd", "pulsar"} & set(FACTS[mode]["services"])
        assert {service["type"] for service in FACTS[mode]["services"].values()} == {"ClusterIP"}


def test_the_service_is_named_as_the_chart_names_it() -> None:
    assert chart_names.fullname("milvus") == "milvus"
    assert chart_names.fullname("search") == "search-milvus"


@pytest.mark.parametrize("mode", RELEASES)
def test_images_are_pinned(mode: str) -> None:
    images = {workload["image"] for workload in FACTS[mode]["workloads"].values()}
    assert images == {"milvusdb/milvus:v2.6.20", "docker.io/milvusdb/etcd:3.5.25-r1"}


def test_a_mirror_serves_every_image() -> None:
    values = helm_values(replace(CLUSTER, registry="1.dkr.ecr.eu-west-1.amazonaws.com/hub"))
    assert values["image"]["all"]["repository"] == "1.dkr.ecr.eu-west-1.amazonaws.com/hub/milvusdb/milvus"
    assert values["etcd"]["image"]["registry"] == "1.dkr.ecr.eu-west-1.amazonaws.com/hub"


def test_two_coordinators_are_a_pair_and_one_is_alone() -> None:
    assert FACTS["cluster"]["configuration"]["default.yaml"]["rootCoord"]["enableActiveStandby"] is True
    alone = replace(CLUSTER, roles={**CLUSTER.roles, "mixCoordinator": Role(replicas=1, cpu=1, memory_gib=4)})
    assert helm_values(alone)["mixCoordinator"]["activeStandby"] == {"enabled": False}


def test_more_than_one_pod_is_spread_and_etcd_never_doubles_up_in_a_zone() -> None:
    spread = {name: workload["spread"] for name, workload in FACTS["cluster"]["workloads"].items()}
    anywhere = ["kubernetes.io/hostname", "ScheduleAnyway"]
    assert spread.pop("milvus-etcd") == [["topology.kubernetes.io/zone", "DoNotSchedule"], anywhere]
    assert all(role == [["topology.kubernetes.io/zone", "ScheduleAnyway"], anywhere] for role in spread.values())
    assert all(workload["spread"] == [] for workload in FACTS["standalone"]["workloads"].values())


def test_spread_counts_pods_of_its_own_role_and_revision_only() -> None:
    (zone, _) = helm_values(CLUSTER)["proxy"]["topologySpreadConstraints"]
    assert zone["labelSelector"]["matchLabels"]["component"] == "proxy"
    assert zone["matchLabelKeys"] == ["pod-template-hash"]


def test_strict_zones_keep_a_pod_waiting_rather_than_doubling_up() -> None:
    (zone, node) = helm_values(replace(CLUSTER, strict_zones=True))["queryNode"]["topologySpreadConstraints"]
    assert (zone["whenUnsatisfiable"], node["whenUnsatisfiable"]) == ("DoNotSchedule", "ScheduleAnyway")


def test_zones_that_are_drained_or_unreachable_count_for_etcd_alone() -> None:
    values = helm_values(replace(CLUSTER, strict_zones=True))
    roles = [values[role]["topologySpreadConstraints"] for role in CLUSTER.roles]
    assert {each.get("nodeTaintsPolicy") for role in roles for each in role} == {"Honor"}
    assert {each.get("nodeTaintsPolicy") for each in values["etcd"]["topologySpreadConstraints"]} == {None}


def test_a_share_of_the_cpu_is_set_aside_and_all_of_it_is_the_limit() -> None:
    resources = FACTS["cluster"]["workloads"]["milvus-querynode"]["resources"]
    assert (resources["requests"]["cpu"], resources["limits"]["cpu"]) == ("1", "2")
    assert FACTS["cluster"]["workloads"]["milvus-etcd"]["resources"]["requests"] == {"cpu": "0.5", "memory": "4Gi"}


def test_local_disk_is_asked_for_where_the_index_lives_on_it() -> None:
    limits = FACTS["cluster"]["workloads"]["milvus-querynode"]["resources"]["limits"]
    assert limits == {"cpu": "2", "ephemeral-storage": "40Gi", "memory": "8Gi"}
    values = helm_values(CLUSTER)
    assert values["queryNode"]["disk"] == {"size": {"enabled": True}}
    assert "disk" not in values["dataNode"]


def test_etcd_volumes_go_with_a_development_release_and_stay_with_a_production_one() -> None:
    assert helm_values(STANDALONE)["etcd"]["persistentVolumeClaimRetentionPolicy"]["whenDeleted"] == "Delete"
    assert helm_values(CLUSTER)["etcd"]["persistentVolumeClaimRetentionPolicy"]["whenDeleted"] == "Retain"


def test_a_users_configuration_is_added_but_never_undoes_ours() -> None:
    extra = {"quotaAndLimits": {"dml": {"enabled": True}}, "common": {"security": {"authorizationEnabled": False}}}
    written = json.loads(helm_values(replace(CLUSTER, config=extra))["extraConfigFiles"]["user.yaml"])
    assert written["quotaAndLimits"] == {"dml": {"enabled": True}}
    assert written["common"]["security"] == {"authorizationEnabled": True}
    assert owned_keys(extra) == ["common.security"]
    assert owned_keys({"kafka": {}, "common": {"gracefulTime": 1}, "mq": "pulsar"}) == ["kafka", "mq"]


def test_scalars_on_disk_are_asked_for_as_the_sizing_assumed() -> None:
    written = json.loads(helm_values(replace(CLUSTER, mmap_scalars=True))["extraConfigFiles"]["user.yaml"])
    assert written["queryNode"] == {"mmap": {"scalarField": True}}


@settings(max_examples=30, derandomize=True)
@given(
    replicas=st.integers(1, 40),
    cpu=st.sampled_from([0.5, 1, 2, 4, 8, 16, 32]),
    memory=st.sampled_from([1, 2, 4, 8, 16, 32, 64, 128]),
    disk=st.integers(0, 2000),
)
def test_any_size_gives_known_values_and_requests_all_but_cpu_in_full(
    replicas: int, cpu: float, memory: float, disk: int
) -> None:
    role = Role(replicas=replicas, cpu=cpu, cpu_requested=0.25, memory_gib=memory, disk_gib=disk)
    values = helm_values(replace(CLUSTER, roles=dict.fromkeys(CLUSTER.roles, role)))
    assert list(unknown_paths(values)) == []
    assert set(values) & LIVE_ROLES == LIVE_ROLES
    for name in LIVE_ROLES:
        resources = values[name]["resources"]
        assert resources["requests"] == {**resources["limits"], "cpu": "0.25"}
        assert values[name]["replicas"] == replicas
