"""What a change does to readers of the contract: keys that go stop a review, new values are told with what to do."""

from typing import Any

import pytest

from milvus_contract.text import KEYS
from operations.review.changes import Preview, parse
from operations.review.contract import DO
from operations.review.guard import findings
from policies.rule import UNKNOWN

PARAMETER, BALANCER, JOB = "aws:ssm/parameter:Parameter", "aws:lb/loadBalancer:LoadBalancer", "kubernetes:batch/v1:Job"


def urn(type_: str, name: str) -> str:
    return f"urn:pulumi:prod::milvus-on-aws::{type_}::{name}"


def parameter(key: str, value: str, *, under: str = "/milvus/prod", **more: Any) -> dict[str, Any]:
    inputs = {"name": f"{under}/{key}", "insecureValue": value}
    return {"urn": urn(PARAMETER, f"parameters-{key}"), "type": PARAMETER, "custom": True, "inputs": inputs, **more}


def step(operation: str, old: dict[str, Any] | None, new: dict[str, Any] | None) -> dict[str, Any]:
    states = {key: state for key, state in (("oldState", old), ("newState", new)) if state}
    return {"op": operation, "urn": (new or old or {})["urn"], "detailedDiff": {"x": {"kind": "update"}}, **states}


def of(type_: str, name: str) -> dict[str, Any]:
    return {"urn": urn(type_, name), "type": type_, "custom": True, "inputs": {}}


def said(preview: Preview) -> list[tuple[str, str]]:
    return [(each.verdict, each.what) for each in findings(preview) if each.change.type == PARAMETER]


def preview(*steps: dict[str, Any], **outputs: Any) -> Preview:
    stack: dict[str, Any] = {"urn": urn("pulumi:pulumi:Stack", "milvus-on-aws-prod"), "type": "pulumi:pulumi:Stack"}
    return parse({"steps": [{"op": "same", "urn": stack["urn"], "oldState": {**stack, "outputs": outputs}}, *steps]})


def test_every_key_says_what_its_readers_do_when_it_changes() -> None:
    assert tuple(DO) == KEYS


def test_a_changed_value_is_told_with_both_values_and_what_to_do() -> None:
    seen = preview(step("update", parameter("milvus_port", "19530"), parameter("milvus_port", "443")))
    ((verdict, text),) = said(seen)
    assert verdict == "expected"
    assert text.startswith("the contract's milvus_port changes: 19530 -> 443; clients connect anew")


def test_a_deleted_key_stops_and_may_be_allowed_by_name() -> None:
    seen = preview(step("delete", parameter("client_security_group_id", "sg-1"), None))
    ((verdict, text),) = said(seen)
    assert verdict == "stopped"
    assert text.startswith("a key of the contract is no longer there: consumers that read it find nothing")
    assert [each.causes for each in findings(seen)] == [("/milvus/prod/client_security_group_id: sg-1 -> none",)]
    assert [each.verdict for each in findings(seen, ["parameters-client_security_group_id"])] == ["allowed"]


@pytest.mark.parametrize(
    ("new", "under"), [("milvus_url", "/milvus/prod"), ("milvus_uri", "/milvus/live"), ("milvus_uri", "/vectors/prod")]
)
def test_a_key_under_another_name_stops_like_a_deleted_one(new: str, under: str) -> None:
    other = {**parameter(new, "x", under=under), "urn": urn(PARAMETER, "parameters-milvus_uri")}
    assert [verdict for verdict, _ in said(preview(step("replace", parameter("milvus_uri", "x"), other)))] == [
        "stopped"
    ]


def test_a_new_key_takes_nothing_from_anybody() -> None:
    assert said(preview(step("create", None, parameter("attu_url", "http://attu")))) == []


def test_a_value_that_an_older_program_hid_is_the_outputs() -> None:
    """It wrote `value`, which the CLI masks; that it is written otherwise now is no news for readers."""
    hidden = parameter("milvus_port", "")
    hidden["inputs"] = {"name": "/milvus/prod/milvus_port", "value": "[secret]"}
    assert said(preview(step("update", hidden, parameter("milvus_port", "19530")), milvus_port=19530)) == []
    ((_, text),) = said(preview(step("update", hidden, parameter("milvus_port", "443")), milvus_port=19530))
    assert "19530 -> 443" in text


def test_a_value_not_known_yet_is_told_if_it_is_another_resources() -> None:
    balancer, proof = of(BALANCER, "endpoints-milvus"), of(JOB, "milvus-probe")
    new = parameter("milvus_uri", UNKNOWN, propertyDependencies={"insecureValue": [balancer["urn"], proof["urn"]]})
    update = step("update", parameter("milvus_uri", "http://old:19530"), new)
    assert said(preview(step("replace", proof, proof), update)) == []
    ((_, text),) = said(preview(step("replace", balancer, balancer), update))
    assert "milvus_uri changes: http://old:19530 -> what is known only once deployed" in text
