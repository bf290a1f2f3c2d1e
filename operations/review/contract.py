"""Finds what a change does to those who read the stack's contract: its outputs, and its parameters in SSM.

Both are made of the same values (outputs.py), and a preview shows the parameters alone, so that they stand for both
here. What each key means is said in milvus_contract/contract.py.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from milvus_contract.reading import SSM_ROOT
from milvus_contract.text import text
from operations.review.changes import Change, Preview
from operations.review.disruption import HARMLESS
from operations.review.state_loss import Loss
from policies.rule import UNKNOWN, at

PARAMETER = "aws:ssm/parameter:Parameter"
CONNECT = "clients connect anew: who reads the contract at its start is restarted, who copied the value copies it again"
READ_AGAIN = "readers need secretsmanager:GetSecretValue on the new ARN, and read the secret again"
MOVE = "what consumers have put into the old one (functions, tasks, endpoints) is moved to the new one"
DO: Mapping[str, str] = {
    "contract_version": "consumers install the milvus_contract of the new version before this is deployed",
    "target": "consumers on the other target have no network path, secret or role here: they are set up anew",
    "milvus_uri": CONNECT,
    "milvus_host": f"{CONNECT}; rules of firewalls and proxies that name the host follow",
    "milvus_port": f"{CONNECT}; security groups and firewalls on the consumers' side let the new port out",
    "milvus_tls": f"{CONNECT}, with https and a trusted certificate where it is true, with http where it is false",
    "milvus_auth_secret_arn": READ_AGAIN,
    "attu_url": "people follow the new link",
    "dashboard_url": "people follow the new link",
    "bucket_name": "backups, and policies that name the bucket, follow",
    "backup_bucket_name": "backups stay where they are: what restores from them names the bucket that has them",
    "backup_copy_bucket_name": "copies stay where they are: who restores from them names the bucket that has them",
    "backup_role_arn": "policies that name the role follow",
    "restore_role_arn": "policies that name the role follow",
    "kafka_bootstrap_servers": "whoever reads or watches the brokers takes the new list; Milvus does by itself",
    "kafka_secret_arn": READ_AGAIN,
    "vpc_id": MOVE,
    "private_subnet_ids": MOVE,
    "private_link_service_name": MOVE,
    "private_link_dns_name": CONNECT,
    "client_security_group_id": "consumers put the new group on whatever connects, before the old one goes",
    "nlb_arn": "alarms, endpoint services and DNS records that name the load balancer follow",
    "cluster_name": "kubeconfigs are written again: aws eks update-kubeconfig --name",
    "namespace": "kubectl commands, NetworkPolicies and monitoring that name the namespace follow",
    "aws_region": "clients of AWS are made for the new region",
}
"""What consumers must do when a key's value changes."""
GONE = "consumers that read it find nothing: StackReference gives null, `aws_ssm_parameter` and CloudFormation fail"
KEEP = (
    "keep it, within a major version keys are only added (milvus_contract/contract.py); else move every consumer first"
)


def losses(change: Change, outputs: Mapping[str, Any]) -> Iterator[Loss]:
    """A key of the contract that goes, or gets another name. `outputs` are the stack's, as deployed."""
    key, name = _key(change.old), change.old.get("name")
    if change.operation in ("delete", "replace") and key and name != change.new.get("name") and not change.is_kept:
        cause = f"{name}: {_value(change.old, outputs)} -> {change.new.get('name', 'none')}"
        yield Loss((cause,), f"a key of the contract is no longer there: {GONE}", KEEP)


def interruptions(change: Change, preview: Preview) -> Iterator[str]:
    """A key of the contract that gets another value."""
    key = _key(change.new)
    if change.operation not in ("update", "replace") or not key or change.old.get("name") != change.new["name"]:
        return
    old, new = _value(change.old, preview.outputs), _value(change.new, {})
    if new == UNKNOWN:
        if not change.reads & {each.urn for each in preview.changes if _is_another(each)}:
            return  # what it is read from stays what it is
        new = "what is known only once deployed"
    if new != old:
        yield f"the contract's {key} changes: {old} -> {new}; {DO.get(key, 'consumers read it again')}"


def _is_another(change: Change) -> bool:
    """Whether a resource is another one afterwards, with another id, and not for the program's own use alone."""
    return change.operation in ("create", "replace", "delete") and change.type not in HARMLESS


def _key(inputs: Mapping[str, Any]) -> str:
    """The contract's key that a parameter holds; empty for any other resource."""
    root, _, key = str(inputs.get("name", "")).rpartition("/")
    return key if root.startswith(f"{SSM_ROOT}/") else ""


def _value(inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> str:
    """A parameter's value. Older versions of the program wrote it as `value`, which the CLI masks: the output of the
    same name says it then."""
    if (value := at(inputs, "insecureValue")) is not None:
        return str(value)
    return text(outputs[key]) if (key := _key(inputs)) in outputs else "a value that the CLI has masked"
