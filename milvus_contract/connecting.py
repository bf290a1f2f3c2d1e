"""Connects a MilvusClient, or an AsyncMilvusClient, by a contract: it fetches the token at run time, uses TLS and
keepalive, and waits for Milvus.

It needs pymilvus, and boto3 if the stack has authentication. It does not create users (`make grant` does).
"""

import asyncio
import json
import logging
import os
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, cast

from milvus_contract.contract import Contract, ContractError, RefusedError, missing
from milvus_contract.portable import portable as portable_type
from milvus_contract.reading import read

if TYPE_CHECKING:
    from pymilvus import AsyncMilvusClient, MilvusClient

ATTEMPT_SECONDS = 10
PAUSE_SECONDS = 2
KEEP_ALIVE = {
    # An NLB drops a connection that was idle for 350 s (or less, down to 60, by the stack's settings), and resets the
    # next call.
    # Milvus' proxies allow a ping every 5 s, also between calls (milvus: internal/distributed/proxy/service.go).
    "grpc.keepalive_time_ms": 30_000,
    "grpc.keepalive_timeout_ms": 10_000,
    "grpc.keepalive_permit_without_calls": 1,
    # Without this, gRPC pings an idle connection once a minute at most, whatever is set above (grpcio 1.85, measured).
    "grpc.http2.max_pings_without_data": 0,
}
ON_THIS_MACHINE = {"grpc.keepalive_time_ms": 2**31 - 1, "grpc.enable_http_proxy": 0}
"""Milvus Lite takes pings between calls for abuse, and closes the connection (too_many_pings). On one machine
connections need no keepalive, and a proxy that the environment names does not lead to it (milvus#1664)."""
FINAL = ("unauthenticated", "auth check failure", "permission deny", "database not found", "does not exist")
"""Parts of answers, in lower case, after which waiting is of no use."""


def to_standard_error(line: str) -> None:
    """Prints a line of progress to standard error."""
    print(line, file=sys.stderr, flush=True)


def connect(
    source: str | Contract = "env",
    *,
    user: str | None = None,
    database: str = "",
    timeout_seconds: float = 300,
    progress: Callable[[str], None] = to_standard_error,
    portable: bool = False,
) -> "MilvusClient":
    """A client that has made an authenticated call.

    `source` is a contract, or text as in read(). Without `user`, it logs in as the user in milvus_auth_secret_arn;
    targets without authentication ignore both. A rotation (`make grant ROTATE=1`) leaves two users that are good: if
    the one that the secret names is refused, the one that it named before is tried. `progress` gets a line at a time
    while Milvus does not answer yet.
    With `portable`, the client refuses calls that a local stack and Milvus answer differently (NotPortableError).
    Raises RefusedError at once if Milvus refuses, and ContractError after the timeout if it does not answer.
    """
    contract = read(source) if isinstance(source, str) else source
    how = {"database": database, "timeout_seconds": timeout_seconds, "progress": progress, "portable": portable}
    return _admitted(contract, user, **how)[0]


async def connect_async(
    source: str | Contract = "env",
    *,
    user: str | None = None,
    database: str = "",
    timeout_seconds: float = 300,
    progress: Callable[[str], None] = to_standard_error,
) -> "AsyncMilvusClient":
    """The same for programs with an event loop, which goes on meanwhile."""
    contract = await asyncio.to_thread(read, source) if isinstance(source, str) else source
    # Whether Milvus answers, and what it refuses, is told by a client that is closed again.
    first, token = await asyncio.to_thread(
        _admitted, contract, user, database=database, timeout_seconds=timeout_seconds, progress=progress
    )
    first.close()
    client_type: Any = _pymilvus()[3]
    options = KEEP_ALIVE if contract.target == "aws" else ON_THIS_MACHINE
    client = client_type(contract.milvus_uri, token=token, db_name=database, dedicated=True, grpc_options=options)
    await client.list_collections()
    return client


def _admitted(contract: Contract, user: str | None, **how: Any) -> "tuple[MilvusClient, str]":
    """A client that Milvus lets in, and its token: that of the secret, or the one before. `how` is for log_in()."""
    token = fetch_token(contract, user)
    try:
        return log_in(contract, token, **how), token
    except RefusedError:
        before = fetch_token(contract, user, previous=True)
        if before in ("", token):
            raise
        with suppress(RefusedError):
            return log_in(contract, before, **how), before
        raise


