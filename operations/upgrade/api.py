"""Asks the Kubernetes API of a stack's cluster, with the caller's own AWS identity, as `aws eks get-token` does."""

import base64
import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlencode

import urllib3

from milvus_contract import Contract
from operations.stack import StackError

SECONDS = 30
"""Limit for one request, and for the life of a token: each request has a token of its own."""


class KubernetesError(StackError):
    """The API server can't be asked, or refuses."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Kubernetes:
    """One API server."""

    url: str
    certificate: str
    """File of the authority that has signed the server's certificate."""
    token: Callable[[], str]

    def get(self, path: str, **query: str) -> Any:
        return self._ask("GET", path, query=query)

    def items(self, path: str, **query: str) -> list[dict[str, Any]]:
        """The objects of a collection."""
        return self.get(path, **query)["items"]

    def merge(self, path: str, change: Mapping[str, Any]) -> Any:
        """Changes parts of an object; None removes one."""
        return self._ask("PATCH", path, change, "application/merge-patch+json")

    def create(self, path: str, manifest: Mapping[str, Any]) -> Any:
        return self._ask("POST", path, manifest)

    def delete(self, path: str) -> None:
        """Deletes an object with what it owns, if it exists."""
        try:
            self._ask("DELETE", path, query={"propagationPolicy": "Background"})
        except KubernetesError as error:
            if error.status != 404:
                raise

    def _ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        type_: str = "application/json",
        query: Mapping[str, str] | None = None,
    ) -> Any:
        """The answer's content. Raises KubernetesError."""
        pool = urllib3.PoolManager(cert_reqs="CERT_REQUIRED", ca_certs=self.certificate)
        try:
            answer = pool.request(
                method,
                f"{self.url}{path}{'?' + urlencode(query) if query else ''}",
                body=None if body is None else json.dumps(body),
                headers={
                    "Authorization": f"Bearer {self.token()}",
                    "Content-Type": type_,
                    "Accept": "application/json",
                },
                timeout=SECONDS,
            )
        except urllib3.exceptions.HTTPError as error:
            raise KubernetesError(
                f"the Kubernetes API at {self.url} does not answer from here (cluster.publicAccessCidrs): {error}"
            ) from error
        content: Any = json.loads(answer.data) if answer.data else {}
        if answer.status >= 400:
            raise KubernetesError(f"{method} {path}: {content.get('message', answer.status)}", answer.status)
        return content


def of_stack(contract: Contract) -> Kubernetes:
    """The API server of a deployed stack. Raises StackError if AWS can't be asked where it is."""
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    name, region = str(contract.cluster_name), contract.aws_region
    session = cast(Any, boto3).session.Session(region_name=region)
    try:
        found = session.client("eks").describe_cluster(name=name)["cluster"]
    except (BotoCoreError, ClientError) as error:
        raise StackError(f"EKS can't be asked where cluster {name} is: {error}") from error
    with tempfile.NamedTemporaryFile("wb", suffix=".crt", delete=False) as authority:
        authority.write(base64.b64decode(found["certificateAuthority"]["data"]))
    return Kubernetes(found["endpoint"], authority.name, lambda: _token(session, name))


def _token(session: Any, cluster: str) -> str:
    """A presigned request that says who asks (aws-cli: awscli/customizations/eks/get_token.py)."""
    client = session.client("sts")
    events = client.meta.events

    def name_cluster(request: Any, **_: Any) -> None:
        request.headers["x-k8s-aws-id"] = cluster

    events.register("before-sign.sts.GetCallerIdentity", name_cluster)
    url: str = client.generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod="GET")
    return "k8s-aws-v1." + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")
