"""The heartbeat is signed as botocore signs, and arrives as a metric in an AWS that is emulated by moto."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import boto3
import pytest
from botocore.auth import SigV4Auth  # pyright: ignore[reportMissingTypeStubs] - has none
from botocore.awsrequest import AWSRequest  # pyright: ignore[reportMissingTypeStubs] - has none
from botocore.credentials import Credentials as Known  # pyright: ignore[reportMissingTypeStubs] - has none
from moto.server import ThreadedMotoServer

from components.milvus.heartbeat_script import Credentials, beat, signed
from planning.signals.canary import SIGNALS

URL = "https://monitoring.us-east-1.amazonaws.com/"
ROLE = "arn:aws:iam::123456789012:role/canary-role-1a2b3c"


@pytest.fixture
def aws() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}/"
    server.stop()


def test_the_signature_is_the_one_that_botocore_computes() -> None:
    body = b"Action=PutMetricData&Namespace=milvus-on-aws"
    request = AWSRequest("POST", URL, {"Content-Type": "application/x-www-form-urlencoded"}, body)
    cast(Any, SigV4Auth(Known("AKID", "secret", "token"), "monitoring", "us-east-1")).add_auth(request)
    headers = cast(Any, request).headers
    then = datetime.strptime(headers["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    ours = signed(URL, body, "us-east-1", "monitoring", Credentials("AKID", "secret", "token"), then)
    assert ours["Authorization"] == headers["Authorization"]


def test_a_beat_is_the_datapoint_that_the_alarm_counts(aws: str, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("a service account's token")
    beat(
        {
            "AWS_REGION": "us-east-1",
            "AWS_ROLE_ARN": ROLE,
            "AWS_WEB_IDENTITY_TOKEN_FILE": str(tmp_path / "token"),
            "STS_URL": aws,
            "CLOUDWATCH_URL": aws,
            "METRICS_NAMESPACE": "milvus-on-aws",
            "STACK": "milvus-on-aws-prod",
        }
    )
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}  # pragma: allowlist secret
    client = cast(Any, boto3).client("cloudwatch", "us-east-1", endpoint_url=aws, **keys)
    (metric,) = client.list_metrics()["Metrics"]
    (signal,) = SIGNALS
    assert (metric.get("Namespace"), metric.get("MetricName")) == (signal.namespace, signal.metric)
    assert metric.get("Dimensions") == [{"Name": signal.dimensions[0], "Value": "milvus-on-aws-prod"}]
