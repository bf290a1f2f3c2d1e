"""Gives an application a database, a role and a user in Milvus, and keeps the user's password in Secrets Manager.

A second run changes nothing, and a run after an interrupted one finishes its work. The secrets of users are not part of
the stack, so they outlive it. Milvus refuses whoever is connected as soon as a user's password changes, so that each
application has a pair of users, LOGIN and LOGIN_b: a rotation makes the other one, with a new password, and then the
secret names that one. Left out: revoking access, for which one drops the users (MilvusClient.drop_user) and deletes the
secret.
"""

import json
import re
import secrets
import string
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, NamedTuple, cast, get_args

from milvus_contract import Contract, RefusedError, connect, log_in, secret_name
from operations.stack import StackError

Role = Literal["ro", "rw", "admin"]
Rotation = Literal["1", "end"]
ROTATIONS: tuple[Rotation, ...] = get_args(Rotation)
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
USER = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,29}")
OTHER = "_b"
"""Follows the name of the second user of a pair."""
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
    rotate: Rotation | None = None
    """`1` gives the secret to the other user of the pair, `end` drops the one that the secret no longer names."""

    def __post_init__(self) -> None:
        if not USER.fullmatch(self.user) or self.user == "root" or self.user.endswith(OTHER):
            raise StackError(
                f"--user {self.user}: expected a letter, then letters, digits and _, 30 at most, not root, and without"
                f" {OTHER} at the end, which is for the second user of a pair"
            )
        if not DATABASE.fullmatch(self.database):
            raise StackError(
                f"--database {self.database}: expected a letter or _, then letters, digits and _, 200 at most"
            )


class Login(NamedTuple):
    """A user of Milvus, and its password."""

    username: str
    password: str

    def __str__(self) -> str:
        return f"{self.username}:{self.password}"


LogsIn = Callable[[Login], bool]


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

        logs_in = partial(logs_in_as, contract, grant)
        show([*database(client, grant), *role(client, grant), *user(client, vault, grant, logs_in)])
        current = vault.login(CURRENT)
        if current is None or not logs_in(current):
            raise StackError(
                f"user {current.username if current else grant.user} exists, but its password is not the one in"
                f" {vault.name}: somebody changed it; drop the user in Milvus and run this again"
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


def user(client: Any, vault: "Vault", grant: Grant, logs_in: LogsIn) -> Iterator[str]:
    """Creates the user that the secret names, and gives it the role; then rotates, or finishes a rotation."""
    users = set(client.list_users())
    current = vault.login(CURRENT)
    if current is None:
        if grant.user in users:
            raise StackError(
                f"user {grant.user} exists in Milvus, but its password is not in {vault.name}: take another name, or "
                "drop the user and run this again"
            )
        # The secret is created first: a user whose password nobody knows could only be dropped.
        current = Login(grant.user, new_password())
        vault.create(current)
        yield f"secret {vault.name} created"
    exists = current.username in users
    if not exists:
        client.create_user(*current)
        yield f"user {current.username} created"
    for name in {current.username, former(grant, current)} & {*users, current.username}:
        yield from held(client, name, grant)
    if exists and (grant.rotate == "1" or vault.login(PENDING) is not None):
        yield from rotate(client, vault, grant, current, logs_in)
    elif grant.rotate == "end" and former(grant, current) in users:
        client.drop_user(former(grant, current))
        yield f"user {former(grant, current)} dropped; whoever is still connected as it is refused"


def held(client: Any, name: str, grant: Grant) -> Iterator[str]:
    """Gives a user the role, and takes the other roles for the same database away."""
    roles = set(client.describe_user(name)["roles"])
    if role_name(grant, grant.role) not in roles:
        client.grant_role(name, role_name(grant, grant.role))
        yield f"role {role_name(grant, grant.role)} granted to user {name}"
    for other in ROLES:
        if other != grant.role and role_name(grant, other) in roles:
            client.revoke_role(name, role_name(grant, other))
            yield f"role {role_name(grant, other)} revoked from user {name}"


def former(grant: Grant, current: Login) -> str:
    """The user of the pair that the secret does not name: the one before a rotation, and the next one."""
    return grant.user + OTHER if current.username == grant.user else grant.user


def rotate(client: Any, vault: "Vault", grant: Grant, current: Login, logs_in: LogsIn) -> Iterator[str]:
    """Makes the other user of the pair, with a new password and the same roles, and then has the secret name it.

    Its login is stored as pending before Milvus gets it, so that it is never lost, and is proven before it is current.
    docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
    """
    pending = vault.login(PENDING)
    if pending is None or pending.username == current.username:
        pending = Login(former(grant, current), new_password())
        vault.propose(pending)
    if not logs_in(pending):
        if pending.username in client.list_users():
            client.drop_user(pending.username)  # it was left behind by the rotation before the last one
        client.create_user(*pending)
    missing = set(client.describe_user(current.username)["roles"]) - set(
        client.describe_user(pending.username)["roles"]
    )
    for name in sorted(missing):
        client.grant_role(pending.username, name)
    if not logs_in(pending):
        raise StackError(f"user {pending.username} was made, but Milvus refuses it; {current.username} stays in use")
    vault.promote()
    yield (
        f"user {pending.username} takes over from {current.username}, which stays until the next rotation or"
        " ROTATE=end: whoever is connected goes on, and the next connection is by the new one"
    )


@dataclass
class Vault:
    """The secret of one application. Its value is `{"username": ..., "password": ...}`."""

    client: Any
    root: str
    """ARN of root's secret. An application's secret gets the same KMS key and the same tags."""
    name: str

    @classmethod
    def of(cls, contract: Contract, user: str) -> "Vault":
        import boto3

        root = str(contract.milvus_auth_secret_arn)
        client = cast(Any, boto3).client("secretsmanager", region_name=root.split(":")[3])
        return cls(client, root, secret_name(contract, user))

    @property
    def arn(self) -> str:
        return str(self.client.describe_secret(SecretId=self.name)["ARN"])

    def login(self, stage: str) -> Login | None:
        """The login in one version of the secret; None if there is none."""
        try:
            value = self.client.get_secret_value(SecretId=self.name, VersionStage=stage)
        except self.client.exceptions.ResourceNotFoundException:
            return None
        content: dict[str, str] = json.loads(value["SecretString"])
        return Login(content["username"], content["password"])

    def create(self, login: Login) -> None:
        root = self.client.describe_secret(SecretId=self.root)
        key = {"KmsKeyId": root["KmsKeyId"]} if "KmsKeyId" in root else {}
        tags = [tag for tag in root.get("Tags", []) if not tag["Key"].startswith("aws:")]
        self.client.create_secret(
            Name=self.name,
            Description=f"User {login.username} of Milvus",
            SecretString=json.dumps(login._asdict()),
            Tags=tags,
            **key,
        )

    def propose(self, login: Login) -> None:
        self.client.put_secret_value(
            SecretId=self.name, SecretString=json.dumps(login._asdict()), VersionStages=[PENDING]
        )

    def promote(self) -> None:
        """Makes the pending login the current one."""
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


def logs_in_as(contract: Contract, grant: Grant, login: Login) -> bool:
    try:
        log_in(contract, str(login), database=grant.database).close()
    except RefusedError:
        return False
    return True


def new_password() -> str:
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(PASSWORD_LENGTH))
