"""`make sweep STACK=dev`: lists what a stack left, with its price; with APPLY=1 deletes what is safe to delete.

It deletes what carries this stack's trace, nothing uses, the state does not name, and is older than an hour. It refuses
to delete with credentials of another account, or while a cluster of the stack's name runs that the state does not know.
"""

import json
import sys
from dataclasses import dataclass
from typing import Any, cast

from rich.console import Console
from rich.markup import escape

from operations.destroyable import exported, in_other_account
from operations.doctor.subject import Clients, Subject
from operations.estimate import settings_of
from operations.stack import StackError
from operations.sweep.kinds import KINDS
from operations.sweep.leftover import Kind, Leftover, last_change, named, stays


@dataclass(frozen=True)
class Row:
    """What became of one leftover."""

    kind: str
    left: Leftover
    kept: str
    """Why it stays; empty if it was, or would be, deleted."""
    failed: str = ""
    """What AWS said, if its deletion failed."""


def sweep(stack: str, *, apply: bool, as_json: bool = False) -> int:
    """Lists, and with `apply` deletes. Returns the exit code: 1 if a deletion failed, else 0.

    Raises StackError where nothing may be deleted.
    """
    import boto3

    name = stack.rsplit("/", 1)[-1]
    settings = settings_of(name)
    if settings.target != "aws":
        raise StackError(f"stack {stack} runs on this machine and leaves nothing in AWS")
    session = cast(Any, boto3).Session(region_name=settings.region)
    subject = Subject(name, settings, Clients(session), exported(stack))
    if refused := refusal(subject):
        if apply:
            raise StackError(refused)
        print(f"note: APPLY=1 would be refused: {refused}", file=sys.stderr)
    rows = swept(subject, apply=apply)
    show(subject, rows, apply=apply, as_json=as_json)
    return 1 if any(row.failed for row in rows) else 0


def refusal(subject: Subject) -> str:
    """Why nothing of this stack may be deleted by this caller; empty if it may."""
    from botocore.exceptions import ClientError

    account, allowed = subject.caller["Account"], subject.settings.access.account_ids
    if allowed and account not in allowed:
        return f"access.accountIds has {', '.join(allowed)}, and these credentials are of account {account}"
    if elsewhere := in_other_account(subject.stack, subject.state):
        return elsewhere
    try:
        subject.client("eks").describe_cluster(name=subject.name)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        return ""
    if named(subject.name, json.dumps(subject.state)):
        return ""
    return (
        f"EKS cluster {subject.name} runs in account {account}, and this stack's state does not know it: somebody"
        " deploys a stack of this name from another backend, and what looks left over is theirs"
    )


def swept(subject: Subject, *, apply: bool) -> list[Row]:
    """All leftovers. With `apply` each kind is deleted before the next is looked for, which it may have set free."""
    state, changed = json.dumps(subject.state), last_change(subject.state)
    rows: list[Row] = []
    for kind in KINDS:
        for left in kind.find(subject):
            if named(left.id, state) or any(_same(left, row.left) for row in rows):
                continue
            kept = stays(kind, left, changed)
            failed = _delete(subject, kind, left) if apply and not kept else ""
            rows.append(Row(kind.name, left, kept, failed))
    return rows


def _same(one: Leftover, other: Leftover) -> bool:
    """Whether two are one, of which one kind knows the id and another the ARN."""
    short, long = sorted((one.id, other.id), key=len)
    return long == short or long.endswith((f"/{short}", f":{short}", f":{short}:*"))


def _delete(subject: Subject, kind: Kind, left: Leftover) -> str:
    from botocore.exceptions import BotoCoreError, ClientError

    assert kind.delete is not None  # noqa: S101 - stays() keeps others
    try:
        kind.delete(subject, left.id)
    except (BotoCoreError, ClientError) as error:
        return str(error)
    return ""


def show(subject: Subject, rows: list[Row], *, apply: bool, as_json: bool) -> None:
    total = sum(row.left.usd or 0 for row in rows)
    going = sum(row.left.usd or 0 for row in rows if not row.kept and not row.failed)
    if as_json:
        listed = [
            {
                "kind": row.kind,
                "id": row.left.id,
                "trace": row.left.trace,
                "usd_per_month": None if row.left.usd is None else round(row.left.usd, 2),
                "deleted": apply and not row.kept and not row.failed,
                "kept": row.kept,
                "failed": row.failed,
            }
            for row in rows
        ]
        print(json.dumps({"stack": subject.stack, "leftovers": listed, "usd_per_month": round(total, 2)}, indent=2))
        return
    console = Console()
    if not rows:
        console.print(f"Nothing of stack {subject.stack} is left over in {subject.region}.")
        return
    for row in rows:
        usd = "?" if row.left.usd is None else f"{row.left.usd:.2f}"
        said = f"[red]{escape(row.failed)}[/]" if row.failed else escape(row.kept)
        mark = "[dim]stays[/]  " if said else "[green]deleted[/]" if apply else "[yellow]to go[/]  "
        console.print(
            f"  {mark} {row.kind:<17} {usd:>7} {row.left.id} ({row.left.trace}){': ' if said else ''}{said}",
            soft_wrap=True,
            highlight=False,
        )
    end = "are gone" if apply else "would go"
    console.print(f"{len(rows)} leftovers, {total:.2f} USD a month, of which {going:.2f} {end}.", soft_wrap=True)
