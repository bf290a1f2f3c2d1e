"""A fake Milvus and moto's Secrets Manager, for what gives applications access."""

from typing import Any

import pytest

from milvus_contract import Contract, RefusedError, parse
from operations import grant as module
from tests.milvus_contract.contracts import AWS
from tests.operations.fake_milvus import Milvus


@pytest.fixture
def milvus(monkeypatch: pytest.MonkeyPatch) -> Milvus:
    server = Milvus()

    def log_in(contract: Contract, token: str, *, database: str) -> Any:
        user, _, password = token.partition(":")
        if server.passwords.get(user) != password or f"{database}_" not in " ".join(server.held.get(user, ())):
            raise RefusedError("auth check failure")
        return server

    monkeypatch.setattr(module, "connect", lambda contract: server)
    monkeypatch.setattr(module, "log_in", log_in)
    return server


@pytest.fixture
def contract(secrets: Any) -> Contract:
    root = secrets.create_secret(
        Name="milvus-root",
        SecretString='{"username": "root", "password": "x"}',
        KmsKeyId="alias/milvus",
        Tags=[{"Key": "project", "Value": "milvus-on-aws"}, {"Key": "stack", "Value": "dev"}],
    )
    return parse({**AWS, "milvus_auth_secret_arn": root["ARN"]}, "test")
