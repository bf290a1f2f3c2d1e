"""The canary tells a working Milvus from a broken one, as a user with rights to its own database alone."""

import http.client
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from moto.server import ThreadedMotoServer  # pyright: ignore[reportMissingTypeStubs] - has none

from components.milvus import canary_script
from components.milvus.canary_script import DATABASE, ROLE, USER, Canary, Preparation
from components.milvus.probe_script import EXIT_FAILED, ROWS, Failed
from components.pods.aws_script import Aws
from planning.signals.canary import SIGNALS
from tests.components.milvus.rest import Answer, FakeMilvus, distance
from tests.iam.untyped import boto3, moto_core

LOGIN = f"{USER}:secret"


class FakeCluster(FakeMilvus):
    """Databases, roles and users, too."""

    def __init__(self) -> None:
        super().__init__()
        self.databases = ["default"]
        self.roles: dict[str, list[dict[str, Any]]] = {"admin": []}
        self.users: dict[str, str] = {"root": "right"}
        self.granted: dict[str, set[str]] = {}
        self.rows: dict[int, dict[str, Any]] = {}

    def admits(self, token: str) -> bool:
        user, _, password = token.partition(":")
        return self.users.get(user) == password

    def answer(self, body: dict[str, Any]) -> Answer:
        match body["path"]:
            case "databases/list":
                return {"data": self.databases}
            case "databases/create":
                self.databases.append(body["dbName"])
            case "roles/list":
                return {"data": list(self.roles)}
            case "roles/create":
                self.roles[body["roleName"]] = []
            case "roles/grant_privilege_v2":
                self.roles[body["roleName"]].append(
                    {key: body[key] for key in ("privilege", "collectionName", "dbName")}
                )
            case "users/list":
                return {"data": list(self.users)}
            case "users/create":
                if body["userName"] in self.users:
                    return {"code": 65535, "message": "user already exists"}
                self.users[body["userName"]] = body["password"]
            case "users/drop":
                del self.users[body["userName"]]
                self.granted.pop(body["userName"], None)
            case "users/grant_role":
                self.granted.setdefault(body["userName"], set()).add(body["roleName"])
            case "entities/upsert":
                self.rows |= {row["id"]: row for row in body["data"]}
                return {"data": {"upsertCount": len(body["data"])}}
            case "entities/query":
                if body["outputFields"] == ["count(*)"]:
                    return {"data": [{"count(*)": len(self.rows)}]}
                return {"data": [{"id": row["id"], "written": row["written"]} for row in self.rows.values()]}
            case "entities/search":
                (wanted,) = body["data"]
                near = min(self.rows.values(), key=lambda row: distance(row["vector"], wanted))
                return {"data": [{"id": near["id"], "distance": 0}]}
            case _:
                return super().answer(body)
        return {}


@pytest.fixture
def milvus() -> Iterator[FakeCluster]:
    fake = FakeCluster()
    yield fake
    fake.close()


def prepare(milvus: FakeCluster, password: str = "secret") -> None:  # noqa: S107 - a test's
    Preparation(milvus.url, "root:right", step_seconds=5, pause_seconds=0.01).make(password)


def canary(milvus: FakeCluster, seconds: float = 1, login: str = LOGIN) -> Canary:
    return Canary(milvus.url, login, step_seconds=seconds, pause_seconds=0.01)


def test_its_user_may_read_and_write_in_its_own_database_and_nothing_else(milvus: FakeCluster) -> None:
    prepare(milvus)
    assert milvus.databases == ["default", DATABASE]
    assert milvus.granted == {USER: {ROLE}}
    assert milvus.roles[ROLE] == [{"privilege": "CollectionReadWrite", "collectionName": "*", "dbName": DATABASE}]
    assert milvus.users[USER] == "secret"


def test_a_second_preparation_makes_nothing(milvus: FakeCluster) -> None:
    prepare(milvus)
    milvus.calls.clear()
    prepare(milvus)
    assert [call for call in milvus.calls if call.endswith(("create", "drop"))] == []


def test_a_changed_password_makes_the_user_anew(milvus: FakeCluster) -> None:
    prepare(milvus)
    prepare(milvus, "another")
    assert milvus.users == {"root": "right", USER: "another"}
    assert milvus.granted == {USER: {ROLE}}


def test_a_preparation_goes_on_where_an_interrupted_one_stopped(milvus: FakeCluster) -> None:
    milvus.databases.append(DATABASE)
    milvus.users[USER] = "secret"
    prepare(milvus)
    assert milvus.granted == {USER: {ROLE}}


def test_a_working_milvus_passes_every_step_and_holds_no_more_rows_after_many_runs(milvus: FakeCluster) -> None:
    prepare(milvus)
    for _ in range(3):
        assert list(canary(milvus).run()) == ["upsert", "read", "count", "search"]
    assert sorted(milvus.rows) == list(range(ROWS))


def test_a_user_that_is_locked_out_fails_at_once(milvus: FakeCluster) -> None:
    prepare(milvus)
    milvus.calls.clear()
    with pytest.raises(Failed, match=r"'upsert' \(layer: credentials\)") as failed:
        canary(milvus, login=f"{USER}:stale").run()
    assert milvus.calls == ["entities/upsert"]
    assert "stale" not in str(failed.value)


