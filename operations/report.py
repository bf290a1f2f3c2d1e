"""`make report STACK=dev`: all that somebody who helps wants to see, as one file on this machine. It is sent nowhere.

Versions, settings, plan, outputs, what the state holds, what the doctor finds, Kubernetes' objects and events, the last
lines of every container. Secrets are taken out; Kubernetes' Secrets are not read at all. What can't be read is named in
the bundle, and does not stop it.
"""

import json
import platform
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast

from operations.destroyable import exported, stack_outputs
from operations.doctor.doctor import diagnose
from operations.doctor.subject import Clients, Subject
from operations.estimate import settings_of
from operations.kubernetes import Kubernetes
from operations.redaction import redacted, redacted_tree
from operations.stack import ROOT, StackError, cli
from planning.protection import resources

LINES = 500
"""Last lines of each container."""
KINDS = ("pods", "events", "services", "persistentvolumeclaims", "serviceaccounts")
APPS = ("deployments", "statefulsets", "daemonsets", "replicasets")
PACKAGES = ("boto3", "pulumi", "pulumi-aws", "pulumi-eks", "pulumi-kubernetes", "pymilvus")


def report(stack: str) -> int:
    """Writes the bundle and says where it is. Returns the exit code 0.

    Raises StackError for a local stack, and SettingsError if settings are wrong.
    """
    import boto3

    name = stack.rsplit("/", 1)[-1]
    settings = settings_of(name)
    if settings.target != "aws":
        raise StackError(f"stack {stack} runs on this machine: its log is server.log in embedded.dataDir")
    subject = Subject(name, settings, Clients(cast(Any, boto3).Session(region_name=settings.region)), exported(stack))
    folder = ROOT / ".local" / "report"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.zip"
    missing = bundle(subject, file)
    for what, why in missing.items():
        print(f"note: {what} is not in it: {why}")
    print(f"Written to {file.relative_to(ROOT)}. Secrets are taken out; read it before you give it to anybody.")
    return 0


def bundle(subject: Subject, file: Path) -> dict[str, str]:
    """Writes the bundle, readable by its owner alone. Returns what could not be read, with the reasons."""
    missing: dict[str, str] = {}
    file.touch(mode=0o600)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, read in _parts(subject):
            try:
                content = read()
            except Exception as error:  # whatever it is, the rest is worth having
                missing[name] = redacted(f"{type(error).__name__}: {error}")
                continue
            text = redacted(content) if isinstance(content, str) else _json(redacted_tree(content))
            archive.writestr(name, text)
        archive.writestr("missing.json", _json(missing))
    return missing


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, default=str)


def _parts(subject: Subject) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Names of files in the bundle, each with what reads its content: text, or JSON."""
    yield "versions.json", lambda: _versions(subject)
    yield "settings.json", lambda: subject.settings.model_dump(mode="json", by_alias=True)
    yield "plan.json", lambda: subject.plan.to_json()
    yield "outputs.json", lambda: stack_outputs(subject.state)
    yield "state.json", lambda: _state(subject)
    yield "doctor.json", lambda: diagnose(subject).to_json()
    yield "kubernetes/nodes.json", lambda: subject.api.items("/api/v1/nodes")
    for each in (subject.namespace, "kube-system"):
        for kind in KINDS:
            yield _of_api(subject, each, kind, "/api/v1")
        for kind in APPS:
            yield _of_api(subject, each, kind, "/apis/apps/v1")
    yield from _logs(subject)


def _of_api(subject: Subject, namespace: str, kind: str, group: str) -> tuple[str, Callable[[], Any]]:
    path = f"{group}/namespaces/{namespace}/{kind}"
    return f"kubernetes/{namespace}/{kind}.json", lambda: subject.api.items(path)


def _logs(subject: Subject) -> Iterator[tuple[str, Callable[[], Any]]]:
    """The last lines of each container, and of the one before it that ended."""
    try:
        pods = subject.pods
    except Exception:  # kubernetes/<namespace>/pods.json has failed likewise, and says why
        return
    for pod in pods:
        statuses: list[dict[str, Any]] = pod["status"].get("containerStatuses") or []
        for status in statuses:
            name, container = str(pod["metadata"]["name"]), str(status["name"])
            for previous in (False, True) if status.get("restartCount") else (False,):
                file = f"logs/{name}.{container}{'.previous' if previous else ''}.log"
                yield (
                    file,
                    _log(subject.api, f"/api/v1/namespaces/{subject.namespace}/pods/{name}/log", container, previous),
                )


def _log(api: Kubernetes, path: str, container: str, previous: bool) -> Callable[[], str]:
    query = {"container": container, "tailLines": str(LINES), "timestamps": "true", "previous": str(previous).lower()}
    return lambda: api.text(path, **query)


def _versions(subject: Subject) -> dict[str, Any]:
    milvus = subject.settings.milvus
    return {
        "milvus": milvus.version,
        "chart": milvus.chart_version,
        "kubernetes": subject.settings.cluster.version,
        "pulumi": _said(cli(), "version"),
        "program": _said("git", "describe", "--always", "--dirty"),
        "python": sys.version,
        "platform": platform.platform(),
        **{package: version(package) for package in PACKAGES},
    }


def _said(*command: str) -> str:
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=10)
    return answer.stdout.strip() or answer.stderr.strip()


def _state(subject: Subject) -> list[dict[str, Any]]:
    """What the state holds: which resources, and not with which inputs and outputs."""
    keys = ("urn", "type", "id", "protect", "created", "modified", "initErrors")
    return [{key: each[key] for key in keys if key in each} for each in resources(subject.state)]
