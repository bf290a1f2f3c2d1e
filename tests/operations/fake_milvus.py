"""A fake Milvus, which accepts pymilvus' calls about users and refuses what Milvus does, and an application."""

import inspect
import json
from dataclasses import dataclass, field
from typing import Any

from pymilvus import MilvusClient

from operations.grant import Grant

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

    def _drop_user(self, user_name: str) -> None:
        del self.passwords[user_name]
        self.held.pop(user_name, None)

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


def stored(secrets: Any) -> dict[str, str]:
    # The stage is AWS' default, but moto's is the version that was first.
    return json.loads(secrets.get_secret_value(SecretId=NAME, VersionStage="AWSCURRENT")["SecretString"])