@pytest.mark.parametrize(
    ("path", "answer", "said"),
    [
        ("entities/upsert", {"data": {"upsertCount": 3}}, rf"'upsert' \(layer: Kafka\): 3 of {ROWS} rows were taken"),
        ("entities/upsert", {"code": 9, "message": "deny to write"}, "'upsert'.*deny to write"),
        ("entities/query", {"data": [{"id": 0, "written": "1"}]}, rf"'read' .*0 of {ROWS} rows are as they were"),
        ("entities/search", {"data": [{"id": 6}]}, "'search' .*the nearest row to row 5"),
    ],
)
def test_what_is_wrong_is_no_success(milvus: FakeCluster, path: str, answer: Answer, said: str) -> None:
    prepare(milvus)
    milvus.replies[path] = lambda _: answer
    with pytest.raises(Failed, match=said):
        canary(milvus).run()


def test_rows_that_are_doubled_are_counted(milvus: FakeCluster) -> None:
    prepare(milvus)

    def doubled(body: dict[str, Any]) -> Answer:
        return {"data": [{"count(*)": 2 * ROWS}]} if body["outputFields"] == ["count(*)"] else milvus.answer(body)

    milvus.replies["entities/query"] = doubled
    with pytest.raises(Failed, match=rf"'count' .*{2 * ROWS}.* rows are counted, {ROWS} were written"):
        canary(milvus).run()


def test_a_milvus_that_hangs_fails_in_its_time(milvus: FakeCluster) -> None:
    prepare(milvus)
    milvus.replies["entities/search"] = milvus.hanging
    with pytest.raises(Failed, match=r"'search' \(layer: query nodes\).*tried for 1 s"):
        canary(milvus).run()


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[[str], Any]]:
    """Clients of an AWS that is emulated by moto, which all requests of the pod reach. Its role may do nothing."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    (tmp_path / "token").write_text("a service account's token")
    told = {"AWS_REGION": "us-east-1", "DNS_SUFFIX": "amazonaws.com", "METRICS_NAMESPACE": "milvus-on-aws"}
    told |= {"STACK": "canary-of-this-test", "AWS_WEB_IDENTITY_TOKEN_FILE": str(tmp_path / "token")}
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}  # pragma: allowlist secret
    client = partial(boto3.client, region_name="us-east-1", endpoint_url=f"http://{host}:{port}/", **keys)
    told["AWS_ROLE_ARN"] = client("iam").create_role(RoleName=ROLE, AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    here = partial(http.client.HTTPConnection, host, port, timeout=20)
    monkeypatch.setattr(canary_script, "Aws", partial(Aws, connect=lambda _: here()))
    yield client
    client("iam").delete_role(RoleName=ROLE)
    server.stop()


@pytest.mark.parametrize("works", [False, True])
def test_cloudwatch_is_told_of_a_success_and_of_nothing_else(
    milvus: FakeCluster,
    aws: Callable[[str], Any],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    works: bool,
) -> None:
    monkeypatch.setenv("MILVUS_URL", milvus.url)
    monkeypatch.setenv("MILVUS_ROOT_PASSWORD", "right")
    monkeypatch.setenv("CANARY_PASSWORD", "secret")
    if not works:
        monkeypatch.setattr(canary_script, "STEP_SECONDS", 0.2)
        milvus.replies["entities/search"] = lambda _: {"data": []}
    assert canary_script.main() == (0 if works else EXIT_FAILED)
    said = capsys.readouterr()
    assert said.out.startswith("canary passed: upsert") if works else "'search'" in said.err
    (signal,) = SIGNALS
    told = aws("cloudwatch").get_metric_statistics(
        Namespace=signal.namespace,
        MetricName=signal.metric,
        Dimensions=[{"Name": signal.dimensions[0], "Value": "canary-of-this-test"}],
        StartTime=datetime.now(UTC) - timedelta(minutes=5),
        EndTime=datetime.now(UTC) + timedelta(minutes=5),
        Period=600,
        Statistics=[signal.statistic],
    )["Datapoints"]
    assert [(each["Sum"], each["Unit"]) for each in told] == ([(1, "Count")] if works else [])


@pytest.mark.usefixtures("aws")
def test_a_success_that_cloudwatch_does_not_take_ends_as_a_failure(
    milvus: FakeCluster, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    prepare(milvus)
    monkeypatch.setenv("MILVUS_URL", milvus.url)
    monkeypatch.delenv("MILVUS_ROOT_PASSWORD", raising=False)
    monkeypatch.setenv("CANARY_PASSWORD", "secret")
    unauthorized = moto_core.set_initial_no_auth_action_count(1)(canary_script.main)  # STS is asked first
    assert unauthorized() == EXIT_FAILED
    assert capsys.readouterr().err.startswith(
        "Milvus works, but CloudWatch was not told: POST https://monitoring.us-east-1.amazonaws.com/: 403 "
    )
