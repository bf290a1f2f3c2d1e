"""Refuses, before the engine starts, to destroy a stack that must not be, or not like this: because it holds protected
resources, is in another account than the caller, or has consumers.

The engine's `protect` is not enough: it deletes everything else first, and then fails at the protected resource (tried:
17 of 18 resources were gone). With credentials of another account, in which it finds nothing of the stack, it takes
everything for deleted already: the state is emptied, and the cloud runs on. Left out: destroying the stack, which
`make down` does if nothing is refused.
"""

import json
import re
import subprocess
import sys
from typing import Any, NamedTuple, cast

from operations.stack import ROOT, StackError, cli
from planning.protection import Protected, Retained, protected, resources, retained

ACCOUNT = re.compile(r"arn:aws[a-z-]*:[^:]*:[^:]*:(\d{12}):")
"""The account in an ARN. ARNs of buckets, and of AWS' own policies, have none."""
BUCKET = "aws:s3/bucket:Bucket"


def destroyable(stack: str) -> int:
    """Exit code: 1 if the stack must not be destroyed, which is said with what to do. Says what will be left of it."""
    state = exported(stack)
    if found := protected(state):
        print(f"error: {refusal(stack, found)}", file=sys.stderr)
        return 1
    if elsewhere := in_other_account(stack, state):
        print(f"error: {elsewhere}", file=sys.stderr)
        return 1
    if used := consumers(state):
        print(f"error: {still_used(stack, used)}", file=sys.stderr)
        return 1
    if kept := [each for each in retained(state) if each.type == BUCKET]:
        print(staying(kept))
    if backups := last_backup(stack, state):
        print(backups)
    return 0


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


def accounts(state: dict[str, Any]) -> set[str]:
    """Ids of the AWS accounts that the stack's resources are in, by the ARNs that AWS gave them."""
    arns = [str(_outputs(each).get("arn")) for each in resources(state) if _is_of_aws(each)]
    return {found[1] for arn in arns if (found := ACCOUNT.match(arn))}


def _is_of_aws(resource: dict[str, Any]) -> bool:
    """True for what the stack itself made in AWS; what it only reads may be another account's."""
    return str(resource["type"]).startswith("aws:") and not resource.get("external")


def in_other_account(stack: str, state: dict[str, Any]) -> str:
    """Says why the caller's account is not the stack's; empty if it is, or if the stack has nothing in AWS.

    Raises StackError if STS cannot be asked.
    """
    if not (theirs := accounts(state)):
        return ""
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        caller = cast(Any, boto3).client("sts", region_name=region(state)).get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        raise StackError(
            f"whose account this is can't be asked ({error}), and stack {stack} is in account"
            f" {', '.join(sorted(theirs))}; nothing was deleted. Log in there: aws sso login, or export AWS_PROFILE=..."
        ) from error
    if caller["Account"] in theirs:
        return ""
    return (
        f"stack {stack} is in account {', '.join(sorted(theirs))}, and these credentials are of account"
        f" {caller['Account']} ({caller['Arn']}); nothing was deleted. There, nothing of the stack would be found: its"
        " state would be emptied, and everything would run on, unknown to anybody. Take credentials of the stack's"
        " account: export AWS_PROFILE=..."
    )


def region(state: dict[str, Any]) -> str:
    """Region of the stack by its outputs; us-east-1 if its deployment never came to its outputs."""
    return str(stack_outputs(state).get("aws_region") or "us-east-1")


def stack_outputs(state: dict[str, Any]) -> dict[str, Any]:
    """The outputs of an exported state."""
    roots = [each for each in resources(state) if each["type"] == "pulumi:pulumi:Stack"]
    return _outputs(roots[0]) if roots else {}


def _outputs(resource: dict[str, Any]) -> dict[str, Any]:
    return resource.get("outputs") or {}


def staying(buckets_kept: list[Retained]) -> str:
    """Message that names the buckets which a destroy leaves where they are."""
    buckets = "\n".join(f"  s3://{each.id}" for each in buckets_kept)
    return (
        f"these buckets of backups stay, with their keys, and are paid until you delete them:\n{buckets}\n"
        "A new stack restores from them (docs/backup-bucket.md#after-the-stack)."
    )


def last_backup(stack: str, state: dict[str, Any]) -> str:
    """What is left of the data once the stack is gone, by its last verified backup; empty if it makes none."""
    bucket = stack_outputs(state).get("backup_bucket_name")
    if not bucket:
        return ""
    from milvus_contract import Contract
    from operations.backup.freshness import last

    contract = Contract(contract_version="1.1", target="aws", aws_region=region(state), backup_bucket_name=str(bucket))
    newer = f"make backup STACK={stack}, make drill STACK={stack}"
    return f"of its backups {last(contract)}. For a newer one answer no, and: {newer}"


class Consumers(NamedTuple):
    group: str
    """Id of the client security group. No resource of the stack itself carries this group."""
    interfaces: list[str]
    """Network interfaces that carry the group, each with its owner in parentheses."""


def consumers(state: dict[str, Any]) -> Consumers | None:
    """Asks EC2 which network interfaces carry the stack's client security group; None if there are none.

    Raises StackError if EC2 cannot be asked.
    """
    if not (group := stack_outputs(state).get("client_security_group_id")):
        return None
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        client = cast(Any, boto3).client("ec2", region_name=region(state))
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
