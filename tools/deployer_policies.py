"""The policies of whoever deploys and of whoever previews, as documents to paste: docs/{deployer,preview}-policy.json.

The same statements that examples/ci_identity gives its roles, for a stack in us-east-1 of account 123456789012 that has
a domain; names to replace are that account, `STATE-BUCKET`, `STATE-KEY` and `HOSTED-ZONE`. By name of the policy, each
within IAM's 6,144 characters.
"""

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).resolve().parent.parent / "examples" / "ci_identity"))
permissions: Any = import_module("permissions")  # of a project of its own

MOST_CHARACTERS = 6144
"""Of a managed policy: docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
PLACE = permissions.Place(
    account="123456789012",
    region="us-east-1",
    state_bucket="STATE-BUCKET",
    secrets_key_arn="arn:aws:kms:us-east-1:123456789012:key/STATE-KEY",
    hosted_zone_id="HOSTED-ZONE",
)

Policies = dict[str, dict[str, Any]]


def deployer() -> Policies:
    return _documents(
        {
            "state": permissions.state(PLACE, change=True),
            "read": permissions.reading(PLACE),
            "network": permissions.changing_network(PLACE),
            "services": permissions.changing_services(PLACE),
            "identities": permissions.changing_identities(PLACE),
        }
    )


def preview() -> Policies:
    return _documents({"state": permissions.state(PLACE, change=False), "read": permissions.reading(PLACE)})


def text(policies: Policies) -> str:
    return json.dumps(policies, indent=2) + "\n"


def _documents(statements: dict[str, Any]) -> Policies:
    return {name: {"Version": "2012-10-17", "Statement": list(each)} for name, each in statements.items()}
