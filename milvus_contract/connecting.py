"""From a contract to a connected MilvusClient: the token by ARN at run time, TLS, keep-alive, patience at a cold start.

Needs pymilvus, and boto3 where the stack has authentication. Left out: creating users (python -m operations grant).
"""

import json
import logging
import os
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from milvus_contract.contract import Contract, ContractError, RefusedError
from milvus_contract.reading import read

if TYPE_CHECKING:
    from pymilvus import MilvusClient

ATTEMPT_SECONDS = 10
PAUSE_SECONDS = 2
KEEP_ALIVE = {
    # An NLB forgets a connection that was silent for 350 s, or for 60 if its stack says so, and resets the next call.
    # Milvus' proxies allow a ping every 5 s, also between calls (milvus: internal/distributed/proxy/service.go).
    "grpc.keepalive_time_ms": 30_000,
    "grpc.keepalive_timeout_ms": 10_000,
    "grpc.keepalive_permit_without_calls": 1,
    # Otherwise gRPC pings a silent connection once a minute at most, whatever is said above (grpcio 1.85, measured).
    "grpc.http2.max_pings_without_data": 0,
}
NO_KEEP_ALIVE = {"grpc.keepalive_time_ms": 2**31 - 1}
"""Milvus Lite takes pings between calls for abuse and hangs up (too_many_pings); one machine forgets no connection."""
FINAL = ("unauthenticated", "auth check failure", "permission deny", "database not found", "does not exist")
"""Parts of answers that no waiting changes, in small letters."""


def to_standard_error(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def connect(
    source: str | Contract = "env",
    *,
    user: str | None = None,
    database: str = "",
    timeout_seconds: float = 300,
    progress: Callable[[str], None] = to_standard_error,
) -> "MilvusClient":
    """A client that has made an authenticated call.

    `source` as in read(). Without a user it is the one of milvus_auth_secret_arn; a target without authentication
    passes over both. `progress` gets a line at a time while Milvus does not answer yet. Raises RefusedError at once if
    the answer is no, ContractError after the timeout if there is none.
    """
    contract = read(source) if isinstance(source, str) else source
    token = fetch_token(contract, user)
    return log_in(contract, token, database=database, timeout_seconds=timeout_seconds, progress=progress)


def log_in(
    contract: Contract,
    token: str,
    *,
    database: str = "",
    timeout_seconds: float = 300,
    progress: Callable[[str], None] = to_standard_error,
) -> "MilvusClient":
    """connect() for who has a token, `user:password`."""
    if contract.milvus_uri is None:
        raise ContractError("the contract has no milvus_uri: the stack is not deployed to its end; `make up` goes on")
    options = KEEP_ALIVE if contract.target == "aws" else NO_KEEP_ALIVE
    client_type, milvus_error, grpc_error = _pymilvus()
    begin, waited = time.monotonic(), 0.0
    while True:
        seconds = max(1, min(ATTEMPT_SECONDS, timeout_seconds - waited))
        try:
            with _quiet():
                return _attempt(client_type, contract.milvus_uri, token, database, seconds, options)
        except (milvus_error, grpc_error) as error:  # pymilvus passes UNAUTHENTICATED on as gRPC says it
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


def fetch_token(contract: Contract, user: str | None = None) -> str:
    """`user:password` from Secrets Manager, empty where a target has no authentication. Raises ContractError."""
    if contract.milvus_auth_secret_arn is None:
        return ""
    secret = secret_name(contract, user) if user else contract.milvus_auth_secret_arn
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    # arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME
    region = contract.milvus_auth_secret_arn.split(":")[3]
    try:
        client = cast(Any, boto3).client("secretsmanager", region_name=region)
        values: dict[str, str] = json.loads(client.get_secret_value(SecretId=secret)["SecretString"])
        return f"{values['username']}:{values['password']}"
    except (BotoCoreError, ClientError) as error:
        raise ContractError(f"the secret {secret} can't be read: {error}") from error
    except (ValueError, KeyError) as error:
        raise ContractError(f"the secret {secret} holds something else than JSON with username and password") from error


def secret_name(contract: Contract, user: str) -> str:
    """Where `python -m operations grant` keeps the password of one of a stack's users."""
    return f"{contract.cluster_name}/milvus/{user}"


def _attempt(
    client_type: Any, uri: str, token: str, database: str, seconds: float, options: dict[str, int]
) -> "MilvusClient":
    # A connection of its own: a shared one would have the options of who came first.
    client = client_type(uri, token=token, db_name=database, timeout=seconds, dedicated=True, grpc_options=options)
    try:
        client.list_collections(timeout=seconds)  # connecting alone checks nothing (milvus#18607)
    except BaseException:
        client.close()
        raise
    return client


def _reason(error: Exception) -> str:
    """In one line. While connecting, pymilvus says the same of every fault; gRPC, below it, knows which one it was."""
    below: Any = error.__cause__ or error
    if hasattr(below, "details"):
        return " ".join(f"{below.code().name}: {below.details()}".split())
    return " ".join(str(getattr(error, "message", error)).split())


@contextmanager
def _quiet() -> Generator[None]:
    """pymilvus logs a traceback for every attempt; what it says is in our lines."""
    logger = logging.getLogger("pymilvus")
    before = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(before)


def _pymilvus() -> tuple[Any, type[Exception], type[Exception]]:
    """Its client, its error, and that of what it stands on. It reads MILVUS_URI at import, even from a .env file, and
    fails on what is no URL."""
    before = os.environ.get("MILVUS_URI")
    os.environ["MILVUS_URI"] = ""
    try:
        from grpc import RpcError
        from pymilvus import MilvusClient, MilvusException
    finally:
        if before is None:
            del os.environ["MILVUS_URI"]
        else:
            os.environ["MILVUS_URI"] = before
    return MilvusClient, MilvusException, RpcError
