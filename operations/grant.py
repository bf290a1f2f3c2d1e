"""Gives an application a database, a role and a user in Milvus, and keeps the user's password in Secrets Manager.

A second run changes nothing, and a run after an interrupted one finishes its work. The secrets of users are not part of
the stack, so they outlive it. Left out: revoking access, for which one drops the user (MilvusClient.drop_user) and
deletes the secret.
"""

import json
import re
import secrets
import string
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, cast, get_args

from milvus_contract import Contract, RefusedError, connect, log_in, secret_name
from operations.stack import StackError

Role = Literal["ro", "rw", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
# Built-in privilege groups of Milvus 2.5 and later: one on all collections of the database, one on the database itself.
# They do not include each other. On the database, writers get no more than readers, because DatabaseReadWrite lets them
# alter its limits. Source: milvus.io/docs/privilege_group.md; where that is unclear, milvus: pkg/util/constant.go (only
# admins have CreateCollection)
PRIVILEGES: dict[Role, tuple[str, str]] = {
    "ro": ("CollectionReadOnly", "DatabaseReadOnly"),
    "rw": ("CollectionReadWrite", "DatabaseReadOnly"),
    "admin": ("CollectionAdmin", "DatabaseAdmin"),
}
# Names that Milvus accepts. Source: milvus: internal/proxy/util.go, ValidateUsername and validateName; the setting
# proxy.maxUsernameLength
USER = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,31}")
DATABASE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,199}")
PASSWORD_LENGTH = 32
"""Number of characters; Milvus accepts 6 to 72. They are letters and digits, as in root's password
(components/milvus/milvus.py).
"""
PENDING, CURRENT = "AWSPENDING", "AWSCURRENT"
NO_SECRET = 3
"""Exit code of a grant without a secret, so that `arn=$(make -s grant ...) && ...` stops instead of using an empty
ARN.
"""
LITE = """\
Milvus Lite has no users, roles or passwords: whoever reaches 127.0.0.1 may do everything, and nothing is kept in \
Secrets Manager. The same code runs here and there: milvus_contract.connect(..., user={user!r}, database={database!r}) \
passes over the user. Database {database} is there; since there is no ARN to print, this ends with exit code 3."""


@dataclass(frozen=True, kw_only=True)
class Grant:
    """The access to grant. Raises StackError for a name that Milvus would refuse."""

    database: str
    user: str
    role: Role
    rotate: bool = False

    def __post_init__(self) -> None:
        if not USER.fullmatch(self.user) or self.user == "root":
            raise StackError(
                f"--user {self.user}: expected a letter, then letters, digits and _, 32 at most, and not root"
            )
        if not DATABASE.fullmatch(self.database):
            raise StackError(
                f"--database {self.database}: expected a letter or _, then letters, digits and _, 200 at most"
            )


def run(contract: Contract, grant: Grant) -> int:
    """Grants the access and returns the exit code.

    Changes are reported on standard error; standard output has the secret's ARN only.
    """
    client = cast(Any, connect(contract))
    try:
        if contract.milvus_auth_secret_arn is None:
            show([*database(client, grant)])
            print(LITE.format(user=grant.user, database=grant.database), file=sys.stderr)
            return NO_SECRET
        vault = Vault.of(contract, grant.user)

        logs_in = partial(_logs_in, contract, grant)
        show([*database(client, grant), *role(client, grant), *user(client, vault, grant, logs_in)])
        if not logs_in(vault.password(CURRENT) or ""):
            raise StackError(
                f"user {grant.user} exists, but its password is not the one in {vault.name}: somebody changed it; drop "
                "the user in Milvus and run this again"
            )
        print(vault.arn)
        return 0
    finally:
        client.close()


def show(changes: list[str]) -> None:
    for line in changes or ["nothing to change"]:
        print(line, file=sys.stderr)


def database(client: Any, grant: Grant) -> Iterator[str]:
    """Creates the database. Like role(), user() and rotate(), it yields a line for each change that it has made."""
    if grant.database not in client.list_databases():
        client.create_database(grant.database)
        yield f"database {grant.database} created"


def role(client: Any, grant: Grant) -> Iterator[str]:
    """Creates the role for a database and level, which all users of that level share, and grants it its privileges."""
    name = role_name(grant, grant.role)
    if name not in client.list_roles():
        client.create_role(name)
        yield f"role {name} created"
    granted = {each["privilege"] for each in client.describe_role(name, db_name=grant.database)["privileges"]}
    for privilege in PRIVILEGES[grant.role]:
        if privilege not in granted:
            client.grant_privilege_v2(name, privilege, collection_name="*", db_name=grant.database)
            yield f"{privilege} on database {grant.database} granted to role {name}"


