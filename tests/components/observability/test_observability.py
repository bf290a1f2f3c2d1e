"""Each alarm of the real program fires past its threshold, watches what the stack has, and tells whom it must."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from planning.signals.signal import Signal
from planning.signals.table import TABLE
from rehearsal.cloud.permissions import allowed
from tests.components.observability.evaluator import Series, State, composite, state
from tests.components.recording import Recording, Resource
from tests.deployments import CERTIFICATE, deployed
from tests.program import ACCOUNT

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
COMPOSITE = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
PAGER = f"arn:aws:sns:us-east-1:{ACCOUNT}:pager"
MAIL = "ops@corp.internal"
BROKERS = {str(broker): {"Broker ID": str(broker), "Cluster Name": "kafka-1234567"} for broker in (1, 2, 3)}
STACKS = ("dev", "prod")
DIMENSIONS: Mapping[str, Mapping[str, str]] = {
    "milvus": {
        "LoadBalancer": "net/endpoints-milvus/50dc6c495c0c9188",
        "TargetGroup": "targetgroup/endpoints-milvus/73e2d6bc24d8a067",
    },
    "canary": {"Stack": "milvus-on-aws-$stack"},
    "attu": {
        "LoadBalancer": "app/endpoints-attu/50dc6c495c0c9188",
        "TargetGroup": "targetgroup/endpoints-attu/73e2d6bc24d8a067",
    },
    "certificate": {"CertificateArn": CERTIFICATE},
    "nat": {"NatGatewayId": "network-nat-us-east-1a-id"},
    "eks": {"ClusterName": "milvus-on-aws-$stack"},
    "kafka": {"Cluster Name": "kafka-1234567"},
    "bucket": {"BucketName": "bucket-bucket-1234567", "StorageType": "StandardStorage"},
    "backup": {"Stack": "milvus-on-aws-$stack"},
}
"""What the resources answer, by what a signal watches."""
EVERY = [
    (stack, signal)
    for stack, tier in zip(STACKS, ("development", "production"), strict=True)
    for signal in TABLE
    if tier in signal.tiers
]
ids = [f"{stack}-{signal.name}" for stack, signal in EVERY]


def whole(stack: str = "prod") -> Recording:
    """A stack with everything that signals watch."""
    names = {"milvus": "milvus.corp.internal", "attu": "attu.corp.internal"}
    return deployed(
        {
            "stack": stack,
            "access": {"certificateArn": CERTIFICATE, "domain": names},
            "attu": {"exposure": "internal"},
            "alarms": {"emails": [MAIL], "topicArns": [PAGER], "canary": True},
            "monitoring": {"prometheus": "existing"},
            "milvus": {"monitoringNamespace": "monitoring"},
            "backup": {"enabled": True, "schedule": "0 3 * * *", "verifyDays": 7},
        }
    )


def alarm(stack: str, signal: Signal) -> Resource:
    zone = "-us-east-1a" if signal.resource == "nat" else ""
    return whole(stack).one(ALARM, f"observability-{signal.name}{zone}")


def series(stack: str, signal: Signal, *values: float | None) -> list[Series]:
    """One value a period of the signal's metric; of a broker that came later, beside two that are well."""
    every = [[] if value is None else [value] for value in values]
    if signal.worst_of is None:
        dimensions = {name: DIMENSIONS[signal.resource][name].replace("$stack", stack) for name in signal.dimensions}
        return [Series(signal.namespace, signal.metric, dimensions, every)]
    good = [[] if value is None else [well(stack, signal)] for value in values]
    stranger = {"Broker ID": "1", "Cluster Name": "another"}
    return [
        Series(signal.namespace, signal.metric, BROKERS["1"], good),
        Series(signal.namespace, signal.metric, BROKERS["2"], good),
        Series(signal.namespace, signal.metric, BROKERS["3"], every),
        Series(signal.namespace, signal.metric, stranger, [[bad(stack, signal)] for _ in values]),
    ]


