"""Refuses, before the engine starts, to destroy a stack that holds protected resources or has consumers.

The engine's `protect` is not enough: it deletes everything else first, and then fails at the protected resource (tried:
17 of 18 resources were gone). Left out: destroying the stack, which `make down` does if nothing is refused.
"""

import json
import subprocess
from typing import Any, NamedTuple, cast

from operations.stack import ROOT, StackError, cli
from planning.protection import Protected, Retained, resources


def refusal(stack: str, found: list[Protected]) -> str:
    """Message that names the protected resources, and how to delete them all the same."""
    listed = "\n".join(f"  {each.name} ({each.type}, {each.by})" for each in found)
    return (
        f"stack {stack} holds {len(found)} protected resources; nothing was deleted:\n{listed}\n"
        "Their data can't be made again. To delete them all the same: make a last backup"
        f" (`make backup STACK={stack}`), set\n"
        f'  make pulumi STACK={stack} ARGS="config set milvus-on-aws:protect false"\n'
        f'  make pulumi STACK={stack} ARGS="config set --path milvus-on-aws:bucket.forceDestroy true"\n'
        f"then `make up STACK={stack}`, which only takes the protection off, then `make down STACK={stack}` again."
    )


BUCKET = "aws:s3/bucket:Bucket"


def staying(buckets_kept: list[Retained]) -> str:
    """Message that names the buckets which a destroy leaves where they are."""
    buckets = "\n".join(f"  s3://{each.id}" for each in buckets_kept)
    return (
        f"these buckets of backups stay, with their keys, and are paid until you delete them:\n{buckets}\n"
        "A new stack restores from them (docs/backup-bucket.md#after-the-stack)."
    )


class Consumers(NamedTuple):
    group: str
    """Id of the client security group. No resource of the stack itself carries this group."""
    interfaces: list[str]
    """Network interfaces that carry the group, each with its owner in parentheses."""


def consumers(state: dict[str, Any]) -> Consumers | None:
    """Asks EC2 which network interfaces carry the stack's client security group; None if there are none.

    Raises StackError if EC2 cannot be asked.
    """
    roots = [each for each in resources(state) if each["type"] == "pulumi:pulumi:Stack"]
    outputs: dict[str, Any] = roots[0].get("outputs", {}) if roots else {}
    group, region = outputs.get("client_security_group_id"), outputs.get("aws_region")
    if not group:
        return None
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        client = cast(Any, boto3).client("ec2", region_name=region)
        pages = client.get_paginator("describe_network_interfaces").paginate(
            Filters=[{"Name": "group-id", "Values": [group]}]
        )
        found = [each for page in pages for each in page["NetworkInterfaces"]]
    except (BotoCoreError, ClientError) as error:
        raise StackError(f"EC2 can't be asked who carries {group}, to which Milvus is open: {error}") from error
    interfaces = [f"{each['NetworkInterfaceId']} ({_owner(each)})" for each in found]
    return Consumers(group, interfaces) if interfaces else None


def _owner(interface: dict[str, Any]) -> str:
    return interface.get("Attachment", {}).get("InstanceId") or interface.get("Description") or "of unknown use"


def still_used(stack: str, found: Consumers) -> str:
    listed = "\n".join(f"  {each}" for each in found.interfaces)
    return (
        f"stack {stack} has consumers; nothing was deleted: {len(found.interfaces)} network interfaces carry its"
        f" client security group {found.group}\n{listed}\n"
        "Destroy what they belong to, or take the group off them, first: EC2 would not let the group go in the end, "
        "with Milvus gone by then (docs/consumers.md#another-pulumi-stack)."
    )


def exported(stack: str) -> dict[str, Any]:
    """Reads the stack's state. Raises StackError if it cannot be read."""
    answer = subprocess.run([cli(), "stack", "export", "--stack", stack], cwd=ROOT, capture_output=True, text=True)
    if answer.returncode:
        raise StackError(f"the state of stack {stack} can't be read: {answer.stderr.strip()}")
    return json.loads(answer.stdout)
