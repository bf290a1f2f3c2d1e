"""Limits that stand only in AWS' documentation: each is known, and says what its source says."""

import html
import re
from typing import Any, cast

import botocore.session  # pyright: ignore[reportMissingTypeStubs] - has none
import pytest

from rehearsal.protocol.schema import of
from rehearsal.published import documented

GROUP = "aws:ec2/securityGroup:SecurityGroup"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"


@pytest.mark.parametrize(
    ("type_", "path", "taken", "refused"),
    [
        (GROUP, "name", "n" * 255, "n" * 256),
        (GROUP, "name", "a sg-1", "sg-1"),
        (GROUP, "description", "Load balancer of Milvus", "Milvus' load balancer"),
        (GROUP, "description", "a-z, ._-:/()#,@[]+=&;{}!$*", "Attu's load balancer"),
        (GROUP, "description", "d" * 255, "d" * 256),
        (INGRESS, "description", "", "clients'"),
        (INGRESS, "description", "d" * 255, "d" * 256),
    ],
)
def test_a_value_at_the_limit_is_taken_and_one_past_it_refused(
    type_: str, path: str, taken: object, refused: object
) -> None:
    assert documented.problems(type_, {path: taken}) == []
    assert [found for found, _ in documented.problems(type_, {path: refused})] == [path]


def test_the_reason_quotes_the_source() -> None:
    (reason,) = [reason for _, reason in documented.problems(GROUP, {"description": "Milvus' load balancer"})]
    assert reason.endswith(
        "AWS says: Up to 255 characters in length Valid characters: a-z, A-Z, 0-9, spaces, and"
        " ._-:/()#,@[]+=&;{}!$* (ec2:CreateSecurityGroupRequest.Description)"
    )


def test_every_limit_is_of_a_property_that_exists() -> None:
    for type_, limits in documented.limits().items():
        known = of(type_)
        assert known, type_
        assert {re.split(r"[.\[]", path)[0] for path in limits} <= known.inputs.keys(), type_


def test_what_is_quoted_from_a_service_model_stands_there() -> None:
    for type_, limits in documented.limits().items():
        for path, limit in limits.items():
            service, _, member = limit["source"].partition(":")
            if "/" not in service:
                assert _squeezed(limit["says"]) in _squeezed(_documentation(service, *member.split("."))), (type_, path)


def _documentation(service: str, shape: str, member: str) -> str:
    session: Any = cast(Any, botocore.session).get_session()
    text = session.get_service_model(service).shape_for(shape).members[member].documentation
    return html.unescape(re.sub("<[^>]+>", " ", text))


def _squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)