def limit(stack: str, signal: Signal) -> float:
    return float(alarm(stack, signal).inputs["threshold"])


def bad(stack: str, signal: Signal) -> float:
    return limit(stack, signal) + (1 if signal.wrong == "above" else -1)


def well(stack: str, signal: Signal) -> float:
    """The threshold itself, which is not wrong yet."""
    return limit(stack, signal)


@pytest.mark.parametrize(("stack", "signal"), EVERY, ids=ids)
def test_an_alarm_fires_past_its_threshold_and_not_at_it(stack: str, signal: Signal) -> None:
    inputs = alarm(stack, signal).inputs
    assert state(inputs, series(stack, signal, *[bad(stack, signal)] * signal.periods)) == "ALARM"
    assert state(inputs, series(stack, signal, *[well(stack, signal)] * signal.periods)) == "OK"


@pytest.mark.parametrize(("stack", "signal"), EVERY, ids=ids)
def test_an_alarm_waits_for_as_many_datapoints_as_the_table_says_and_ends_with_them(stack: str, signal: Signal) -> None:
    inputs, good, wrong = alarm(stack, signal).inputs, [well(stack, signal)] * signal.periods, bad(stack, signal)
    too_few = [*good, *[wrong] * (signal.datapoints - 1)]
    assert state(inputs, series(stack, signal, *too_few)) == "OK"
    assert state(inputs, series(stack, signal, *too_few, wrong)) == "ALARM"
    assert state(inputs, series(stack, signal, *[wrong] * signal.periods, *good)) == "OK"


@pytest.mark.parametrize(("stack", "signal"), EVERY, ids=ids)
@pytest.mark.parametrize("before", ["OK", "ALARM"])
def test_missing_data_count_as_the_table_says(stack: str, signal: Signal, before: State) -> None:
    silent = series(stack, signal, *[None] * signal.periods)[-2 if signal.worst_of else -1 :][:1]
    expected = {"breaching": "ALARM", "notBreaching": "OK", "ignore": before}[signal.missing]
    assert state(alarm(stack, signal).inputs, silent, before) == expected
    assert state(alarm(stack, signal).inputs, [], before) == expected


@pytest.mark.parametrize("stack", STACKS)
def test_a_threshold_is_the_tables_or_follows_from_the_settings(stack: str) -> None:
    of_stack = [signal for each, signal in EVERY if each == stack]
    assert all(limit(stack, signal) == signal.threshold for signal in of_stack if not signal.threshold_unit)
    assert {signal.name: limit(stack, signal) for signal in of_stack if signal.threshold_unit} == {
        "BackupOverdue": 36 * 3600,
        "BackupNotVerified": 7 * 86_400,
        "BucketLargerThanPlanned": 34_656_018_586,
    }


def test_every_signal_has_an_alarm_and_every_nat_gateway_its_own() -> None:
    names = {each.name.removeprefix("observability-") for each in whole().all(ALARM)}
    zones = [f"us-east-1{zone}" for zone in "abc"]
    expected = {signal.name for signal in TABLE if signal.resource != "nat"}
    expected |= {f"{signal.name}-{zone}" for signal in TABLE if signal.resource == "nat" for zone in zones}
    assert names == expected
    assert {each.inputs["name"] for each in whole().all(ALARM)} == {f"milvus-on-aws-prod-{name}" for name in expected}


def test_the_message_names_the_page_first() -> None:
    for each in [*whole().all(ALARM), *whole().all(COMPOSITE)]:
        signal = each.name.split("-")[1]
        assert each.inputs["alarmDescription"].startswith(f"docs/runbooks/{signal}.md ")


