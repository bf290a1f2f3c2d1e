"""Grants with moto's Secrets Manager and a fake Milvus, which accepts pymilvus' calls and refuses what Milvus does."""

import inspect
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, cast

import boto3
import pytest
from moto import mock_aws
from pymilvus import MilvusClient

from milvus_contract import Contract, RefusedError, connect, parse
from operations import grant as module
from operations.grant import PENDING, PRIVILEGES, Grant, Vault, run
from operations.stack import StackError
from tests.milvus_contract.contracts import AWS, EMBEDDED
from tests.milvus_lite import running

pytestmark = [
    pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning"),
]
APP = Grant(database="app", user="app", role="rw")
NAME = "milvus-on-aws-dev/milvus/app"


@dataclass
class Milvus:
    """A server's users, roles and databases."""

    databases: list[str] = field(default_factory=lambda: ["default"])
    passwords: dict[str, str] = field(default_factory=lambda: {"root": "x"})
    roles: dict[str, list[tuple[str, str, str]]] = field(default_factory=lambda: {"admin": [], "public": []})
    held: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    calls: list[str] = field(default_factory=list[str])

    def __getattr__(self, name: str) -> Any:
        """Calls a method of `_`, if the call fits MilvusClient's own."""
        signature = inspect.signature(getattr(MilvusClient, name))
        action = getattr(type(self), f"_{name}")

        def call(*arguments: Any, **named: Any) -> Any:
            bound = signature.bind(self, *arguments, **named)
            if not name.startswith(("list_", "describe_")):
                self.calls.append(name)
            return action(**bound.arguments)

        return call

    def close(self) -> None:
        pass

    def _list_databases(self) -> list[str]:
        return self.databases

    def _create_database(self, db_name: str) -> None:
        assert db_name not in self.databases
        self.databases.append(db_name)

    def _list_users(self) -> list[str]:
        return list(self.passwords)

    def _create_user(self, user_name: str, password: str) -> None:
        assert user_name not in self.passwords
        assert 6 <= len(password) <= 72
        self.passwords[user_name] = password

    def _update_password(self, user_name: str, old_password: str, new_password: str) -> None:
        assert self.passwords[user_name] == old_password, "old password not correct"
        self.passwords[user_name] = new_password

    def _describe_user(self, user_name: str) -> dict[str, Any]:
        return {"user_name": user_name, "roles": tuple(self.held.get(user_name, ()))}

    def _list_roles(self) -> list[str]:
        return list(self.roles)

    def _create_role(self, role_name: str) -> None:
        assert role_name not in self.roles
        self.roles[role_name] = []

    def _describe_role(self, role_name: str, kwargs: dict[str, str]) -> dict[str, Any]:
        granted = [
            {"privilege": privilege, "object_name": collection, "db_name": database}
            for privilege, collection, database in self.roles[role_name]
            if database == kwargs["db_name"]
        ]
        return {"role": role_name, "privileges": granted}

    def _grant_privilege_v2(self, role_name: str, privilege: str, collection_name: str, db_name: str) -> None:
        assert db_name in self.databases
        self.roles[role_name].append((privilege, collection_name, db_name))

    def _grant_role(self, user_name: str, role_name: str) -> None:
        assert role_name in self.roles
        self.held.setdefault(user_name, set()).add(role_name)

    def _revoke_role(self, user_name: str, role_name: str) -> None:
        self.held[user_name].remove(role_name)


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
def secrets(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    with mock_aws():
        yield cast(Any, boto3).client("secretsmanager", region_name="us-east-1")


@pytest.fixture
def contract(secrets: Any) -> Contract:
    root = secrets.create_secret(
        Name="milvus-root",
        SecretString='{"username": "root", "password": "x"}',
        KmsKeyId="alias/milvus",
        Tags=[{"Key": "project", "Value": "milvus-on-aws"}, {"Key": "stack", "Value": "dev"}],
    )
    return parse({**AWS, "milvus_auth_secret_arn": root["ARN"]}, "test")


def stored(secrets: Any) -> dict[str, str]:
    # The stage is AWS' default, but moto's is the version that was first.
    return json.loads(secrets.get_secret_value(SecretId=NAME, VersionStage="AWSCURRENT")["SecretString"])


def test_an_application_gets_a_database_a_role_a_user_and_a_secret(
    milvus: Milvus, contract: Contract, secrets: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(contract, APP) == 0
    secret = secrets.describe_secret(SecretId=NAME)
    said = capsys.readouterr()
    assert said.out == secret["ARN"] + "\n"
    assert said.err.splitlines() == [
        "database app created",
        "role app_rw created",
        "CollectionReadWrite on database app granted to role app_rw",
        "DatabaseReadOnly on database app granted to role app_rw",
        f"secret {NAME} created",
        "user app created",
        "role app_rw granted to user app",
    ]
    assert stored(secrets) == {"username": "app", "password": milvus.passwords["app"]}
    assert milvus.passwords["app"] not in said.out + said.err
    assert (secret["KmsKeyId"], {tag["Key"]: tag["Value"] for tag in secret["Tags"]}) == (
        "alias/milvus",
        {"project": "milvus-on-aws", "stack": "dev"},
    )


def test_a_second_run_changes_nothing(
    milvus: Milvus, contract: Contract, secrets: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    run(contract, APP)
    before, arn = stored(secrets), capsys.readouterr().out
    milvus.calls.clear()
    assert run(contract, APP) == 0
    said = capsys.readouterr()
    assert (said.out, said.err, milvus.calls, stored(secrets)) == (arn, "nothing to change\n", [], before)


def test_the_privileges_of_each_role_are_those_that_were_published(milvus: Milvus, contract: Contract) -> None:
    for level in PRIVILEGES:
        run(contract, replace(APP, user=f"user_{level}", role=level))
    assert {name: granted for name, granted in milvus.roles.items() if name.startswith("app_")} == {
        "app_ro": [("CollectionReadOnly", "*", "app"), ("DatabaseReadOnly", "*", "app")],
        "app_rw": [("CollectionReadWrite", "*", "app"), ("DatabaseReadOnly", "*", "app")],
        "app_admin": [("CollectionAdmin", "*", "app"), ("DatabaseAdmin", "*", "app")],
    }


def test_another_role_on_the_same_database_takes_the_first_away(milvus: Milvus, contract: Contract) -> None:
    run(contract, APP)
    run(contract, replace(APP, role="ro"))
    assert milvus.held["app"] == {"app_ro"}


def test_a_role_on_another_database_is_one_more(milvus: Milvus, contract: Contract) -> None:
    run(contract, APP)
    run(contract, replace(APP, database="news", role="ro"))
    assert milvus.held["app"] == {"app_rw", "news_ro"}


def test_rotation_gives_a_new_password_that_milvus_and_the_secret_agree_on(
    milvus: Milvus, contract: Contract, secrets: Any
) -> None:
    run(contract, APP)
    old = milvus.passwords["app"]
    assert run(contract, replace(APP, rotate=True)) == 0
    assert milvus.passwords["app"] != old
    assert stored(secrets)["password"] == milvus.passwords["app"]
    assert Vault.of(contract, "app").password(PENDING) is None


@pytest.mark.parametrize("lost", ["before Milvus had it", "after Milvus had it"])
def test_an_interrupted_rotation_is_finished_by_the_next_run(
    milvus: Milvus, contract: Contract, secrets: Any, lost: str
) -> None:
    run(contract, APP)
    Vault.of(contract, "app").propose("proposed1")
    if lost == "after Milvus had it":
        milvus.passwords["app"] = "proposed1"
    assert run(contract, APP) == 0
    assert (milvus.passwords["app"], stored(secrets)["password"]) == ("proposed1", "proposed1")


def test_a_run_that_stopped_after_the_secret_makes_the_user_of_it(
    milvus: Milvus, contract: Contract, secrets: Any
) -> None:
    Vault.of(contract, "app").create("kept-before")
    run(contract, APP)
    assert milvus.passwords["app"] == "kept-before"


def test_a_user_of_somebody_else_is_left_alone(milvus: Milvus, contract: Contract) -> None:
    milvus.passwords["app"] = "by hand"
    with pytest.raises(StackError, match=f"user app exists in Milvus, but its password is not in {NAME}: take another"):
        run(contract, APP)
    assert milvus.passwords["app"] == "by hand"


def test_a_password_that_somebody_changed_is_found_out(milvus: Milvus, contract: Contract) -> None:
    run(contract, APP)
    milvus.passwords["app"] = "by hand"
    with pytest.raises(StackError, match=f"user app exists, but its password is not the one in {NAME}: somebody"):
        run(contract, APP)


@pytest.mark.parametrize("user", ["root", "1app", "an-app", "a" * 33, ""])
def test_a_user_that_milvus_would_refuse_is_refused_before_anything_is_made(user: str) -> None:
    with pytest.raises(StackError, match=f"--user {user}: expected a letter, then letters, digits and _, 32 at most"):
        replace(APP, user=user)


@pytest.mark.parametrize("database", ["my-app", "", "a" * 201])
def test_a_database_that_milvus_would_refuse_is_refused_before_anything_is_made(database: str) -> None:
    with pytest.raises(StackError, match=f"--database {database}: expected a letter or _"):
        replace(APP, database=database)


def test_on_milvus_lite_there_is_a_database_and_what_there_is_not_is_said_and_is_an_exit_code(
    tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    with running(tmp_path / "milvus") as server:
        local = parse({**EMBEDDED, "milvus_uri": f"http://127.0.0.1:{server.port}"}, "local")
        assert (run(local, APP), run(local, APP)) == (3, 3)
        said = capsys.readouterr()
        client = cast(Any, connect(local, user="app", database="app"))
        assert client.list_collections() == []
        client.close()
    assert said.out == ""
    assert said.err.splitlines()[0] == "database app created"
    assert said.err.splitlines()[2] == "nothing to change"
    assert said.err.splitlines()[1].startswith("Milvus Lite has no users, roles or passwords: ")
