"""Calls S3, CloudWatch and STS from a pod, in a plain Python image: standard library only, nothing of this project.

The pod's role comes from its service account's token (IRSA). Requests are signed as in
docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html. Left out: retries, because the
Job of the pod, or the next one, tries again, and uploads in parts, because S3 takes 5 GB at once and etcd holds 4 GiB
at most.
"""

import base64
import hashlib
import hmac
import http.client
import os
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote, urlencode

EMPTY = hashlib.sha256(b"").hexdigest()
FORM = {"content-type": "application/x-www-form-urlencoded"}
AT_ONCE = 1000
"""Objects that one call may list, or delete (docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html)."""


def _md5() -> "hashlib._Hash":  # pyright: ignore[reportPrivateUsage] - the type has no other name
    """The checksum that S3 asks for, which guards against broken cables, not against people."""
    return hashlib.md5(usedforsecurity=False)


class AwsError(Exception):
    """AWS refused a call; the text is AWS' own."""


@dataclass(frozen=True)
class Credentials:
    key: str
    secret: str
    token: str


@dataclass(frozen=True)
class Object:
    """One object in a bucket."""

    key: str
    bytes: int
    modified: datetime
    etag: str = ""


def _tree(answer: bytes) -> ElementTree.Element:
    """An answer's XML. Raises AwsError if it is none."""
    try:
        return ElementTree.fromstring(answer)  # noqa: S314 - AWS' own
    except ElementTree.ParseError as error:
        raise AwsError(f"no XML: {error}: {answer[:500].decode(errors='replace')}") from None


