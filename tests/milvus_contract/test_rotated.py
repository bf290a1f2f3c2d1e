"""connect() while an application's pair of users is rotated: both that a secret names and named before are good."""

import json
from collections.abc import Iterator
from typing import Any, cast

import boto3
import grpc
import pytest
from moto import mock_aws
from pymilvus.exceptions import MilvusException

from milvus_contract import Contract, RefusedError, connect, connecting, parse
from tests.milvus_contract.contracts import AWS

pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")
NAME = "milvus-on-aws-dev/milvus/app"


class Client:
    """A client of a Milvus that knows some tokens."""

    good: set[str] = set()

    def __init__(self, uri: str, token: str, **_: Any) -> None:
        self.token = token

    def list_collections(self, **_: Any) -> list[str]:
        if self.token not in self.good:
            raise MilvusException(message="auth check failure")
        return []

    def close(self) -> None:
        pass


@pytest.fixture
def contract(monkeypatch: pytest.MonkeyPatch) -> Iterator[Contract]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    monkeypatch.setattr(connecting, "_pymilvus", lambda: (Client, MilvusException, grpc.RpcError, None))
    with mock_aws():
        client = cast(Any, boto3).client("secretsmanager", region_name="us-east-1")
        client.create_secret(Name=NAME, SecretString=json.dumps({"username": "app", "password": "1"}))
        yield parse(AWS, "test")


def named(username: str, password: str) -> None:
    client = cast(Any, boto3).client("secretsmanager", region_name="us-east-1")
    client.put_secret_value(SecretId=NAME, SecretString=json.dumps({"username": username, "password": password}))


def token(contract: Contract) -> str:
    return cast(Any, connect(contract, user="app")).token


def test_the_user_that_the_secret_names_comes_first(contract: Contract, monkeypatch: pytest.MonkeyPatch) -> None:
    named("app_b", "2")
    monkeypatch.setattr(Client, "good", {"app:1", "app_b:2"})
    assert token(contract) == "app_b:2"


def test_the_one_before_is_tried_if_it_is_refused(contract: Contract, monkeypatch: pytest.MonkeyPatch) -> None:
    named("app_b", "2")
    monkeypatch.setattr(Client, "good", {"app:1"})
    assert token(contract) == "app:1"


@pytest.mark.parametrize("rotated", [True, False])
def test_two_refusals_are_one(contract: Contract, monkeypatch: pytest.MonkeyPatch, rotated: bool) -> None:
    if rotated:
        named("app_b", "2")
    monkeypatch.setattr(Client, "good", set[str]())
    with pytest.raises(RefusedError, match="auth check failure"):
        connect(contract, user="app")
