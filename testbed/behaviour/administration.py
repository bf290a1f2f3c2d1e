"""Databases, names, partitions, users, and other interfaces."""

import http.client
import json
import urllib.request
from typing import Any

from testbed.behaviour.operation import MISSING, REFUSED, Room, Target

row = Room("Administration")


@row("a database of its own, with a collection of the same name")
def database(target: Target) -> None:
    name, other = target.made(load=False), target.name()
    target.client.create_database(other)
    client = target.connected(other)
    assert client.list_collections() == []
    client.create_collection(name, dimension=4)
    client.drop_collection(name)
    client.close()
    target.client.drop_database(other)


@row("dropping a database with collections", local=REFUSED, older=REFUSED, newer=REFUSED, said="empty|collection")
def full_database(target: Target) -> None:
    other = target.name()
    target.client.create_database(other)
    client = target.connected(other)
    client.create_collection("inside", dimension=4)
    client.close()
    target.client.drop_database(other)


@row("`use_database`", older=MISSING)
def change_database(target: Target) -> None:
    client, other = target.connected(), target.name()
    client.create_database(other)
    client.use_database(other)
    client.use_database("default")
    client.close()


@row("an alias, moved to another collection")
def alias(target: Target) -> None:
    client, first, second, name = target.client, target.made(), target.made(), target.name()
    client.insert(second, [{"id": 2, "v": [1.0] * 4}])
    client.create_alias(first, name)
    client.alter_alias(second, name)
    assert target.keys(name, "id > 0") == [2]
    client.drop_alias(name)


@row("dropping a collection that an alias names (since 2.5.5)", local=REFUSED, newer=REFUSED, said="alias")
def aliased(target: Target) -> None:
    name = target.made(load=False)
    target.client.create_alias(name, target.name())
    target.client.drop_collection(name)


@row("`rename_collection`")
def rename(target: Target) -> None:
    new = target.name()
    target.client.rename_collection(target.made(load=False), new)
    assert target.client.has_collection(new)


@row("dropping a partition that is loaded", local=REFUSED, older=REFUSED, newer=REFUSED, said="load|release")
def loaded_partition(target: Target) -> None:
    client, name = target.client, target.made(load=False)
    client.create_partition(name, "p")
    target.index(name, index_type="FLAT", metric_type="L2")
    client.load_collection(name)
    client.drop_partition(name, "p")


@row("dropping a collection that is none")
def drop_nothing(target: Target) -> None:
    target.client.drop_collection(target.name())


@row("users", local=MISSING)
def users(target: Target) -> None:
    user = target.name()
    target.client.create_user(user, "Passw0rd!")
    assert user in target.client.list_users()
    target.client.drop_user(user)


@row("roles and privileges", local=MISSING)
def roles(target: Target) -> None:
    role = target.name()
    target.client.create_role(role)
    target.client.grant_privilege(role, "Collection", "Search", "*")
    assert "Search" in str(target.client.describe_role(role))


@row("groups of privileges (`grant_privilege_v2`)", local=MISSING, older=MISSING)
def groups(target: Target) -> None:
    role = target.name()
    target.client.create_role(role)
    target.client.grant_privilege_v2(role, "CollectionReadOnly", "*", db_name="default")


@row("a wrong password", local="ignored", older=REFUSED, newer=REFUSED, said="auth")
def wrong_password(target: Target) -> str:
    client = target.connected(token="root:wrong")  # noqa: S106 - a wrong one
    client.list_collections()
    client.close()
    return "ignored"


@row("resource groups", local=MISSING)
def resource_groups(target: Target) -> None:
    assert "__default_resource_group" in target.client.list_resource_groups()


def asked(target: Target, path: str, body: dict[str, Any] | None) -> str | None:
    """What the REST interface answers on Milvus' own port."""
    headers = {"Authorization": f"Bearer {target.token}", "Content-Type": "application/json"}
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(target.uri + path, data, headers)  # noqa: S310 - its own server
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return None if json.load(answer)["code"] in (0, 200) else "refused"
    except (OSError, ValueError, http.client.HTTPException):
        return "not there"


@row("REST v2 (`/v2/vectordb`)", local="not there", older="not there")
def rest(target: Target) -> str | None:
    return asked(target, "/v2/vectordb/collections/list", {})


@row("REST v1 (`/v1/vector`)", local="not there", newer="not documented")
def old_rest(target: Target) -> str | None:
    return asked(target, "/v1/vector/collections", None)
