"""Reads objects of a cluster by EKS' own tokens: neither kubectl, a kubeconfig nor the AWS CLI is needed.

It can only read; who changes objects has upgrade/api.py on top. Left out: watching.
"""

import base64
import json
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, cast

from operations.stack import StackError

TOKEN_SECONDS = 60
"""For how long the request that a token is may be used to sign in (aws-iam-authenticator, docs/README: 15 minutes at
most)."""


class KubernetesError(StackError):
    """The API server refuses a request, or is not reached."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        """HTTP status; None if there was no answer."""


@dataclass(frozen=True)
class Kubernetes:
    """An API server."""

    url: str
    token: Callable[[], str]
    certificate: str
    """The cluster's own certificate authority, as PEM."""
    connect_seconds: float = 3
    answer_seconds: float = 6
    """Limits for one request."""
    retries: int | Literal[False] = False
    """How often a request is repeated that can be; False: never."""

    def get(self, path: str, **query: str) -> dict[str, Any]:
        """One object, or a list. Raises KubernetesError."""
        return json.loads(self.text(path, **query))

    def text(self, path: str, **query: str) -> str:
        """An answer as it is, such as a log. Raises KubernetesError."""
        return self._ask("GET", path, query=query)

    def items(self, path: str, **query: str) -> list[dict[str, Any]]:
        """The objects of a list. Raises KubernetesError."""
        return list(self.get(path, **query).get("items") or [])

    def _ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        type_: str = "application/json",
    ) -> str:
        """The answer to a request, which has either a query or a body. Raises KubernetesError."""
        import urllib3

        context = ssl.create_default_context(cadata=self.certificate)
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT  # EKS' authorities lack a key identifier
        try:
            with urllib3.PoolManager(ssl_context=context, retries=self.retries) as connections:
                answer = connections.request(
                    method,
                    self.url + path,
                    fields=query,
                    body=None if body is None else json.dumps(body),
                    headers={
                        "Authorization": f"Bearer {self.token()}",
                        "Accept": "application/json, */*",
                        **({} if body is None else {"Content-Type": type_}),
                    },
                    timeout=urllib3.Timeout(connect=self.connect_seconds, read=self.answer_seconds),
                )
        except urllib3.exceptions.HTTPError as error:
            raise KubernetesError(str(error)) from error
        said = answer.data.decode(errors="replace")
        if answer.status >= 400:
            with suppress(ValueError, KeyError, TypeError):  # a proxy's answer is no JSON
                said = str(json.loads(said)["message"])
            raise KubernetesError(said, answer.status)
        return said


Server = TypeVar("Server", bound=Kubernetes)


def of_cluster(session: Any, region: str, cluster: dict[str, Any], kind: type[Server]) -> Server:
    """The API server of an EKS cluster, for the session's identity."""
    authority = base64.b64decode(cluster["certificateAuthority"]["data"]).decode()
    return kind(cluster["endpoint"], lambda: token(session, region, cluster["name"]), authority)


def token(session: Any, region: str, cluster: str) -> str:
    """A token for an EKS cluster: a request to STS, signed for this cluster, that the API server sends on
    (docs.aws.amazon.com/cli/latest/reference/eks/get-token.html).
    """
    from botocore.signers import RequestSigner

    sts = session.client("sts", region_name=region).meta
    credentials, events = session.get_credentials(), session.events
    signer = cast(Any, RequestSigner)(sts.service_model.service_id, region, "sts", "v4", credentials, events)
    request = {
        "method": "GET",
        "url": f"{sts.endpoint_url.rstrip('/')}/?Action=GetCallerIdentity&Version=2011-06-15",
        "body": {},
        "headers": {"x-k8s-aws-id": cluster},
        "context": {},
    }
    signed: str = signer.generate_presigned_url(
        request, region_name=region, expires_in=TOKEN_SECONDS, operation_name=""
    )
    return "k8s-aws-v1." + base64.urlsafe_b64encode(signed.encode()).decode().rstrip("=")
