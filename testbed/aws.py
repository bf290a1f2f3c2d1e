"""Starts the data plane's AWS (aws_server.py), and offers clients of it and counts of its calls.

bed.py fills it with the emulated cloud's resources, under the names and policies that the program gave them.
"""

import base64
import json
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any, cast

import boto3
from botocore.config import Config
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from testbed.aws_server import AUDIT, ISSUER, PERSON, READY
from testbed.machine import BUNDLE
from testbed.toolchain import ROOT

ADDRESS = "127.0.1.251"
READY_SECONDS = 150
TOKEN_SECONDS = 24 * 3600


def host_names(region: str) -> list[str]:
    """Host names of the emulated services, without those of buckets. SDKs use the global names in us-east-1."""
    services = ("s3", "s3.dualstack", "sts", "secretsmanager", "iam")
    return [f"{each}.{region}.amazonaws.com" for each in services] + [
        f"{service}.amazonaws.com" for service in ("s3", "sts", "iam")
    ]


def bucket_names(bucket: str, region: str) -> list[str]:
    """Host names of a bucket."""
    return [f"{bucket}.{service}" for service in host_names(region) if service.startswith("s3")]


class Aws:
    """The server's process."""

    def __init__(self, folder: Path, certificate: Path) -> None:
        folder.mkdir()
        self._folder = folder
        self._key = rsa.generate_private_key(65537, 2048)
        numbers = self._key.public_key().public_numbers()
        (folder / ISSUER).write_text(json.dumps({"n": numbers.n, "e": numbers.e}))
        command = [sys.executable, "-m", "testbed.aws_server", ADDRESS, str(certificate), str(folder)]
        with (folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)

    def wait(self) -> None:
        """Waits until the server answers. Raises RuntimeError if it does not."""
        deadline = time.monotonic() + READY_SECONDS
        while not (self._folder / READY).exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"moto did not start: {(self._folder / 'log').read_text()[-1000:]}")
            time.sleep(0.05)

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()

    def client(self, service: str, region: str) -> Any:
        """A boto3 client, once the server answers."""
        self.wait()
        return client(self._folder, service, region)

    def token(self, file: Path, issuer: str, subject: str) -> Path:
        """Writes the token that Kubernetes mounts into pods of an annotated service account,
        signed by the cluster's issuer.

        docs.aws.amazon.com/eks/latest/userguide/pod-configuration.html
        """
        now = int(time.time())
        claims = {"iss": f"https://{issuer}", "sub": subject, "aud": ["sts.amazonaws.com"]}
        parts = ({"alg": "RS256", "typ": "JWT"}, {**claims, "iat": now, "exp": now + TOKEN_SECONDS})
        signed = ".".join(_encoded(json.dumps(part).encode()) for part in parts)
        file.write_text(
            f"{signed}.{_encoded(self._key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}",
            encoding="utf-8",
        )
        return file


def client(folder: Path, service: str, region: str) -> Any:
    """A boto3 client with the credentials of a user who may do everything."""
    person = json.loads((folder / PERSON).read_text())
    return cast(Any, boto3).client(
        service,
        region_name=region,
        verify=str(BUNDLE),
        aws_access_key_id=person["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=person["AWS_SECRET_ACCESS_KEY"],
        config=Config(retries={"total_max_attempts": 2}),
    )


def environment(folder: Path) -> dict[str, str]:
    """Environment variables with that user's credentials and the data plane's certificate authorities."""
    return {
        **json.loads((folder / PERSON).read_text()),
        "AWS_CA_BUNDLE": str(BUNDLE),
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def objects(folder: Path, bucket: str, region: str) -> int:
    """Number of objects in a bucket."""
    pages = client(folder, "s3", region).get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return sum(len(page.get("Contents", [])) for page in pages)


def audit(folder: Path) -> Counter[tuple[str, bool]]:
    """How often an action was allowed (True) or refused (False) to anybody but that user."""
    entries = [json.loads(line) for line in (folder / AUDIT).read_text().splitlines()]
    return Counter((entry["action"], entry["allowed"]) for entry in entries if not entry["who"].endswith("user/person"))


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
