"""Serves the data plane's AWS: moto's S3, STS, IAM and Secrets Manager behind TLS, with IAM enforced.

`python -m testbed.aws_server ADDRESS CERTIFICATE FOLDER`. It adds to moto 5.2 that tokens and trust policies are
checked in AssumeRoleWithWebIdentity, that HeadBucket and the deletion of many objects are authorised as on AWS, and
that aws:SecureTransport is evaluated. Every decision is noted in FOLDER/audit.jsonl. FOLDER/person.json gets the
credentials of a user who may do everything; FOLDER/issuer.json holds the public key of the cluster's tokens.
"""

import base64
import json
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

ACCOUNT = "123456789012"  # the rehearsal's, and moto's
AUDIT, PERSON, ISSUER, READY = "audit.jsonl", "person.json", "issuer.json", "ready"
WEB_IDENTITY = "AssumeRoleWithWebIdentity"
REFUSAL = f"""<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>
<Code>AccessDenied</Code><Message>Not authorized to perform sts:{WEB_IDENTITY}</Message></Error>
<RequestId>00000000-0000-0000-0000-000000000000</RequestId></ErrorResponse>"""


def admitted(token: str, trust: Mapping[str, Any], issuer: Mapping[str, int]) -> bool:
    """Whether a role's trust policy admits the bearer of a token. `issuer` is the public key of the token's issuer."""
    try:
        head, claims, signature = token.split(".")
        key = rsa.RSAPublicNumbers(issuer["e"], issuer["n"]).public_key()
        key.verify(_decoded(signature), f"{head}.{claims}".encode(), padding.PKCS1v15(), hashes.SHA256())
        said: dict[str, Any] = json.loads(_decoded(claims))
    except (ValueError, InvalidSignature):
        return False
    provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{said['iss'].removeprefix('https://')}"
    return said["exp"] > time.time() and any(
        statement["Effect"] == "Allow"
        and statement["Action"] == f"sts:{WEB_IDENTITY}"
        and statement["Principal"].get("Federated") == provider
        and _holds(statement.get("Condition", {}), said)
        for statement in trust["Statement"]
    )


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _holds(conditions: Mapping[str, Mapping[str, Any]], claims: Mapping[str, Any]) -> bool:
    """Whether claims meet conditions. Only StringEquals with one value for a claim of the issuer can be met."""
    if conditions.keys() - {"StringEquals"}:
        return False
    issuer = claims["iss"].removeprefix("https://")
    for key, wanted in conditions.get("StringEquals", {}).items():
        said: Any = claims.get(key.removeprefix(f"{issuer}:"))
        if not key.startswith(f"{issuer}:") or wanted not in (said if isinstance(said, list) else [said]):
            return False
    return True


def _serve(address: str, certificate: str, folder: Path) -> None:
    """Serves until the process is killed."""
    os.environ["INITIAL_NO_AUTH_ACTION_COUNT"] = "0"
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
    from werkzeug.serving import make_server

    _amend(folder)
    _admit_person(folder)
    server = make_server(
        address,
        443,
        cast(Any, DomainDispatcherApplication(cast(Any, create_backend_app))),
        threaded=True,
        ssl_context=(certificate, certificate),
        request_handler=MotoRequestHandler,
    )
    (folder / READY).touch()
    server.serve_forever()


def _admit_person(folder: Path) -> None:
    """Creates the user who may do everything."""
    from moto.iam.models import iam_backends

    iam: Any = cast(Any, iam_backends)[ACCOUNT]["aws"]
    iam.create_user("us-east-1", "person")
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    iam.put_user_policy("person", "everything", json.dumps(everything))
    key = iam.create_access_key("person")
    content = {"AWS_ACCESS_KEY_ID": key.access_key_id, "AWS_SECRET_ACCESS_KEY": key.secret_access_key}
    (folder / PERSON).write_text(json.dumps(content))


def _amend(folder: Path) -> None:
    """Replaces methods of moto by more exact ones."""
    from moto.iam import access_control
    from moto.iam.models import iam_backends
    from moto.s3 import responses
    from moto.sts.responses import TokenResponse

    requests, statements = cast(Any, access_control.IAMRequestBase), cast(Any, access_control.IAMPolicyStatement)
    buckets, tokens = cast(Any, responses.S3Response), cast(Any, TokenResponse)
    audit = (folder / AUDIT).open("a", buffering=1)

    def note(who: str, action: str, allowed: bool) -> None:
        audit.write(json.dumps({"who": who, "action": action, "allowed": allowed}) + "\n")

    check = requests.check_action_permitted

    def check_action_permitted(self: Any, resource: str) -> None:
        who = self._access_key.arn
        try:
            check(self, resource)
        except Exception:
            note(who, self._action, False)
            raise
        note(who, self._action, True)

    authorize = tokens._authenticate_and_authorize_normal_action

    def authorize_unless_unsigned(self: Any, resource: str = "*") -> None:
        if self._get_action() != WEB_IDENTITY:
            authorize(self, resource)

    assume = tokens.assume_role_with_web_identity

    def assume_role_with_web_identity(self: Any) -> Any:
        """moto checks neither the token nor the trust policy."""
        role: Any = cast(Any, iam_backends)[ACCOUNT]["aws"].get_role_by_arn(self._get_param("RoleArn"))
        trust = role.assume_role_policy_document
        issuer = json.loads((folder / ISSUER).read_text())
        allowed = admitted(
            self._get_param("WebIdentityToken"), json.loads(trust) if isinstance(trust, str) else trust, issuer
        )
        note("token", f"sts:{WEB_IDENTITY}", allowed)
        return assume(self) if allowed else (REFUSAL, {"status": 403})

    post = buckets._bucket_response_post

    def bucket_post(self: Any, request: Any, bucket_name: str) -> Any:
        """moto checks s3:DeleteObject on the bucket, AWS on the objects: docs.aws.amazon.com/AmazonS3/latest/API/
        API_DeleteObjects.html."""
        self.path = self._get_path(request)
        if not self.is_delete_keys():
            return post(self, request, bucket_name)
        self.data["Action"] = "DeleteObject"
        self._authenticate_and_authorize_s3_action(bucket_name=bucket_name, key_name="*")
        return self._bucket_response_delete_keys(bucket_name)

    permitted = statements.is_action_permitted

    def is_action_permitted(self: Any, *arguments: Any, **options: Any) -> Any:
        """moto ignores conditions. All connections use TLS here, so a condition for "false" is never met."""
        condition = self._statement.get("Condition", {}).get("Bool", {}).get("aws:SecureTransport")
        if str(condition).lower() == "false":
            return access_control.PermissionResult.NEUTRAL
        return permitted(self, *arguments, **options)

    requests.check_action_permitted = check_action_permitted
    statements.is_action_permitted = is_action_permitted
    tokens._authenticate_and_authorize_normal_action = authorize_unless_unsigned
    tokens.assume_role_with_web_identity = assume_role_with_web_identity
    buckets._bucket_response_post = bucket_post
    # docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html: there is no s3:HeadBucket
    cast(Any, responses).ACTION_MAP["BUCKET"]["HEAD"]["DEFAULT"] = "ListBucket"


if __name__ == "__main__":
    _serve(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