class Aws:
    """AWS in one region, asked by the pod's role in a session of this name, which CloudTrail shows.

    `seconds` limits the wait for each connection and answer. `connect` opens a connection to a host: tests give one
    that ends at an emulated AWS. Everything raises AwsError if AWS refuses, and OSError if it does not answer.
    """

    def __init__(
        self,
        region: str,
        suffix: str,
        *,
        session: str,
        seconds: float,
        connect: Callable[[str], http.client.HTTPConnection] | None = None,
    ) -> None:
        self._region, self._suffix, self._session = region, suffix, session
        self._connect = connect or partial(http.client.HTTPSConnection, timeout=seconds)
        self._credentials: Credentials | None = None

    def listed(self, bucket: str, prefix: str = "", *, first: bool = False) -> Iterator[Object]:
        """Objects with a prefix, or the first thousand of them."""
        query = {"list-type": "2", "prefix": prefix, "max-keys": str(AT_ONCE)}
        while True:
            answer = _tree(self._s3("GET", bucket, query=query))
            for each in answer.findall("{*}Contents"):
                names = ("Key", "Size", "LastModified", "ETag")
                key, size, modified, etag = (each.findtext(f"{{*}}{name}", "") for name in names)
                yield Object(key, int(size), datetime.fromisoformat(modified), etag.strip('"'))
            token = answer.findtext("{*}NextContinuationToken")
            if first or not token:
                return
            query = {**query, "continuation-token": token}

    def read(self, bucket: str, key: str) -> bytes:
        return self._s3("GET", bucket, key)

    def upload(self, bucket: str, key: str, file: Path) -> None:
        """Writes a file into an object. S3 refuses it if other bytes arrive than were read here.

        With Object Lock it insists on an MD5, too (docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html).
        """
        with file.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
            content.seek(0)
            md5 = hashlib.file_digest(content, _md5).digest()
            content.seek(0)
            headers = {"content-length": str(file.stat().st_size), "content-md5": base64.b64encode(md5).decode()}
            self._s3("PUT", bucket, key, body=content, digest=digest, headers=headers)

    def delete(self, bucket: str, keys: Iterable[str]) -> None:
        """Deletes objects in this order, a thousand at a time."""
        left = iter(keys)
        while some := list(islice(left, AT_ONCE)):
            request = ElementTree.Element("Delete")
            ElementTree.SubElement(request, "Quiet").text = "true"
            for key in some:
                ElementTree.SubElement(ElementTree.SubElement(request, "Object"), "Key").text = key
            body = ElementTree.tostring(request)
            md5 = _md5()
            md5.update(body)
            headers = {"content-md5": base64.b64encode(md5.digest()).decode()}
            answer = self._s3("POST", bucket, query={"delete": ""}, body=body, headers=headers)
            for error in _tree(answer).findall("{*}Error"):
                raise AwsError(" ".join(error.findtext(f"{{*}}{name}", "") for name in ("Code", "Key", "Message")))

    def publish(self, namespace: str, stack: str, values: Mapping[str, tuple[float, str]]) -> None:
        """Gives CloudWatch the value and unit of each metric of a stack."""
        form = {"Action": "PutMetricData", "Version": "2010-08-01", "Namespace": namespace}
        for number, (name, (value, unit)) in enumerate(values.items(), 1):
            metric = f"MetricData.member.{number}"
            form |= {f"{metric}.MetricName": name, f"{metric}.Value": f"{value:.0f}", f"{metric}.Unit": unit}
            form |= {f"{metric}.Dimensions.member.1.Name": "Stack", f"{metric}.Dimensions.member.1.Value": stack}
        host, body = f"monitoring.{self._region}.{self._suffix}", urlencode(form).encode()
        digest = hashlib.sha256(body).hexdigest()
        headers = {**FORM, "content-length": str(len(body))}
        self._send("POST", host, "/", "", self._signed("monitoring", "POST", host, "/", "", headers, digest), body)

    def _s3(
        self,
        method: str,
        bucket: str,
        key: str = "",
        *,
        query: Mapping[str, str] | None = None,
        body: bytes | BinaryIO = b"",
        digest: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        host, path = f"{bucket}.s3.{self._region}.{self._suffix}", "/" + quote(key, safe="/~")
        asked = "&".join(f"{quote(k, safe='')}={quote(v, safe='~')}" for k, v in sorted((query or {}).items()))
        if isinstance(body, bytes):
            digest = hashlib.sha256(body).hexdigest()
        signed = self._signed("s3", method, host, path, asked, {**(headers or {})}, digest)
        return self._send(method, host, path, asked, signed, body)

    def _send(
        self, method: str, host: str, path: str, query: str, headers: Mapping[str, str], body: bytes | BinaryIO
    ) -> bytes:
        connection = self._connect(host)
        try:
            connection.request(method, f"{path}?{query}" if query else path, body or None, dict(headers))
            answer = connection.getresponse()
            content = answer.read()
        except http.client.HTTPException as error:
            raise AwsError(f"{method} https://{host}{path}: {error!r}") from None
        finally:
            connection.close()
        if answer.status >= http.HTTPStatus.MULTIPLE_CHOICES:
            raise AwsError(f"{method} https://{host}{path}: {answer.status} {content[:500].decode(errors='replace')}")
        return content

    def _signed(
        self, service: str, method: str, host: str, path: str, query: str, headers: Mapping[str, str], digest: str
    ) -> dict[str, str]:
        """The headers, with the signature among them."""
        if self._credentials is None:
            self._credentials = self._assume()
        mine, now = self._credentials, datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        scope = f"{now[:8]}/{self._region}/{service}/aws4_request"
        every = {**headers, "host": host, "x-amz-content-sha256": digest, "x-amz-date": now}
        every["x-amz-security-token"] = mine.token
        names = ";".join(sorted(every))
        listed = "".join(f"{name}:{every[name]}\n" for name in sorted(every))
        request = "\n".join((method, path, query, listed, names, digest))
        text = "\n".join(("AWS4-HMAC-SHA256", now, scope, hashlib.sha256(request.encode()).hexdigest()))
        key = f"AWS4{mine.secret}".encode()
        for part in (*scope.split("/"), text):
            key = hmac.digest(key, part.encode(), "sha256")
        credential = f"Credential={mine.key}/{scope}, SignedHeaders={names}, Signature={key.hex()}"
        return {**every, "authorization": f"AWS4-HMAC-SHA256 {credential}"}

    def _assume(self) -> Credentials:
        """Takes the role of the pod's service account (docs.aws.amazon.com/STS/latest/APIReference/
        API_AssumeRoleWithWebIdentity.html)."""
        try:
            role, token = os.environ["AWS_ROLE_ARN"], Path(os.environ["AWS_WEB_IDENTITY_TOKEN_FILE"])
        except KeyError as error:
            raise AwsError(f"{error} is not set: has the pod's service account a role?") from None
        form = {
            "Action": "AssumeRoleWithWebIdentity",
            "Version": "2011-06-15",
            "RoleArn": role,
            "RoleSessionName": self._session,
            "WebIdentityToken": token.read_text(encoding="utf-8"),
        }
        host = f"sts.{self._region}.{self._suffix}"
        answer = self._send("POST", host, "/", "", {**FORM, "host": host}, urlencode(form).encode())
        given = _tree(answer).find(".//{*}Credentials")
        if given is None:
            raise AwsError(f"https://{host}: no credentials in the answer")
        names = ("AccessKeyId", "SecretAccessKey", "SessionToken")
        return Credentials(*(given.findtext(f"{{*}}{name}", "") for name in names))
