"""Rules about software: pinned versions, no known vulnerabilities, and Milvus' configuration."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Literal, cast

from planning import versions
from policies.releases import RELEASE, is_milvus
from policies.rule import ADVISORY, UNKNOWN, Resource, at, items, pod_of, rule

WORKLOADS = (
    "kubernetes:apps/v1:Deployment",
    "kubernetes:apps/v1:StatefulSet",
    "kubernetes:apps/v1:DaemonSet",
    "kubernetes:batch/v1:Job",
    "kubernetes:batch/v1:CronJob",
)
EXACT = re.compile(r"v?\d+\.\d+\.\d+[-+.\w]*")
SECRET_KEYS = re.compile(r"(?i)(password|secretkey|accesskey|saslpassword|token)$")


@rule(
    "pinned-versions",
    RELEASE,
    *WORKLOADS,
    "aws:eks/addon:Addon",
    "aws:eks/cluster:Cluster",
    why="What is not pinned changes under a running stack, on a day that nobody chose.",
    source="helm.sh/docs/chart_best_practices; docs.aws.amazon.com/eks/latest/userguide/managing-add-ons.html",
    fix="an exact version (planning/versions.py); an image with a tag other than latest, or a digest.",
)
def pinned_versions(resource: Resource) -> Iterator[str]:
    if resource.type == RELEASE:
        if (version := at(resource.inputs, "version")) != UNKNOWN and not EXACT.fullmatch(str(version)):
            yield f"chart version {version}"
    elif resource.type == "aws:eks/addon:Addon":
        if not at(resource.inputs, "addonVersion"):
            yield f"add-on {at(resource.inputs, 'addonName')} without a version"
    elif resource.type == "aws:eks/cluster:Cluster":
        if not at(resource.inputs, "version"):
            yield "Kubernetes without a version"
    else:
        pod = pod_of(resource)
        for container in [*items(at(pod, "containers")), *items(at(pod, "initContainers"))]:
            image = str(at(container, "image"))
            if UNKNOWN not in image and not is_pinned(image):
                yield f"image {image}"


def is_pinned(image: str) -> bool:
    """True if an image has a digest, or a tag other than `latest`."""
    tag = image.rpartition("/")[2].partition(":")[2]
    return "@sha256:" in image or tag not in ("", "latest")


@rule(
    "image-floor",
    RELEASE,
    why="Older images let anybody run code, or lose what was written.",
    source="planning/versions.py, each row with its CVE or issue",
    fix=f"milvus.version {versions.MILVUS}.",
)
def image_floor(resource: Resource) -> Iterator[str]:
    yield from known_problems(resource, "error")


@rule(
    "image-known-problems",
    RELEASE,
    why="This image has a problem that may not concern everybody.",
    source="planning/versions.py, each row with its issue",
    fix=f"milvus.version {versions.MILVUS}.",
    levels=ADVISORY,
)
def image_known_problems(resource: Resource) -> Iterator[str]:
    yield from known_problems(resource, "warning")


def known_problems(resource: Resource, severity: Literal["error", "warning"]) -> Iterator[str]:
    """Known problems of the Milvus image in a Helm release."""
    tag = at(resource.inputs, "values.image.all.tag")
    if not is_milvus(resource) or tag == UNKNOWN:
        return
    # Only the image is of interest here, so versions that are known to fit stand in for the others.
    problems = versions.check(
        milvus=str(tag).removeprefix("v"),
        chart=versions.CHART,
        kafka=versions.KAFKA,
        kubernetes=versions.KUBERNETES,
        today=datetime.now(UTC).date(),
    )
    yield from (
        f"Milvus {tag}: {each.reason} ({each.link})"
        for each in problems
        if each.key == "milvus.version" and each.severity == severity
    )


@rule(
    "milvus-authorization",
    RELEASE,
    why="Without it whoever reaches port 19530 is root.",
    source="milvus.io/docs/authenticate.md",
    fix="common.security.authorizationEnabled: true in user.yaml (planning/chart/helm_values.py).",
)
def milvus_authorization(resource: Resource) -> Iterator[str]:
    if not is_milvus(resource):
        return
    files = at(resource.inputs, "values.extraConfigFiles")
    text = cast(Mapping[str, str], files).get("user.yaml") if isinstance(files, Mapping) else files
    if text == UNKNOWN:
        return
    # This program writes the file as JSON.
    if at(json.loads(text or "{}"), "common.security.authorizationEnabled") is not True:
        yield "anybody is root: authorization is off"


@rule(
    "no-secrets-in-values",
    RELEASE,
    why="The chart writes values into a ConfigMap, and Helm keeps them in every revision.",
    source="milvus-helm#128, milvus-helm#140",
    fix="a Kubernetes Secret, read by valueFrom.secretKeyRef.",
)
def no_secrets_in_values(resource: Resource) -> Iterator[str]:
    yield from (f"values.{path} holds a secret" for path in secrets(at(resource.inputs, "values")))


def secrets(value: Any, path: str = "") -> Iterator[str]:
    """Paths of values whose key says that they are secret. The values themselves are never returned."""
    if isinstance(value, Mapping):
        for key, below in cast(Mapping[str, Any], value).items():
            yield from secrets(below, f"{path}.{key}" if path else key)
            if isinstance(below, str) and below and below != UNKNOWN and SECRET_KEYS.search(key):
                yield f"{path}.{key}" if path else key
    for number, below in enumerate(items(value)):
        yield from secrets(below, f"{path}[{number}]")


@rule(
    "passwords-plain",
    "random:index/randomPassword:RandomPassword",
    why="Quotes and backslashes became part of a password, or ended it, on their way through files and variables.",
    source="milvus#41816",
    fix="special: false; length makes a password strong.",
)
def passwords_plain(resource: Resource) -> Iterator[str]:
    if at(resource.inputs, "special") not in (False, UNKNOWN):
        yield "has characters other than letters and digits"


RULES = (
    passwords_plain,
    pinned_versions,
    image_floor,
    image_known_problems,
    milvus_authorization,
    no_secrets_in_values,
)
