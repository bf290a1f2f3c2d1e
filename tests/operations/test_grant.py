"""Grants with moto's Secrets Manager and a fake Milvus, which accepts pymilvus' calls and refuses what Milvus does."""

from dataclasses import replace
from typing import Any, cast

import pytest

from milvus_contract import Contract, connect, parse
from operations.grant import PRIVILEGES, Login, Vault, run
from operations.stack import StackError
from tests.milvus_contract.contracts import EMBEDDED
from tests.milvus_lite import running
from tests.operations.fake_milvus import APP, NAME, Milvus, stored

pytestmark = [
    pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning"),
]


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


def test_a_run_that_stopped_after_the_secret_makes_the_user_of_it(
    milvus: Milvus, contract: Contract, secrets: Any
) -> None:
    Vault.of(contract, "app").create(Login("app", "kept-before"))
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


@pytest.mark.parametrize("user", ["root", "1app", "an-app", "a" * 31, "app_b", ""])
def test_a_user_that_milvus_would_refuse_is_refused_before_anything_is_made(user: str) -> None:
    with pytest.raises(StackError, match=f"--user {user}: expected a letter, then letters, digits and _, 30 at most"):
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
