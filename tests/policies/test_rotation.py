"""Passwords are protected, but for those of the user that a rotation leaves behind (docs/operations.md)."""

import dataclasses
from typing import Any

import pytest

from policies.rule import Resource
from policies.rules import RULES, findings, level
from tests.policies.samples import resources
from tests.program import run

BY_NAME = {rule.name: rule for rule in RULES}
ROTATING: tuple[dict[str, Any], ...] = (
    {"users": ["a", "b"]},
    {"users": ["a", "b"], "activeUser": "b"},
    {"users": ["b"], "activeUser": "b"},
)


def made(**kafka: Any) -> list[Resource]:
    return list(resources(run("prod", kafka=kafka).resources))


def bare(among: list[Resource], *names: str) -> list[Resource]:
    return [dataclasses.replace(each, protect=False) if each.name in names else each for each in among]


def said(among: list[Resource]) -> list[tuple[str, str]]:
    found = [each for each in findings(among, "production") if each.level == "mandatory"]
    return sorted((each.resource.name, each.text) for each in found)


@pytest.mark.parametrize("kafka", ROTATING, ids=str)
def test_every_step_of_a_rotation_is_allowed_in_production(kafka: dict[str, Any]) -> None:
    assert said(made(**kafka)) == []


def test_one_of_two_users_of_kafka_must_be_protected() -> None:
    both = bare(made(users=["a", "b"]), "kafka-a", "kafka-b")
    lone = "is not protected, nor is any other user of Kafka"
    assert said(both) == [("kafka-a", lone), ("kafka-b", lone)]


def test_a_protected_user_needs_a_protected_password() -> None:
    half = [
        dataclasses.replace(each, protect=False) if (each.name, "Password" in each.type) == ("kafka-a", True) else each
        for each in made()
    ]
    assert said(half) == [("kafka-a", "is not protected")]


def test_the_root_password_must_be_protected() -> None:
    assert said(bare(made(), "milvus-root")) == [("milvus-root", "is not protected")] * 2


@pytest.mark.parametrize(
    ("written", "expected"), [("false", "advisory"), ("true", "mandatory"), ("False", "mandatory"), (None, "mandatory")]
)
def test_a_protection_that_the_settings_take_off_is_told_and_stops_nothing(written: str | None, expected: str) -> None:
    config = {} if written is None else {"milvus-on-aws:protect": written}
    for name in ("protected-state", "protected-passwords"):
        assert level(BY_NAME[name], "production", config) == expected
    assert level(BY_NAME["protected-state"], "development", config) == "disabled"
    assert level(BY_NAME["volumes-kept"], "production", config) == "mandatory"
