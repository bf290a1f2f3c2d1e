"""Limits that only AWS' documentation contains: each is checked, and agrees with its source."""

import html
import re
from collections.abc import Iterator
from typing import Any, cast

import botocore.session  # pyright: ignore[reportMissingTypeStubs] - has none
import pytest

from rehearsal.protocol.schema import of
from rehearsal.published import documented
from tests.rehearsal.published.documented_values import GROUP, KAFKA, PARAMETER, VALUES


@pytest.mark.parametrize(("type_", "path", "taken", "refused"), VALUES)
def test_a_value_at_the_limit_is_taken_and_one_past_it_refused(type_: str, path: str, taken: Any, refused: Any) -> None:
    assert documented.problems(type_, inputs_at(path, taken)) == []
    found = {re.sub(r"\[\d+\]", "[]", found) for found, _ in documented.problems(type_, inputs_at(path, refused))}
    assert {found[: len(path)] for found in found} == {path}


def test_an_advanced_parameter_holds_more() -> None:
    inputs = {"tier": "Advanced", "value": "v" * 8192}
    assert documented.problems(PARAMETER, inputs) == []
    inputs["value"] += "v"
    assert [path for path, _ in documented.problems(PARAMETER, inputs)] == ["value"]


@pytest.mark.parametrize(("version", "most"), [("3.9.x.kraft", 60), ("3.8.x", 30)])
def test_a_cluster_with_zookeeper_has_fewer_brokers(version: str, most: int) -> None:
    inputs = {"kafkaVersion": version, "numberOfBrokerNodes": most}
    assert documented.problems(KAFKA, inputs) == []
    inputs["numberOfBrokerNodes"] = most + 1
    assert {path for path, _ in documented.problems(KAFKA, inputs)} == {"numberOfBrokerNodes"}


def test_every_limit_is_tried_with_a_value_at_it_and_one_past_it() -> None:
    tried = {id(limit) for type_, path, *_ in VALUES for name, limit in documented.limits(type_) if name in (path, "")}
    untried = {(type_, path) for type_, path, limit in _every_limit() if id(limit) not in tried}
    assert untried == set()


def test_the_reason_quotes_the_source() -> None:
    (reason,) = [reason for _, reason in documented.problems(GROUP, {"description": "Milvus' load balancer"})]
    assert reason.endswith(
        "AWS says: Up to 255 characters in length Valid characters: a-z, A-Z, 0-9, spaces, and"
        " ._-:/()#,@[]+=&;{}!$* (ec2:CreateSecurityGroupRequest.Description)"
    )


def test_every_limit_is_of_a_property_that_exists() -> None:
    for type_, path, _ in _every_limit():
        known = of(type_)
        assert known, type_
        assert not path or re.split(r"[.\[]", path)[0] in known.inputs, (type_, path)


def test_what_is_quoted_from_a_service_model_stands_there() -> None:
    for type_, path, limit in _every_limit():
        for quote, source in _quotes(limit):
            assert stands(quote, source), (type_, path)


def stands(quote: str, source: str) -> bool:
    """Whether a quote stands in the text of `service:Shape.member` or `service:Operation`; pages are not looked up."""
    service, _, member = source.partition(":")
    return not member or _squeezed(quote) in _squeezed(_documentation(service, *member.split(".")))


def inputs_at(path: str, value: Any) -> dict[str, Any]:
    """The value at a path such as `a.b[].c`."""
    for part in reversed(re.findall(r"\[\]|[^.\[\]]+", path)):
        value = [value] if part == "[]" else {part: value}
    return value


def _every_limit() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for type_, limits in documented.types().items():
        for path, limit in limits.items():
            yield type_, path, limit


def _quotes(limit: Any) -> Iterator[tuple[str, str]]:
    if isinstance(limit, dict):
        content = cast(dict[str, Any], limit)
        if "source" in content:
            yield content["says"], content["source"]
        for each in content.values():
            yield from _quotes(each)


def _documentation(service: str, shape: str, member: str = "") -> str:
    model: Any = cast(Any, botocore.session).get_session().get_service_model(service)
    found = model.shape_for(shape).members[member] if member else model.operation_model(shape)
    text = found.documentation
    return html.unescape(re.sub("<[^>]+>", " ", text))


def _squeezed(text: str) -> str:
    return re.sub(r"\s", "", text).replace("&amp;", "&")