def test_pages_reach_the_pager_and_mails_do_not() -> None:
    page, mail = ["arn:observability-page", PAGER], ["arn:observability-mail"]
    for signal in TABLE:
        told = [] if signal.unreachable else page if signal.severity == "page" else mail
        inputs = alarm("prod", signal).inputs
        assert inputs["alarmActions"] == inputs["okActions"] == told, signal.name
    assert whole().one(COMPOSITE).inputs["alarmActions"] == page
    subscribed = {(each.inputs["topic"], each.inputs["endpoint"]) for each in _subscriptions(whole())}
    assert subscribed == {("arn:observability-page", MAIL), ("arn:observability-mail", MAIL)}


@pytest.mark.parametrize("cause", ["MilvusNoHealthyProxy", "MilvusConnectionsRefused"])
def test_one_page_says_that_milvus_is_unreachable_whatever_the_cause(cause: str) -> None:
    rule = whole().one(COMPOSITE).inputs["alarmRule"]
    states: dict[str, State] = {each.inputs["name"]: "OK" for each in whole().all(ALARM)}
    assert composite(rule, states) == "OK"
    assert composite(rule, {**states, f"milvus-on-aws-prod-{cause}": "ALARM"}) == "ALARM"
    assert rule.count("ALARM(") == 2


def test_cloudwatch_may_use_the_topics_key_for_this_account_alone() -> None:
    key = whole().one("aws:kms/key:Key", "observability-key")
    assert {each.inputs["kmsMasterKeyId"] for each in whole().all("aws:sns/topic:Topic")} == {"arn:observability-key"}
    who = ("Service", "cloudwatch.amazonaws.com")
    for action in ("kms:Decrypt", "kms:GenerateDataKey"):
        for account, may in ((ACCOUNT, True), ("999999999999", False)):
            context = {"aws:SourceAccount": account}
            assert allowed([key.inputs["policy"]], action, "*", context, who) is may
    assert json.loads(key.inputs["policy"])["Statement"][0]["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}


def test_alarms_are_made_after_milvus_is_ready_and_deleted_before_it() -> None:
    probe = whole().one("kubernetes:batch/v1:Job", "milvus-probe")
    assert all(whole().depends(each, probe) for each in (*whole().all(ALARM), *whole().all(COMPOSITE)))


def test_a_new_release_proves_itself_anew_and_changes_neither_alarms_nor_the_canary_nor_rules() -> None:
    probe = whole().one("kubernetes:batch/v1:Job", "milvus-probe")
    after = [each for each in whole().resources if each.name.startswith(("observability-", "prometheus-", "canary"))]
    assert len(after) == 45
    assert not [each.name for each in after if probe.urn in each.by_data]
    assert whole().depends(whole().one("kubernetes:batch/v1:Job", "canary-first"), probe)


def test_a_destroy_does_not_ask_sns_to_delete_subscriptions_that_nobody_confirmed() -> None:
    topics = {each.urn for each in whole().all("aws:sns/topic:Topic")}
    assert {each.deleted_with for each in _subscriptions(whole())} == topics


def test_production_has_alarms_and_development_once_somebody_is_told() -> None:
    def count(**sections: Any) -> int:
        return len(deployed(sections).all(COMPOSITE))

    assert count(stack="prod") == 1
    assert count(stack="prod", alarms={"enabled": False}) == 0
    assert count() == 0
    assert count(alarms={"emails": [MAIL]}) == 1
    assert count(alarms={"topicArns": [PAGER]}) == 1


def test_development_hears_of_what_stops_it_alone() -> None:
    recording = deployed({"alarms": {"emails": [MAIL]}})
    assert {each.name.removeprefix("observability-") for each in recording.all(ALARM)} == {
        "AttuDown",
        "BucketLargerThanPlanned",
        "KafkaDiskAlmostFull",
        "KafkaNoController",
        "KafkaPartitionsOffline",
        "KafkaWritesRefused",
        "MilvusConnectionsRefused",
        "MilvusNoHealthyProxy",
        "PodsUnschedulable",
    }


def _subscriptions(recording: Recording) -> list[Resource]:
    return recording.all("aws:sns/topicSubscription:TopicSubscription")
