"""Each rule refuses the real program with one mistake that would fail or hang on AWS, and says why."""

import re
from pathlib import Path

import pytest

from rehearsal import rules
from rehearsal.cloud.cloud import RULES
from rehearsal.cloud.resource import Resource
from rehearsal.rules.secretsmanager import SCHEDULED
from rehearsal.stage import ROOT
from rehearsal.workspace import link
from tests.deployments import LOGIN
from tests.rehearsal import theirs
from tests.rehearsal.variants import (
    alarms,
    backups,
    balancers,
    contract,
    eks,
    existing,
    kubernetes,
    log,
    milvus,
    network,
    storage,
)
from tests.rehearsal.variants.variants import Runs, Setup, Variant

VARIANTS = [
    *alarms.VARIANTS,
    *backups.VARIANTS,
    *network.VARIANTS,
    *balancers.VARIANTS,
    *eks.VARIANTS,
    *storage.VARIANTS,
    *kubernetes.VARIANTS,
    *milvus.VARIANTS,
    *contract.VARIANTS,
    *log.VARIANTS,
    *existing.VARIANTS,
]
BIG = {"vectors": 60_000_000, "dimension": 768, "index": "DISKANN"}
TLS = {
    "access": {
        "public": True,
        "clientCidrs": ["198.51.100.0/24"],
        "privateLink": {"principals": ["arn:aws:iam::210987654321:root"], "privateDns": True},
        "domain": {"zoneId": "Z0123456789", "milvus": "milvus.example.org", "attu": "attu.example.org"},
    },
    "attu": {"exposure": "public", "oidc": LOGIN},
    "bucket": {"customerKey": True, "forceDestroy": True},
    "cluster": {
        "publicAccessCidrs": ["198.51.100.0/24"],
        "accessEntries": {"team": {"principalArn": "arn:aws:iam::123456789012:role/team"}},
    },
    "kafka": {"instanceType": "kafka.m7g.large", "maxStorageGib": 1000, "users": ["a", "b"]},
}
SETUPS = {
    "dev": Setup(world=(Resource(SCHEDULED, "milvus-root", foreign=True),)),
    "tls": Setup(settings=TLS, world=theirs.DNS_ZONE),
    "private": Setup(
        settings={
            "network": {"nat": "none", "interfaceEndpoints": True},
            "milvus": {"registry": "123456789012.dkr.ecr.us-east-1.amazonaws.com/hub"},
        }
    ),
    "prod": Setup(
        "prod", settings={"milvus": {"stopInOrder": True}, "cluster": TLS["cluster"], "network": {"nat": "perZone"}}
    ),
    "disk": Setup(
        settings={
            "workload": BIG,
            "bucket": TLS["bucket"] | {"keepDeletedDays": 7},
            "alarms": {"emails": ["milvus@example.org"]},
        }
    ),
    "backups": Setup(
        settings={"backup": {"enabled": True, "replicateTo": "us-west-2", "objectLockDays": 3, "keepOnDestroy": True}}
    ),
    "log": Setup(settings={"log": {"kind": "woodpecker"}}),
    "going": Setup(),
    "going-tls": Setup(settings=TLS, world=theirs.DNS_ZONE),
    "theirs": Setup(
        settings={
            "network": {"existing": theirs.NETWORK_SETTING},
            "kafka": {"existing": theirs.KAFKA_SETTING},
            "bucket": {"existing": {"name": theirs.BUCKET}},
            "access": {
                "clientCidrs": ["10.7.0.0/16"],
                "privateLink": {"principals": ["arn:aws:iam::210987654321:root"]},
            },
            "tags": {f"tag-{number}": "set" for number in range(9)},
        },
        world=(*theirs.NETWORK, *theirs.KAFKA, *theirs.TEAMS_BUCKET),
    ),
}

