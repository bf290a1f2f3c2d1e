"""The CloudWatch dashboard shows every alarm, and of each signal what it measured, with its limit."""

import json
from typing import Any

import pytest

from planning.regions import console
from planning.signals.table import TABLE
from tests.components.observability.test_observability import ALARM, COMPOSITE, DIMENSIONS, STACKS, whole
from tests.deployments import deployed

DASHBOARD = "aws:cloudwatch/dashboard:Dashboard"


def widgets(stack: str = "prod", kind: str = "metric") -> list[dict[str, Any]]:
    body = json.loads(whole(stack).one(DASHBOARD).inputs["dashboardBody"])
    return [each for each in body["widgets"] if each["type"] == kind]


def graph(signal: str) -> dict[str, Any]:
    (found,) = [each["properties"] for each in widgets() if signal in each["properties"]["title"].split(", ")]
    return found


@pytest.mark.parametrize("stack", STACKS)
def test_every_alarm_is_on_it_and_every_limit_has_a_line(stack: str) -> None:
    alarms = [*whole(stack).all(ALARM), *whole(stack).all(COMPOSITE)]
    (shown,) = widgets(stack, "alarm")
    assert sorted(shown["properties"]["alarms"]) == sorted(f"arn:{each.name}" for each in alarms)
    drawn = {
        (line["label"].split()[0], line["value"])
        for each in widgets(stack)
        for line in each["properties"]["annotations"]["horizontal"]
    }
    assert drawn == {
        (each.name.removeprefix("observability-").split("-")[0], each.inputs["threshold"])
        for each in whole(stack).all(ALARM)
    }


def test_a_graph_reads_what_the_alarm_reads() -> None:
    proxies = graph("MilvusNoHealthyProxy")
    of_milvus = DIMENSIONS["milvus"]
    namespace, metric, *rest = proxies["metrics"][0]
    assert (namespace, metric, proxies["stat"], proxies["period"]) == (
        "AWS/NetworkELB",
        "HealthyHostCount",
        "Maximum",
        60,
    )
    assert dict(zip(rest[:-1:2], rest[1:-1:2], strict=True)) == of_milvus
    disk = graph("KafkaDiskFilling")
    assert disk["title"] == "KafkaDiskFilling, KafkaDiskAlmostFull"
    assert [each["expression"] for (each,) in disk["metrics"]] == [
        'SELECT MAX(KafkaDataLogsDiskUsed) FROM SCHEMA("AWS/Kafka", "Broker ID", "Cluster Name")'
        " WHERE \"Cluster Name\" = 'kafka-1234567'"
    ]
    assert {each["region"] for each in (proxies, disk)} == {"us-east-1"}


def test_all_gateways_are_on_one_graph_with_one_limit() -> None:
    ports = graph("NatPortsExhausted")
    assert [each[-1]["label"] for each in ports["metrics"]] == ["us-east-1a", "us-east-1b", "us-east-1c"]
    assert len(ports["annotations"]["horizontal"]) == 1


def test_every_signal_has_one_graph_and_none_covers_another() -> None:
    titles = [title for each in widgets() for title in each["properties"]["title"].split(", ")]
    assert sorted(titles) == sorted(signal.name for signal in TABLE)
    taken: set[tuple[int, int]] = set()
    for each in [*widgets(), *widgets(kind="alarm"), *widgets(kind="text")]:
        cells = {(each["x"] + x, each["y"] + y) for x in range(each["width"]) for y in range(each["height"])}
        assert not cells & taken
        assert max(x for x, _ in cells) < 24
        taken |= cells


def test_the_contract_names_its_address_and_without_alarms_none() -> None:
    assert whole().stack_outputs["dashboard_url"] == (
        "https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1"
        "#dashboards/dashboard/milvus-on-aws-prod-us-east-1"
    )
    assert console("us-gov-west-1") == "console.amazonaws-us-gov.com"
    assert not deployed({}).all(DASHBOARD)
    assert deployed({}).stack_outputs.get("dashboard_url") is None


def test_it_says_what_the_stack_is_planned_to_cost() -> None:
    planned = whole().stack_outputs["estimate"]["usd_per_month"]
    (notes,) = widgets(kind="text")
    assert f"Planned: {planned:,.0f} USD a month" in notes["properties"]["markdown"]
