"""Speaks with a Kubernetes API server: requests, and server-side apply with its refusals and warnings."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import urlencode

import urllib3

from rehearsal.cloud.resource import parts

PULUMI, HELM = "pulumi-kubernetes", "helm"
"""Managers of fields."""
SECONDS = 30
"""Limit for one request."""
Object = Mapping[str, Any]


class ApiError(Exception):
    """The API server refuses a request; the message is its own."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    warnings: tuple[str, ...] = ()
    """Warnings that a user would see, such as those about deprecated versions."""


@dataclass(frozen=True)
class Kind:
    """How the API server serves a kind of objects."""

    path: str
    """Prefix of the paths of its API group."""
    plural: str
    namespaced: bool


class Api:
    """An API server, for an administrator. Every method may be called from several threads."""

    def __init__(self, url: str, token: str, certificate: Path) -> None:
        self.url, self.token, self.certificate = url, token, str(certificate)
        self._kinds: dict[tuple[str, str], Kind] = {}
        self._lock = Lock()

    @classmethod
    def at(cls, address: Path) -> "Api":
        """The API server whose address a file holds (control_plane.py)."""
        content = json.loads(address.read_text(encoding="utf-8"))
        return cls(content["url"], content["token"], Path(content["certificate"]))

    @cached_property
    def _connections(self) -> urllib3.PoolManager:
        return urllib3.PoolManager(maxsize=16, cert_reqs="CERT_REQUIRED", ca_certs=self.certificate, retries=False)

    def request(
        self, method: str, path: str, body: object = None, *, type_: str = "application/json", **query: str
    ) -> Answer:
        """Any request. A refusal is an answer, too."""
        if not Path(self.certificate).exists():
            raise OSError("the API server has no certificate yet")
        answer = self._connections.request(
            method,
            self.url + path + (f"?{urlencode(query)}" if query else ""),
            body=None if body is None else json.dumps(body),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": type_, "Accept": "application/json"},
            timeout=SECONDS,
        )
        try:
            content = json.loads(answer.data) if answer.data else None
        except ValueError:
            content = answer.data.decode()
        return Answer(answer.status, content, tuple(map(_text, answer.headers.getlist("Warning"))))

    def ask(self, method: str, path: str, body: object = None, **query: str) -> Any:
        """The body of an answer. Raises ApiError."""
        return _granted(self.request(method, path, body, **query)).body

    def merge(self, path: str, change: object) -> Any:
        """Changes parts of an object. Raises ApiError."""
        return _granted(self.request("PATCH", path, change, type_="application/merge-patch+json")).body

    def kind(self, manifest: Object) -> Kind:
        """How the server serves a manifest's kind. Raises ApiError for a kind that it does not know."""
        version, name = str(manifest["apiVersion"]), str(manifest["kind"])
        with self._lock:
            if (version, name) not in self._kinds:
                path = f"/apis/{version}" if "/" in version else f"/api/{version}"
                known: list[dict[str, Any]] = parts(self.request("GET", path).body).get("resources") or []
                self._kinds |= {
                    (version, each["kind"]): Kind(path, each["name"], each["namespaced"])
                    for each in known
                    if "/" not in each["name"]
                }
            if (version, name) not in self._kinds:
                raise ApiError(f'no matches for kind "{name}" in version "{version}"', 404)
            return self._kinds[version, name]

    def path(self, manifest: Object, namespace: str = "default") -> str:
        """Path of an object; of its collection if it has no name. `namespace` is for one that names none."""
        kind, metadata = self.kind(manifest), parts(manifest.get("metadata"))
        within = f"/namespaces/{metadata.get('namespace') or namespace}" if kind.namespaced else ""
        name = f"/{metadata['name']}" if metadata.get("name") else ""
        return f"{kind.path}{within}/{kind.plural}{name}"

    def apply(
        self, manifest: Object, namespace: str = "default", *, manager: str = PULUMI, dry_run: bool = False
    ) -> Answer:
        """Strict server-side apply, as pulumi-kubernetes sends it. Raises ApiError.

        Fields that belong to another manager are taken from it only if the object is annotated so.
        """
        query = {"fieldManager": manager, "fieldValidation": "Strict"}
        if parts(parts(manifest.get("metadata")).get("annotations")).get("pulumi.com/patchForce") == "true":
            query["force"] = "true"
        if dry_run:
            query["dryRun"] = "All"
        path = self.path(manifest, namespace)
        return _granted(self.request("PATCH", path, manifest, type_="application/apply-patch+yaml", **query))

    def try_pod(self, pod: Object, namespace: str) -> Answer:
        """What the server, its admission included, would answer to a new pod, which is not kept. Raises ApiError."""
        return _granted(self.request("POST", self.path(pod, namespace), pod, dryRun="All", fieldValidation="Strict"))


def _granted(answer: Answer) -> Answer:
    if answer.status >= 400:
        raise ApiError(str(parts(answer.body).get("message") or answer.body), answer.status)
    return answer


def _text(header: str) -> str:
    """The text of a Warning header, `299 - "text"`."""
    return header.split('"', 1)[-1].rsplit('"', 1)[0].replace('\\"', '"')