# Rules that no edit of this program can break, and why.
BEYOND = {
    "who_deploys_has_access": "pulumi-eks always makes the deployer an admin",
    "eks_makes_its_log_group_again": "refuses nothing: what EKS makes by itself (test_lives.py)",
    "a_clusters_log_group_outlives_it": "refuses nothing: what rightly stays (test_lives.py)",
    "eks_makes_a_security_group": "refuses nothing: what EKS makes by itself",
    "a_cluster_takes_its_addons_and_objects_along": "refuses nothing: what goes with it",
    "a_namespace_takes_its_objects_along": "refuses nothing: what goes with it",
    "a_topic_takes_its_subscriptions_along": "refuses nothing: what goes with it",
    "a_kafka_takes_its_users_along": "refuses nothing: what goes with it",
    "msk_writes_the_policy_that_it_finds_missing": "refuses nothing: what MSK makes by itself",
    "msk_can_read_its_users": "operations/review/test_rollout.py: of a stack that stands",
    "a_deleted_secret_keeps_its_name_for_its_days_of_grace": "refuses nothing: what is left behind",
    "a_cluster_is_upgraded_by_one_version_at_a_time": "test_changes.py: of a stack that stands",
    "a_storage_class_never_changes": "test_changes.py: of a stack that stands",
    "a_balancer_of_a_service_stays": "the service names its load balancer, so that it always goes first",
    "kraft_is_for_ever": "test_changes.py: of a stack that stands",
    "volumes_only_grow": "test_changes.py: of a stack that stands",
}

# Where a rule speaks up for another variant's mistake, too.
ALSO = {
    "nodes_need_a_way_out": {"prod": "private subnets have no table of their own"},
    "nodes_reach_the_images_of_their_pods": {"dev": "nodes have no way out", "prod": "as for nodes_need_a_way_out"},
    "a_cluster_needs_a_vpc_with_dns": {"private": "there is no DNS at all"},
    "a_flow_log_may_write": {"private": "its role trusts nobody", "prod": "its policy has no role"},
    "a_listeners_certificate_is_issued": {"going-tls": "nothing proves it"},
    "nodes_may_join_and_pull": {"disk": "their policy does not exist"},
    "a_users_secret_lets_msk_in": {"private": "its policy names nobody"},
    "somebody_enforces_network_policies": {"private": "there is no CNI"},
    "an_alarm_reaches_its_topics": {"disk": "their key does not exist"},
    "milvus_targets_become_healthy": {"tls": "the nodes' rules are for another port, of Milvus' balancer as of Attu's"},
}


SAMPLE = "dev"
"""The run that `make test` has, too."""


@pytest.fixture(scope="module")
def runs(request: pytest.FixtureRequest) -> Runs:
    """The sample alone where nothing slow is asked for."""
    everything = any("runs" in getattr(item, "fixturenames", ()) and item.get_closest_marker("slow")
                     for item in request.session.items)  # fmt: skip
    return Runs(SETUPS if everything else {SAMPLE: SETUPS[SAMPLE]}, VARIANTS)


def said(variant: Variant, text: str) -> bool:
    """Whether the variant's rule said its message, on the line before its name."""
    return any(
        re.search(variant.message, line)
        for line, following in zip(text.splitlines(), text.splitlines()[1:], strict=False)
        if following.startswith(f"  rule: {variant.rule} (")
    )


@pytest.mark.parametrize(
    "variant",
    [pytest.param(each, marks=[pytest.mark.slow] * (each.run != SAMPLE), id=str(each)) for each in VARIANTS],
)
def test_the_rehearsal_rejects_a_broken_program_and_says_why(runs: Runs, variant: Variant) -> None:
    text = runs.said(variant.run)
    assert said(variant, text), text
    expected = {each.run for each in VARIANTS if each.rule == variant.rule} | ALSO.get(variant.rule, {}).keys()
    assert [name for name, other in runs.others(variant.run) if name not in expected and said(variant, other)] == []


def test_every_rule_is_broken_by_a_variant_or_cannot_be() -> None:
    rules.register()
    every = {registered.check.__name__ for several in RULES.values() for registered in several}
    broken = {variant.rule for variant in VARIANTS}
    assert every == broken | BEYOND.keys()
    assert not broken & BEYOND.keys()


@pytest.mark.parametrize("run", SETUPS)
def test_a_runs_edits_fit_the_program(tmp_path: Path, run: str) -> None:
    edits = dict.fromkeys(edit for each in VARIANTS if each.run == run for edit in each.edits)
    link(ROOT, tmp_path / run, list(edits))


def test_there_are_enough_of_them() -> None:
    assert len({variant.edits for variant in VARIANTS}) >= 45
