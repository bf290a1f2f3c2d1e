from typing import Any

import pytest

from operations.placeholders import placeholders
from tests.operations.review.record_previews import settings as written

KEY = "milvus-on-aws"


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({"cluster": {"publicAccessCidrs": ["52.0.0.0/16", "198.51.100.0/24"]}}, "cluster.publicAccessCidrs[1]"),
        ({"access": {"clientCidrs": ["192.0.2.7/32"]}}, "access.clientCidrs[0]"),
        ({"access": {"clientCidrs": ["203.0.113.128/25"]}}, "access.clientCidrs[0]"),
        ({"access": {"clientCidrs": ["2001:db8:1::/48"]}}, "access.clientCidrs[0]"),
        ({"access": {"accountIds": ["123456789012"]}}, "access.accountIds[0]"),
        ({"access": {"domain": {"milvus": "milvus.example.com"}}}, "access.domain.milvus"),
        ({"access": {"domain": {"milvus": "Example.ORG"}}}, "access.domain.milvus"),
        ({"access": {"domain": {"attu": "attu.team.example"}}}, "access.domain.attu"),
        ({"access": {"certificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/x"}}, "access.certificateArn"),
        ({"attu": {"oidc": {"issuer": "https://login.example.com/realm"}}}, "attu.oidc.issuer"),
        ({"cluster": {"permissionsBoundary": "arn:aws:iam::111122223333:policy/b"}}, "cluster.permissionsBoundary"),
        ({"milvus": {"registry": "123456789012.dkr.ecr.us-east-1.amazonaws.com/hub"}}, "milvus.registry"),
        ({"tags": {"owner": "team@example.com"}}, "tags.owner"),
    ],
)
def test_what_documents_use_and_nobody_has_is_found(settings: dict[str, Any], key: str) -> None:
    [problem] = placeholders(settings)
    assert problem.key == key
    assert problem.text.endswith("write your own")


@pytest.mark.parametrize(
    "value",
    ["10.0.0.0/8", "0.0.0.0/0", "192.0.0.0/16", "milvus.acme.io", "notexample.com", "example.com.acme.io",
     "210987654321", "1234567890123", "us-east-1a", "milvus-test", "contest"],
)  # fmt: skip
def test_what_somebody_may_own_is_not(value: str) -> None:
    assert placeholders({"any": [value]}) == []


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_the_files_that_come_with_the_program_have_none(stack: str) -> None:
    assert placeholders(written(stack)) == []