def log_in(
    contract: Contract,
    token: str,
    *,
    database: str = "",
    timeout_seconds: float = 300,
    progress: Callable[[str], None] = to_standard_error,
    portable: bool = False,
) -> "MilvusClient":
    """The same as connect(), for callers that have a token, which is `user:password`."""
    if contract.milvus_uri is None:
        raise ContractError("the contract has no milvus_uri: the stack is not deployed to its end; `make up` goes on")
    options = KEEP_ALIVE if contract.target == "aws" else ON_THIS_MACHINE
    client_type, milvus_error, grpc_error, _ = _pymilvus()
    client_type = portable_type(client_type) if portable else client_type
    begin, waited = time.monotonic(), 0.0
    while True:
        seconds = max(1, min(ATTEMPT_SECONDS, timeout_seconds - waited))
        try:
            with _quiet():
                return _attempt(client_type, contract.milvus_uri, token, database, seconds, options)
        except (milvus_error, grpc_error) as error:  # for UNAUTHENTICATED pymilvus raises gRPC's own error
            waited = time.monotonic() - begin
            reason = _reason(error)
            if any(part in reason.lower() for part in FINAL):
                raise RefusedError(f"Milvus at {contract.milvus_uri} refuses: {reason}") from error
            if waited + PAUSE_SECONDS >= timeout_seconds:
                raise ContractError(
                    f"Milvus at {contract.milvus_uri} did not answer in {timeout_seconds:.0f} s: {reason}; "
                    "`make smoke` says which layer is at fault"
                ) from error
            progress(f"waiting for Milvus at {contract.milvus_uri}, {waited:.0f} of {timeout_seconds:.0f} s: {reason}")
            time.sleep(PAUSE_SECONDS)


def fetch_token(contract: Contract, user: str | None = None, *, previous: bool = False) -> str:
    """`user:password` from Secrets Manager; empty if the target has no authentication. With `previous` it is the one
    that the secret held before its last change; empty if there is none. Raises ContractError on failure."""
    if contract.milvus_auth_secret_arn is None:
        return ""
    secret = secret_name(contract, user) if user else contract.milvus_auth_secret_arn
    try:
        import boto3
        from botocore.exceptions import BotoCoreError, ClientError
    except ImportError as error:
        raise missing("boto3", "connect") from error

    # arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME
    region = contract.milvus_auth_secret_arn.split(":")[3]
    try:
        client = cast(Any, boto3).client("secretsmanager", region_name=region)
        stage = "AWSPREVIOUS" if previous else "AWSCURRENT"
        answer = client.get_secret_value(SecretId=secret, VersionStage=stage)
        values: dict[str, str] = json.loads(answer["SecretString"])
        return f"{values['username']}:{values['password']}"
    except (BotoCoreError, ClientError) as error:
        if previous:
            return ""
        raise ContractError(f"the secret {secret} can't be read: {error}") from error
    except (ValueError, KeyError) as error:
        raise ContractError(f"the secret {secret} holds something else than JSON with username and password") from error


def secret_name(contract: Contract, user: str) -> str:
    """Name of the secret in which `make grant` keeps the password of a user of the stack."""
    return f"{contract.cluster_name}/milvus/{user}"


def _attempt(
    client_type: Any, uri: str, token: str, database: str, seconds: float, options: dict[str, int]
) -> "MilvusClient":
    # The connection is dedicated, because a shared one would have the options of its first user.
    client = client_type(uri, token=token, db_name=database, timeout=seconds, dedicated=True, grpc_options=options)
    try:
        client.list_collections(timeout=seconds)  # connecting alone checks nothing (milvus#18607)
    except BaseException:
        client.close()
        raise
    return client


def _reason(error: Exception) -> str:
    """The reason in one line. While connecting, pymilvus has one message for all errors, so gRPC's
    error below it is used."""
    below: Any = error.__cause__ or error
    if hasattr(below, "details"):
        return " ".join(f"{below.code().name}: {below.details()}".split())
    return " ".join(str(getattr(error, "message", error)).split())


@contextmanager
def _quiet() -> Generator[None]:
    """Silences pymilvus, which logs a traceback for every attempt; our own messages contain the reason."""
    logger = logging.getLogger("pymilvus")
    before = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(before)


def _pymilvus() -> tuple[Any, type[Exception], type[Exception], Any]:
    """pymilvus' client and error, gRPC's error, and pymilvus' client for event loops.

    On import pymilvus reads MILVUS_URI, even from a .env file, and fails if it is no URL, so the variable is empty
    meanwhile.
    """
    before = os.environ.get("MILVUS_URI")
    os.environ["MILVUS_URI"] = ""
    try:
        from grpc import RpcError
        from pymilvus import AsyncMilvusClient, MilvusClient, MilvusException
    except ImportError as error:
        raise missing("pymilvus", "connect") from error
    finally:
        if before is None:
            del os.environ["MILVUS_URI"]
        else:
            os.environ["MILVUS_URI"] = before
    return MilvusClient, MilvusException, RpcError, AsyncMilvusClient
