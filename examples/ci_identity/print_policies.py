"""Prints the permissions that deploying a stack needs, as policies for an IAM role.

The output is a JSON object of policy documents by name, with the statements of the workflows' roles (permissions.py).
There are several, because a managed policy may have only 6,144 characters
(docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html).
"""

import argparse
import json
import sys
from typing import Any

from examples.ci_identity import permissions


def policies(place: permissions.Place, *, reader: bool) -> dict[str, Any]:
    """Policy documents by name, for a deployer or for a `reader`, who only previews."""
    changing = {
        "network": permissions.changing_network(place),
        "services": permissions.changing_services(place),
        "identities": permissions.changing_identities(place),
    }
    statements = {
        "state": permissions.state(place, change=not reader),
        "read": permissions.reading(place),
        **({} if reader else changing),
    }
    return {name: {"Version": "2012-10-17", "Statement": found} for name, found in statements.items()}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog=".venv/bin/python -m examples.ci_identity.print_policies", description=__doc__
    )
    parser.add_argument("--account", required=True, help="account id, 12 digits")
    parser.add_argument("--region", required=True)
    parser.add_argument("--state-bucket", required=True, help="bucket in which Pulumi keeps the state")
    parser.add_argument("--secrets-key-arn", required=True, help="KMS key of the stack's secrets provider")
    parser.add_argument("--hosted-zone-id", help="Route 53 zone, if the stack has access.domain")
    parser.add_argument("--reader", action="store_true", help="only the permissions of a preview, which change nothing")
    options = parser.parse_args(arguments)
    place = permissions.Place(
        account=options.account,
        region=options.region,
        state_bucket=options.state_bucket,
        secrets_key_arn=options.secrets_key_arn,
        hosted_zone_id=options.hosted_zone_id,
    )
    json.dump(policies(place, reader=options.reader), sys.stdout, indent=2)
    print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
