"""A role's trust policy admits only the tokens that the program trusts."""

import base64
import json
import time
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from components.identity.workload_identity import trust_service_account
from testbed.aws_server import admitted

ISSUER = "oidc.eks.us-east-1.amazonaws.com/id/ABC"
SUBJECT = "system:serviceaccount:milvus:milvus"
TRUST: dict[str, Any] = json.loads(
    trust_service_account(f"arn:aws:iam::123456789012:oidc-provider/{ISSUER}", ISSUER, SUBJECT)
)
KEY = rsa.generate_private_key(65537, 2048)


def public(key: rsa.RSAPrivateKey) -> dict[str, int]:
    numbers = key.public_key().public_numbers()
    return {"n": numbers.n, "e": numbers.e}


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(**claims: Any) -> str:
    said = {"iss": f"https://{ISSUER}", "sub": SUBJECT, "aud": ["sts.amazonaws.com"], "exp": time.time() + 60} | claims
    signed = f"{encoded(b'{}')}.{encoded(json.dumps(said).encode())}"
    return f"{signed}.{encoded(KEY.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def test_a_token_of_the_service_account_is_admitted() -> None:
    assert admitted(token(), TRUST, public(KEY))


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "system:serviceaccount:default:milvus"},
        {"aud": ["kubernetes.default.svc"]},
        {"exp": time.time() - 1},
        {"iss": "https://oidc.eks.us-east-1.amazonaws.com/id/OTHER"},
    ],
    ids=["another account", "for another audience", "expired", "of another cluster"],
)
def test_any_other_token_is_not(claims: dict[str, Any]) -> None:
    assert not admitted(token(**claims), TRUST, public(KEY))


def test_a_token_that_another_key_signed_is_not_admitted() -> None:
    assert not admitted(token(), TRUST, public(rsa.generate_private_key(65537, 2048)))


def test_what_is_no_token_is_not_admitted() -> None:
    assert not admitted("a.b", TRUST, public(KEY))


def test_a_condition_that_is_not_understood_admits_nobody() -> None:
    (statement,) = TRUST["Statement"]
    loose = {"Statement": [{**statement, "Condition": {"StringLike": statement["Condition"]["StringEquals"]}}]}
    assert not admitted(token(), loose, public(KEY))
