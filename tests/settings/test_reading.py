"""Reading settings: all mistakes in one message, defaults of the tier, and the price."""

from typing import Any

import pytest

from settings.problems import SettingsError
from settings.reading import read
from tests.settings.written import AWS, accepted, problems, settings


def test_all_mistakes_are_reported_at_once_the_contradictions_too() -> None:
    found = problems(
        {
            "target": "aws",
            "region": "us-east-1",
            "workload": {"vectors": -5, "dimenson": 8},
            "network": {"zones": ["us-east-1a"], "cidr": "172.20.0.0/16"},
            "kafka": {"retentionHours": 1},
            "foo": 1,
        }
    )
    assert set(found) == {
        "workload.vectors",
        "workload.dimension",
        "workload.dimenson",
        "network.zones",
        "network.cidr",
        "kafka.retentionHours",
        "foo",
    }


def test_a_wrong_value_hides_no_contradiction_but_its_own() -> None:
    assert set(problems({**AWS, "access": {"public": True, "clientCidrs": [1]}})) == {
        "access.clientCidrs[0]",
        "access.public",
    }


def test_the_message_names_the_file_and_every_key_as_written() -> None:
    with pytest.raises(SettingsError) as error:
        settings({"target": "embedded", "embedded": {"port": 80, "logLevel": "x"}})
    assert str(error.value).splitlines() == [
        "2 settings are wrong in Pulumi.dev.yaml; nothing was created or changed:",
        "  milvus-on-aws:embedded.port: 80 is not allowed: at least 1024. "
        "TCP port of the server. Each stack on a machine needs a port of its own.",
        '  milvus-on-aws:embedded.logLevel: "x" is not allowed: one of DEBUG, INFO, WARNING, ERROR. '
        "Level of the messages that the server writes into `server.log` beside the data.",
        "docs/settings.md lists every setting.",
    ]


def test_an_exponent_is_a_whole_number_as_in_yaml() -> None:
    workload = settings({**AWS, "workload": {"vectors": 1e6, "dimension": 768}}).workload
    assert workload is not None
    assert (workload.vectors, type(workload.vectors)) == (1_000_000, int)


def test_the_tier_decides_only_what_the_settings_leave_out() -> None:
    production = settings({**AWS, "tier": "production", "cluster": {"logDays": 30}})
    assert (production.cluster.log_days, production.protect) == (30, True)
    assert (production.network.nat, production.attu.exposure) == ("perZone", "none")
    development = settings(AWS)
    assert (development.network.nat, development.bucket.force_destroy) == ("single", True)


def test_keys_of_other_namespaces_are_left_alone() -> None:
    assert read({"aws:region": "eu-west-1", "milvus-on-aws:target": "embedded"}, "x").target == "embedded"


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("aws:region", "eu-west-1", "eu-west-1 has no effect: the program makes its own AWS provider"),
        ("aws:profile", "team", "team has no effect: the program makes its own AWS provider"),
        ("milvus-on-aw:protect", "true", "nothing reads it; did you mean milvus-on-aws:protect?"),
    ],
)
def test_a_key_of_another_namespace_that_misleads_is_refused_as_it_is_written(
    key: str, value: str, reason: str
) -> None:
    assert reason in problems({**AWS, key: value})[key]


def test_a_key_of_another_namespace_that_says_the_same_is_left_alone() -> None:
    assert accepted({**AWS, "aws:region": AWS["region"], "kubernetes:renderYamlToDirectory": "x"})


def test_settings_cannot_be_changed_after_reading() -> None:
    with pytest.raises(ValueError, match="frozen"):
        settings(AWS).kafka.retention_hours = 1  # pyright: ignore[reportAttributeAccessIssue]  # what is tested


@pytest.mark.parametrize(
    ("changed", "more"),
    [
        ({"network": {"nat": "perZone"}}, 36.5),  # one more: 730 h at 0.045 + 0.005 for its address
        ({"attu": {"exposure": "none"}}, -17.0),  # 730 h at 0.0225, and the least of its capacity units
        ({"kafka": {"users": ["a", "b"]}}, 0.4),
        ({"bucket": {"customerKey": True}}, 1.0),
        ({"network": {"interfaceEndpoints": True}}, 131.4),  # 9 endpoints, 2 zones, 730 h at 0.01
    ],
)
def test_what_a_setting_adds_is_in_the_price(changed: dict[str, Any], more: float) -> None:
    with_it, without = (settings({**AWS, **each}).plan().cost.usd for each in (changed, {}))
    assert round(with_it - without, 1) == pytest.approx(more, abs=0.1)
