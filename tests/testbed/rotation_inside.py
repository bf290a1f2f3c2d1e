"""An application's users rotated twice under load, on a real Milvus and moto. Prints JSON for test_upgrade.py."""

import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any, cast

import boto3
from moto import mock_aws

from milvus_contract import Contract, connect, parse
from operations import grant
from testbed import namespace
from testbed.load import Table
from testbed.milvus import DEFAULT_PASSWORD
from testbed.milvus import connect as as_root
from testbed.toolchain import WHEEL
from tests.milvus_contract.contracts import AWS
from tests.testbed.standalone import Endless, Standalone


def rotated() -> dict[str, Any]:
    """Rotates an application's pair twice while connected clients work and new ones connect."""
    secrets = cast(Any, boto3).client("secretsmanager", region_name="us-east-1")
    root = secrets.create_secret(
        Name="milvus-root", SecretString=json.dumps({"username": "root", "password": DEFAULT_PASSWORD})
    )
    where = {"milvus_uri": "http://127.0.0.1:19530", "milvus_host": "127.0.0.1", "milvus_tls": False}
    contract = parse({**AWS, **where, "milvus_auth_secret_arn": root["ARN"]}, "test")
    asked = grant.Grant(database="default", user="app", role="rw")
    admin = cast(Any, connect(contract))
    # This version has no privilege groups; what a role may do is not what is tried here.
    admin.create_role("default_rw")
    for kind, privilege in (("Global", "*"), ("Collection", "*")):
        admin.grant_privilege("default_rw", kind, privilege, "*", db_name="default")

    def run(rotation: grant.Rotation | None) -> list[str]:
        vault = grant.Vault.of(contract, "app")
        turn = grant.Grant(database="default", user="app", role="rw", rotate=rotation)
        return [*grant.user(admin, vault, turn, lambda login: grant.logs_in_as(contract, asked, login))]

    run(None)
    connected = [cast(Any, connect(contract, user="app", database="default")) for _ in range(3)]
    load = [Endless(lambda each=each: each.query("upgrade", filter="pk < 5", timeout=10), 0.02) for each in connected]
    fresh = Endless(lambda: anew(contract), 0.05)
    for each in [*load, fresh]:
        each.start()
    time.sleep(3)
    said = run("1")
    time.sleep(5)
    # Everybody connects anew before the next rotation, which gives the former user another password.
    for each in load:
        each.ending.set()
        each.join()
    second = cast(Any, connect(contract, user="app", database="default"))
    load.append(Endless(lambda: second.query("upgrade", filter="pk < 5", timeout=10), 0.02))
    load[-1].start()
    said += run("1")
    time.sleep(5)
    for each in [load[-1], fresh]:
        each.ending.set()
        each.join()
    said += run("end")
    return {"said": said, "connected": [each.told() for each in load], "fresh": fresh.told()}


def anew(contract: Contract) -> None:
    client = cast(Any, connect(contract, user="app", database="default", timeout_seconds=20))
    client.query("upgrade", filter="pk < 5", timeout=10)
    client.close()


def main() -> None:
    namespace.settle()
    os.environ.update(AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="x", AWS_DEFAULT_REGION="us-east-1")
    milvus = Standalone(Path(tempfile.mkdtemp()) / "milvus")
    try:
        milvus.start(WHEEL)
        Table(as_root(DEFAULT_PASSWORD), "upgrade").insert(100)
        with mock_aws():
            print(json.dumps(rotated()))
    finally:
        milvus.kill()


if __name__ == "__main__":
    main()
