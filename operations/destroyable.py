"""Refuses to destroy a stack that holds protected resources, or has consumers, before the engine starts.

`protect` alone does not: the engine deletes everything else first, and fails at the protected resource with the rest
gone (tried: 17 of 18 resources). Left out: the destroying, which `make down` does when this has nothing to say.
"""

import json
import subprocess
from typing import Any, NamedTuple, cast

from operations.stack import ROOT, StackError, cli
from planning.protection import Protected, resources


def refusal(stack: str, found: list[Protected]) -> str:
    """What the person reads instead of a half-destroyed stack."""
    listed = "\n".join(f"  {each.name} ({each.type}, {each.by})" for each in found)
    return (
        f"stack {stack} holds {len(found)} protected resources; nothing was deleted:\n{listed}\n"
        "Their data can't be made again. To delete them all the same: back up what you need (docs/operations.md), set\n"
        f'  make pulumi STACK={stack} ARGS="config set milvus-on-aws:protect false"\n'
        f'  make pulumi STACK={stack} ARGS="config set --path milvus-on-aws:bucket.forceDestroy true"\n'
        f"then `make up STACK={stack}`, which only takes the protection off, then `make down STACK={stack}` again."
    )


class Consumers(NamedTuple):
    group: str
    """The client security group: nothing of the stack's own carries it."""
    interfaces: list[str]
    """Network interfaces that do, and what they are for."""


def consumers(state: dict[str, Any]) -> Consumers | None:
    """Who is connected by the contract's client security group, says EC2. Raises StackError if it can't be asked."""
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
    """The stack's state. Raises StackError."""
    answer = subprocess.run([cli(), "stack", "export", "--stack", stack], cwd=ROOT, capture_output=True, text=True)
    if answer.returncode:
        raise StackError(f"the state of stack {stack} can't be read: {answer.stderr.strip()}")
    return json.loads(answer.stdout)
