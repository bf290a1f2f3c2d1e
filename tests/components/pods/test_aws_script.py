"""Pods sign as botocore signs, and say why AWS did not answer. What AWS makes of it: tests/components/backup/,
test_canary_script.py."""

import http.client
from collections.abc import Callable
from dataclasses import dataclass, field
from operator import methodcaller
from pathlib import Path
from typing import Any, cast

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth  # pyright: ignore[reportMissingTypeStubs] - has none
from botocore.awsrequest import AWSRequest  # pyright: ignore[reportMissingTypeStubs] - has none
from botocore.credentials import Credentials as Known  # pyright: ignore[reportMissingTypeStubs] - has none

from components.pods.aws_script import Aws, AwsError

ROLE = "arn:aws:iam::123456789012:role/canary-role-1a2b3c"
CREDENTIALS = (
    "<AssumeRoleWithWebIdentityResponse xmlns='https://sts.amazonaws.com/doc/2011-06-15/'><Credentials>"
    "<AccessKeyId>AKID</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>to+ken</SessionToken>"
    "</Credentials></AssumeRoleWithWebIdentityResponse>"
)


@dataclass
class Answer:
    content: bytes
    status: int = 200

    def read(self) -> bytes:
        return self.content


@dataclass
class Connections:
    """Answers in turn, and keeps what was asked."""

    answers: list[Answer | Exception]
    asked: list[tuple[str, str, str, bytes, dict[str, str]]] = field(default_factory=list[Any])
    host: str = ""

    def __call__(self, host: str) -> Any:
        self.host = host
        return self

    def request(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> None:
        self.asked.append((method, self.host, path, body or b"", headers))

    def getresponse(self) -> Answer:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None:
        pass


def aws(connections: Connections) -> Aws:
    return Aws("us-east-1", "amazonaws.com", session="canary", seconds=20, connect=connections)


def publish(by: Aws) -> None:
    by.publish("milvus-on-aws", "milvus-on-aws-prod", {"Succeeded": (1, "Count")})


@pytest.fixture(autouse=True)
def role(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("a service account's token")
    monkeypatch.setenv("AWS_ROLE_ARN", ROLE)
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(tmp_path / "token"))


@pytest.mark.parametrize(
    ("call", "service", "url"),
    [
        (publish, "monitoring", "https://monitoring.us-east-1.amazonaws.com/"),
        (methodcaller("read", "b", "files/1 2+3/é~"), "s3", "https://b.s3.us-east-1.amazonaws.com/files/1%202%2B3/%C3%A9~"),
        (
            lambda by: list(cast(Aws, by).listed("b", "backup/1 +")),
            "s3",
            "https://b.s3.us-east-1.amazonaws.com/?list-type=2&max-keys=1000&prefix=backup%2F1%20%2B",
        ),
    ],
)  # fmt: skip
def test_the_signature_is_the_one_that_botocore_computes(call: Callable[[Aws], object], service: str, url: str) -> None:
    connections = Connections([Answer(CREDENTIALS.encode()), Answer(b"<a/>")])
    call(aws(connections))
    method, host, path, body, headers = connections.asked[1]
    assert f"https://{host}{path}" == url
    left = {name: value for name, value in headers.items() if name not in ("authorization", "host")}
    request: Any = AWSRequest(method, url, left, body)
    request.context["timestamp"] = headers["x-amz-date"]
    kind = S3SigV4Auth if service == "s3" else SigV4Auth
    signer = cast(Any, kind(Known("AKID", "secret", "to+ken"), service, "us-east-1"))
    signature = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    assert headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKID/")
    assert headers["authorization"].endswith(f"Signature={signature}")


def test_the_role_is_taken_once_in_a_session_of_the_given_name() -> None:
    connections = Connections([Answer(CREDENTIALS.encode()), Answer(b""), Answer(b"")])
    by = aws(connections)
    publish(by)
    publish(by)
    assert [host for _, host, *_ in connections.asked] == [
        "sts.us-east-1.amazonaws.com",
        "monitoring.us-east-1.amazonaws.com",
        "monitoring.us-east-1.amazonaws.com",
    ]
    assert connections.asked[0][3] == (
        b"Action=AssumeRoleWithWebIdentity&Version=2011-06-15"
        b"&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fcanary-role-1a2b3c&RoleSessionName=canary"
        b"&WebIdentityToken=a+service+account%27s+token"
    )
    assert connections.asked[1][3] == (
        b"Action=PutMetricData&Version=2010-08-01&Namespace=milvus-on-aws&MetricData.member.1.MetricName=Succeeded"
        b"&MetricData.member.1.Value=1&MetricData.member.1.Unit=Count"
        b"&MetricData.member.1.Dimensions.member.1.Name=Stack"
        b"&MetricData.member.1.Dimensions.member.1.Value=milvus-on-aws-prod"
    )


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ([Answer(b"<a>denied</a>", 403)], "POST https://sts.us-east-1.amazonaws.com/: 403 <a>denied</a>"),
        ([Answer(b"<a/>")], "https://sts.us-east-1.amazonaws.com: no credentials in the answer"),
        ([Answer(b"welcome")], "no XML: .*: welcome"),
        ([Answer(CREDENTIALS.encode()), http.client.IncompleteRead(b"")], "monitoring.*IncompleteRead"),
    ],
)  # fmt: skip
def test_whatever_is_no_answer_of_awss_is_an_error(answers: list[Answer | Exception], said: str) -> None:
    with pytest.raises(AwsError, match=said):
        publish(aws(Connections(answers)))


def test_a_pod_without_a_role_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ROLE_ARN")
    with pytest.raises(AwsError, match="'AWS_ROLE_ARN' is not set: has the pod's service account a role"):
        publish(aws(Connections([])))


def test_a_host_that_never_answers_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[tuple[str, float]] = []

    def open_(host: str, timeout: float) -> Connections:
        opened.append((host, timeout))
        return Connections([TimeoutError("timed out")])

    monkeypatch.setattr(http.client, "HTTPSConnection", open_)
    with pytest.raises(TimeoutError):
        publish(Aws("us-east-1", "amazonaws.com", session="canary", seconds=20))
    assert opened == [("sts.us-east-1.amazonaws.com", 20)]
