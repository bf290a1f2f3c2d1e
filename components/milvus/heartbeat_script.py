"""Tells CloudWatch that the canary succeeded, in a plain Python image: standard library only, nothing of this project.

The pod's service account is exchanged for credentials of its role (IRSA), which may write to one namespace of metrics.
Left out: everything of AWS' signature that these two calls do not need, such as queries in the URL.
"""

import hashlib
import hmac
import re
import urllib.parse
import urllib.request
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

SECONDS = 20
"""Limit of each of the two calls."""
METRIC, DIMENSION = "Succeeded", "Stack"


class Credentials(NamedTuple):
    """Credentials of a role, which end after an hour."""

    key_id: str
    secret: str
    token: str


def beat(environment: Mapping[str, str]) -> None:
    """Writes one datapoint. Raises OSError or ValueError if AWS refuses or does not answer."""
    region = environment["AWS_REGION"]
    credentials = assume(
        environment["STS_URL"],
        environment["AWS_ROLE_ARN"],
        Path(environment["AWS_WEB_IDENTITY_TOKEN_FILE"]).read_text(encoding="utf-8"),
    )
    body = urllib.parse.urlencode(
        {
            "Action": "PutMetricData",
            "Version": "2010-08-01",
            "Namespace": environment["METRICS_NAMESPACE"],
            "MetricData.member.1.MetricName": METRIC,
            "MetricData.member.1.Value": "1",
            "MetricData.member.1.Unit": "Count",
            "MetricData.member.1.Dimensions.member.1.Name": DIMENSION,
            "MetricData.member.1.Dimensions.member.1.Value": environment["STACK"],
        }
    ).encode()
    url = environment["CLOUDWATCH_URL"]
    _post(url, body, signed(url, body, region, "monitoring", credentials, datetime.now(UTC)))


def assume(url: str, role_arn: str, web_identity: str) -> Credentials:
    """Credentials of a role for the token of a service account
    (docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html)."""
    body = urllib.parse.urlencode(
        {
            "Action": "AssumeRoleWithWebIdentity",
            "Version": "2011-06-15",
            "RoleArn": role_arn,
            "RoleSessionName": "canary",
            "WebIdentityToken": web_identity,
        }
    ).encode()
    answer = _post(url, body, {"Content-Type": "application/x-www-form-urlencoded"})
    found = [re.search(f"<{key}>(.*?)</{key}>", answer) for key in ("AccessKeyId", "SecretAccessKey", "SessionToken")]
    if None in found:
        raise ValueError("STS answered without credentials")
    return Credentials(*(each[1] for each in found if each))


def signed(url: str, body: bytes, region: str, service: str, credentials: Credentials, now: datetime) -> dict[str, str]:
    """Headers of a POST with AWS' signature, version 4
    (docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html)."""
    parsed = urllib.parse.urlsplit(url)
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Host": parsed.netloc,
        "X-Amz-Date": f"{now:%Y%m%dT%H%M%SZ}",
        "X-Amz-Security-Token": credentials.token,
    }
    names = ";".join(sorted(name.lower() for name in headers))
    canonical = "\n".join(
        (
            "POST",
            parsed.path or "/",
            "",
            *(f"{name.lower()}:{headers[name]}" for name in sorted(headers, key=str.lower)),
            "",
            names,
            hashlib.sha256(body).hexdigest(),
        )
    )
    scope = f"{now:%Y%m%d}/{region}/{service}/aws4_request"
    text = "\n".join(("AWS4-HMAC-SHA256", headers["X-Amz-Date"], scope, hashlib.sha256(canonical.encode()).hexdigest()))
    key = f"AWS4{credentials.secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    authorization = (
        f"AWS4-HMAC-SHA256 Credential={credentials.key_id}/{scope}, SignedHeaders={names}, Signature={signature}"
    )
    return {**headers, "Authorization": authorization}


def _post(url: str, body: bytes, headers: Mapping[str, str]) -> str:
    request = urllib.request.Request(url, body, dict(headers))  # noqa: S310 - the URL is ours
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
        return answer.read().decode()
