"""A package that is not installed is named, with the extra that brings it."""

import sys
from collections.abc import Callable
from typing import Any

import pytest

from milvus_contract import ContractError, connect, fetch_token, from_stack_reference, parse, read
from tests.milvus_contract.contracts import AWS, EMBEDDED


def reference() -> None:
    nothing: Any = None
    from_stack_reference(nothing)


@pytest.mark.parametrize(
    ("package", "call", "extra"),
    [
        ("pymilvus", lambda: connect(parse(EMBEDDED, "test")), "pymilvus is not installed.*connect"),
        ("grpc", lambda: connect(parse(EMBEDDED, "test")), "pymilvus is not installed.*connect"),
        ("boto3", lambda: read("ssm:dev"), "boto3 is not installed.*connect"),
        ("botocore.exceptions", lambda: read("ssm:dev"), "boto3 is not installed.*connect"),
        ("boto3", lambda: fetch_token(parse(AWS, "test")), "boto3 is not installed.*connect"),
        ("pulumi", reference, "pulumi is not installed.*pulumi"),
    ],
)
def test_a_missing_package_is_named_with_its_extra(
    monkeypatch: pytest.MonkeyPatch, package: str, call: Callable[[], Any], extra: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)  # as Python has it: importing it fails
    with pytest.raises(ContractError, match=extra):
        call()
