"""Rules of single Kubernetes objects: what the API server refuses in them by itself, whatever else there is.

Most are data (published/kubernetes.yaml); those here compare fields with each other or read their values. On machines
where it can be built, a real API server judges the objects, too (testbed/kubernetes). Unknown and misspelt fields, and
values of another type, are refused by the SDK's schema before.
"""

import re
from base64 import b64decode
from collections.abc import Iterator, Mapping
from typing import Any

from planning.quantities import mib, millicpu
from rehearsal.cloud.cloud import Cloud, Refused, rule
from rehearsal.cloud.resource import Resource, dig, parts
from rehearsal.protocol.wire import Value
from rehearsal.published import kubernetes
from rehearsal.rules.kubernetes import RELEASE, SECRET, SERVICE

SOURCE = "kubernetes.io/docs/reference/generated/kubernetes-api/"
# Values of fields, by the field's name wherever it is; with the name of the object around it where that is ambiguous.
ALLOWED: dict[str, set[str]] = {
    "effect": {"NoSchedule", "PreferNoSchedule", "NoExecute"},
    "imagePullPolicy": {"Always", "IfNotPresent", "Never"},
    "nodeTaintsPolicy": {"Honor", "Ignore"},
    "protocol": {"TCP", "UDP", "SCTP"},
    "reclaimPolicy": {"Delete", "Retain"},
    "restartPolicy": {"Always", "OnFailure", "Never"},
    "seccompProfile.type": {"RuntimeDefault", "Localhost", "Unconfined"},
    "spec.type": {"ClusterIP", "NodePort", "LoadBalancer", "ExternalName"},
    "strategy.type": {"RollingUpdate", "Recreate"},
    "terminationMessagePolicy": {"File", "FallbackToLogsOnError"},
    "unhealthyPodEvictionPolicy": {"AlwaysAllow", "IfHealthyBudget"},
    "volumeBindingMode": {"Immediate", "WaitForFirstConsumer"},
    "whenUnsatisfiable": {"DoNotSchedule", "ScheduleAnyway"},
}
AT_LEAST_ZERO = {"activeDeadlineSeconds", "backoffLimit", "replicas", "terminationGracePeriodSeconds"}
PORTS = {"containerPort", "port", "targetPort"}
SECURITY = tuple(f"pod-security.kubernetes.io/{mode}" for mode in ("enforce", "audit", "warn"))
LEVELS = {"privileged", "baseline", "restricted"}
LABEL = re.compile(r"(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
PORT_NAME = re.compile(r"(?=.{1,15}$)(?=.*[a-z])[a-z0-9]+(?:-[a-z0-9]+)*")
OBJECT_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*")
Found = Iterator[tuple[str, str]]
"""Path and reason of each value that is wrong."""


@rule("kubernetes:*", "before_create", source=SOURCE)
@rule("kubernetes:*", "before_update", source=SOURCE)
def an_object_is_valid(cloud: Cloud, resource: Resource) -> None:
    if resource.type == RELEASE:
        return
    at = kubernetes.POD_SPEC.get(resource.type, "spec.template.spec")
    spec = parts(dig(resource.inputs, at))
    found = [
        *kubernetes.problems(resource.type, resource.inputs),
        *_metadata(resource),
        *_fields("", "", resource.inputs),
        *_containers(at, spec, whole=not resource.type.endswith("Patch")),
        *_selector(resource.inputs, resource.type),
        *(_encoded(parts(resource.inputs.get("data"))) if resource.type == SECRET else ()),
    ]
    if found:
        kind = resource.type.rpartition(":")[2].removesuffix("Patch")
        name = resource.id.rpartition("/")[2]
        raise Refused("\n".join(f'{kind} "{name}" is invalid: {path}: {reason}' for path, reason in found))


def _metadata(resource: Resource) -> Found:
    name = dig(resource.inputs, "metadata.name")
    if isinstance(name, str) and not OBJECT_NAME.fullmatch(name):
        yield "metadata.name", f'Invalid value: "{name}": lower case letters, digits, - and . only (RFC 1123)'
    for key, value in parts(dig(resource.inputs, "metadata.labels")).items():
        if not LABEL.fullmatch(str(value)):
            yield f"metadata.labels[{key}]", f'Invalid value: "{value}": up to 63 letters, digits, -, _ and .'
        if key in SECURITY and value not in LEVELS:
            yield f"metadata.labels[{key}]", f'Invalid value: "{value}": must be one of {", ".join(sorted(LEVELS))}'


def _encoded(data: Mapping[str, Any]) -> Found:
    for key, value in data.items():
        try:
            b64decode(str(value), validate=True)
        except ValueError as error:
            yield f"data[{key}]", f"Invalid value: illegal base64 data ({error}); plain text goes into stringData"


def _fields(path: str, within: str, value: Value) -> Found:
    """Values that a field never takes, at any depth. `within` is the name of the object around."""
    if isinstance(value, list):
        for index, each in enumerate(value):  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - JSON
            yield from _fields(f"{path}[{index}]", within, each)
    for key, each in parts(value).items():
        here = f"{path}.{key}".lstrip(".")
        allowed = ALLOWED.get(f"{within}.{key}") or ALLOWED.get(key)
        if allowed and isinstance(each, str) and each not in allowed:
            yield here, f'Unsupported value: "{each}": supported values: {", ".join(sorted(allowed))}'
        if key in AT_LEAST_ZERO and isinstance(each, int) and each < 0:
            yield here, f"Invalid value: {each}: must be greater than or equal to 0"
        if key in PORTS and isinstance(each, int) and not 0 < each < 65536:
            yield here, f"Invalid value: {each}: must be between 1 and 65535, inclusive"
        if key not in ("labels", "matchLabels", "annotations", "data", "stringData"):
            yield from _fields(here, key, each)


def _containers(at: str, spec: Mapping[str, Any], *, whole: bool) -> Found:
    """`whole` means that the spec has all that its containers refer to, which a patch has not."""
    volumes = {each.get("name") for each in spec.get("volumes") or ()}
    containers: list[tuple[str, dict[str, Any]]] = [
        (f"{at}.{key}[{index}]", each)
        for key in ("containers", "initContainers")
        for index, each in enumerate(spec.get(key) or ())
    ]
    for path, container in containers:
        mounts: list[dict[str, Any]] = container.get("volumeMounts") or []
        ports: list[dict[str, Any]] = container.get("ports") or []
        for number, mount in enumerate(mounts):
            if whole and mount.get("name") not in volumes:
                yield f"{path}.volumeMounts[{number}].name", f'Not found: "{mount.get("name")}"'
        for number, port in enumerate(ports):
            if "name" in port and not PORT_NAME.fullmatch(str(port["name"])):
                yield (
                    f"{path}.ports[{number}].name",
                    f'Invalid value: "{port["name"]}": must be no more than 15 characters',
                )
        yield from _resources(f"{path}.resources", parts(container.get("resources")))


def _resources(path: str, resources: Mapping[str, Any]) -> Found:
    requests, limits = parts(resources.get("requests")), parts(resources.get("limits"))
    for name, unit in (("cpu", millicpu), ("memory", mib)):
        for kind, amounts in (("requests", requests), ("limits", limits)):
            try:
                unit(amounts.get(name, 0))
            except ValueError as error:
                yield f"{path}.{kind}.{name}", f"Invalid value: {error}"
                return
        if name in requests and name in limits and unit(requests[name]) > unit(limits[name]):
            yield (
                f"{path}.requests",
                f'Invalid value: "{requests[name]}": must be less than or equal to {name} limit of {limits[name]}',
            )


def _selector(inputs: Mapping[str, Any], type_: str) -> Found:
    """A controller's own pods must be among those that it counts."""
    selected = parts(dig(dict(inputs), "spec.selector.matchLabels"))
    template = parts(dig(dict(inputs), "spec.template"))
    labels = parts(dig(template, "metadata.labels"))
    if template and type_ != SERVICE and not selected.items() <= labels.items():
        yield "spec.template.metadata.labels", f"Invalid value: {labels}: `selector` does not match template `labels`"
