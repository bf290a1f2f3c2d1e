"""Rotations of an application's pair of users, with moto's Secrets Manager and a fake Milvus."""

from dataclasses import replace
from typing import Any

import pytest

from milvus_contract import Contract
from operations.grant import PENDING, Login, Vault, run
from tests.operations.fake_milvus import APP, Milvus, stored

pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")


def test_a_rotation_makes_the_other_user_and_leaves_the_first_one_alone(
    milvus: Milvus, contract: Contract, secrets: Any
) -> None:
    run(contract, APP)
    run(contract, replace(APP, database="news", role="ro"))
    before = milvus.passwords["app"]
    assert run(contract, replace(APP, rotate="1")) == 0
    assert milvus.passwords["app"] == before  # whoever is connected as it goes on
    assert stored(secrets) == {"username": "app_b", "password": milvus.passwords["app_b"]}
    assert milvus.passwords["app_b"] != before
    assert milvus.held["app_b"] == milvus.held["app"] == {"app_rw", "news_ro"}
    assert Vault.of(contract, "app").login(PENDING) is None


def test_the_next_rotation_goes_back_to_the_first_user_with_another_password(
    milvus: Milvus, contract: Contract, secrets: Any
) -> None:
    run(contract, APP)
    first = milvus.passwords["app"]
    for _ in range(2):
        assert run(contract, replace(APP, rotate="1")) == 0
    assert stored(secrets) == {"username": "app", "password": milvus.passwords["app"]}
    assert milvus.passwords["app"] != first
    assert set(milvus.passwords) == {"root", "app", "app_b"}


def test_the_end_of_a_rotation_drops_the_former_user_once(
    milvus: Milvus, contract: Contract, secrets: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    run(contract, APP)
    run(contract, replace(APP, rotate="1"))
    for _ in range(2):
        assert run(contract, replace(APP, rotate="end")) == 0
    assert set(milvus.passwords) == {"root", "app_b"}
    assert capsys.readouterr().err.splitlines()[-2:] == [
        "user app dropped; whoever is still connected as it is refused",
        "nothing to change",
    ]


def test_another_role_is_given_to_both_users_of_a_pair(milvus: Milvus, contract: Contract) -> None:
    run(contract, APP)
    run(contract, replace(APP, rotate="1"))
    run(contract, replace(APP, role="ro"))
    assert (milvus.held["app"], milvus.held["app_b"]) == ({"app_ro"}, {"app_ro"})


@pytest.mark.parametrize("lost", ["before Milvus had it", "before it had a role", "after Milvus had it"])
def test_an_interrupted_rotation_is_finished_by_the_next_run(
    milvus: Milvus, contract: Contract, secrets: Any, lost: str
) -> None:
    run(contract, APP)
    Vault.of(contract, "app").propose(Login("app_b", "proposed1"))
    if lost != "before Milvus had it":
        milvus.passwords["app_b"] = "proposed1"
    if lost == "after Milvus had it":
        milvus.held["app_b"] = {"app_rw"}
    assert run(contract, APP) == 0
    assert stored(secrets) == {"username": "app_b", "password": "proposed1"}
    assert (milvus.passwords["app_b"], milvus.held["app_b"]) == ("proposed1", {"app_rw"})


def test_a_password_that_an_older_version_proposed_for_the_same_user_is_given_up(
    milvus: Milvus, contract: Contract, secrets: Any
) -> None:
    run(contract, APP)
    Vault.of(contract, "app").propose(Login("app", "proposed1"))
    assert run(contract, APP) == 0
    assert stored(secrets)["username"] == "app_b"
    assert milvus.passwords["app"] != "proposed1"