def role_name(grant: Grant, level: Role) -> str:
    return f"{grant.database}_{level}"


def user(client: Any, vault: "Vault", grant: Grant, logs_in: Callable[[str], bool]) -> Iterator[str]:
    exists = grant.user in client.list_users()
    if vault.password(CURRENT) is None:
        if exists:
            raise StackError(
                f"user {grant.user} exists in Milvus, but its password is not in {vault.name}: take another name, or "
                "drop the user and run this again"
            )
        vault.create(new_password())
        yield f"secret {vault.name} created"
    if not exists:
        # The secret was created first: a user whose password nobody knows could only be dropped.
        client.create_user(grant.user, vault.password(CURRENT))
        yield f"user {grant.user} created"
    roles = set(client.describe_user(grant.user)["roles"])
    if role_name(grant, grant.role) not in roles:
        client.grant_role(grant.user, role_name(grant, grant.role))
        yield f"role {role_name(grant, grant.role)} granted to user {grant.user}"
    for other in ROLES:
        if other != grant.role and role_name(grant, other) in roles:
            client.revoke_role(grant.user, role_name(grant, other))
            yield f"role {role_name(grant, other)} revoked from user {grant.user}"
    if exists and (grant.rotate or vault.password(PENDING) is not None):
        yield from rotate(client, vault, grant, logs_in)


def rotate(client: Any, vault: "Vault", grant: Grant, logs_in: Callable[[str], bool]) -> Iterator[str]:
    """Replaces a password. The new one is stored as pending before Milvus gets it, so that it is never lost.

    docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
    """
    if vault.password(PENDING) is None:
        vault.propose(new_password())
    current, pending = vault.password(CURRENT) or "", vault.password(PENDING) or ""
    if not logs_in(pending):
        client.update_password(grant.user, current, pending)
    vault.promote()
    yield f"password of user {grant.user} replaced; who is connected must connect again"


@dataclass
class Vault:
    """The secret of one user. Its value is `{"username": ..., "password": ...}`."""

    client: Any
    root: str
    """ARN of root's secret. A user's secret gets the same KMS key and the same tags."""
    name: str
    user: str

    @classmethod
    def of(cls, contract: Contract, user: str) -> "Vault":
        import boto3

        root = str(contract.milvus_auth_secret_arn)
        client = cast(Any, boto3).client("secretsmanager", region_name=root.split(":")[3])
        return cls(client, root, secret_name(contract, user), user)

    @property
    def arn(self) -> str:
        return str(self.client.describe_secret(SecretId=self.name)["ARN"])

    def password(self, stage: str) -> str | None:
        try:
            value = self.client.get_secret_value(SecretId=self.name, VersionStage=stage)
        except self.client.exceptions.ResourceNotFoundException:
            return None
        return str(json.loads(value["SecretString"])["password"])

    def create(self, password: str) -> None:
        root = self.client.describe_secret(SecretId=self.root)
        key = {"KmsKeyId": root["KmsKeyId"]} if "KmsKeyId" in root else {}
        tags = [tag for tag in root.get("Tags", []) if not tag["Key"].startswith("aws:")]
        self.client.create_secret(
            Name=self.name,
            Description=f"User {self.user} of Milvus",
            SecretString=self._value(password),
            Tags=tags,
            **key,
        )

    def propose(self, password: str) -> None:
        self.client.put_secret_value(SecretId=self.name, SecretString=self._value(password), VersionStages=[PENDING])

    def promote(self) -> None:
        """Makes the pending password the current one."""
        stages: dict[str, list[str]] = self.client.describe_secret(SecretId=self.name)["VersionIdsToStages"]
        version = {stage: id_ for id_, held in stages.items() for stage in held}
        self.client.update_secret_version_stage(
            SecretId=self.name,
            VersionStage=CURRENT,
            MoveToVersionId=version[PENDING],
            RemoveFromVersionId=version[CURRENT],
        )
        self.client.update_secret_version_stage(
            SecretId=self.name, VersionStage=PENDING, RemoveFromVersionId=version[PENDING]
        )

    def _value(self, password: str) -> str:
        return json.dumps({"username": self.user, "password": password})


def _logs_in(contract: Contract, grant: Grant, password: str) -> bool:
    try:
        log_in(contract, f"{grant.user}:{password}", database=grant.database).close()
    except RefusedError:
        return False
    return True


def new_password() -> str:
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(PASSWORD_LENGTH))
