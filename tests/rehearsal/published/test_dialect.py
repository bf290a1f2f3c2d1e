"""CloudFormation's dialect of JSON Schema."""

from typing import Any

import pytest

from rehearsal.protocol.wire import UNKNOWN
from rehearsal.published.dialect import Validator, compiled, reason


@pytest.mark.parametrize(
    ("schema", "taken", "refused"),
    [
        ({"type": "string"}, 1, ["a"]),
        ({"type": "boolean"}, "true", "yes"),
        ({"type": "integer"}, "1", "1.5"),
        ({"type": "number"}, "1.5", True),
        ({"type": "object"}, {}, "{}"),
        ({"pattern": "^a$"}, "a", "a\n"),
        ({"pattern": r"^\d$"}, "1", "\u0661"),
        ({"pattern": r"^\p{L}$"}, "\u00e9", "&"),
        ({"format": "ipv4-network"}, "10.0.0.0/8", "10.0.0.1/8"),
        ({"format": "AWS::EC2::VPC.Id"}, "vpc-01234567", "vpc-0123456"),
        ({"format": "json"}, "{}", "{"),
        ({"requiredXor": ["a", "b"]}, {"a": 1}, {"a": 1, "b": 2}),
        ({"requiredXor": ["a", "b"]}, {"b": 1}, {}),
        ({"requiredOr": ["a", "b"]}, {"a": 1, "b": 2}, {}),
        ({"dependentRequired": {"a": ["b"]}}, {"a": 1, "b": 2}, {"a": 1}),
        ({"dependentExcluded": {"a": ["b"]}}, {"a": 1}, {"a": 1, "b": 2}),
        ({"enumCaseInsensitive": ["vpc"]}, "VPC", "classic"),
        ({"uniqueKeys": ["Sid"]}, [{"Sid": "a"}, {"Sid": "b"}, {}], [{"Sid": "a"}, {"Sid": "a"}]),
        ({"additionalProperties": False, "patternProperties": {r"^\p{L}+$": {"const": 1}}}, {"\u00e9": 1}, {"1": 1}),
        ({"properties": {"a": False}}, {"b": 1}, {"a": 1}),
        (
            {"definitions": {"a": {"type": "object"}}, "$ref": "#/definitions/a", "maxProperties": 1},
            {"a": 1},
            {"a": 1, "b": 2},
        ),
    ],
)
def test_each_keyword_takes_what_cloudformation_takes(schema: dict[str, Any], taken: Any, refused: Any) -> None:
    assert list(Validator(schema).iter_errors(taken)) == []
    assert list(Validator(schema).iter_errors(refused)) != []


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "integer"},
        {"pattern": "^a$"},
        {"enum": ["a"]},
        {"oneOf": [{"pattern": "a"}, {"pattern": "b"}]},
        {"if": {"const": "a"}, "else": False},
    ],
)
def test_what_is_not_known_yet_is_not_judged(schema: dict[str, Any]) -> None:
    assert list(Validator(schema).iter_errors(UNKNOWN)) == []
    assert list(Validator({"uniqueItems": True}).iter_errors([UNKNOWN, UNKNOWN])) == []


def test_what_is_unknown_does_not_hide_what_is_known() -> None:
    schema = {"properties": {"a": {"maximum": 1}}}
    assert [error.json_path for error in Validator(schema).iter_errors({"a": 2, "b": UNKNOWN})] == ["$.a"]


def test_a_forbidden_property_is_named() -> None:
    (error,) = Validator({"properties": {"a": False}}).iter_errors({"a": 1})
    assert (list(error.absolute_path), reason(error)) == (["a"], "a must not be given here")


def test_reasons_are_short() -> None:
    (error,) = Validator({"maxLength": 9}).iter_errors("a" * 5000)
    assert reason(error) == "5000 characters; AWS takes at most 9"
    (error,) = Validator({"pattern": "^b"}).iter_errors("a" * 5000)
    assert len(reason(error)) == 300


def test_a_pattern_that_python_can_not_read_judges_nothing() -> None:
    assert compiled("(") is None
    assert list(Validator({"pattern": "("}).iter_errors("a")) == []
