"""Sends objects to a real API server before they are deployed, and says what it refuses, warns of or changes.

Objects are applied for real, so that later changes of them are judged against what is there. Only a dry run get pods,
which their controllers would create, and webhooks, which nobody serves here.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from copy import deepcopy
from typing import Any

from rehearsal.cloud.resource import parts
from testbed.kubernetes.api import HELM, PULUMI, Api, ApiError, Object
from testbed.kubernetes.definitions import await_served

POD_CONTROLLERS = ("CronJob", "DaemonSet", "Deployment", "Job", "ReplicaSet", "StatefulSet")
CALLED_BY_THE_SERVER = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "APIService")
"""Kinds that make the server call others, and fail where nobody answers."""
UNREADABLE = "failed to convert"
"""Words of a refusal that names no path."""
IDENTITY = ("apiVersion", "kind", "metadata")
Path = tuple[int | str, ...]

WRITE_ONLY = ("stringData",)
"""Fields that the server turns into others: pulumi-kubernetes sends a Secret's texts as base64 in `data`."""


class Admission:
    """One API server, with what one rehearsal has brought into it."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self._here: dict[str, Object] = {}
        """Objects in the API server, by path."""

    def problems(self, manifest: Object, namespace: str = "default", manager: str = PULUMI) -> list[str]:
        """Applies an object, and returns everything that is wrong with it, in the API server's words."""
        try:
            return list(self._problems(manifest, namespace, manager))
        except ApiError as refusal:
            if manifest["kind"] == "Namespace":
                self._stand_in(manifest)
            return [self._with_path(str(refusal), manifest, namespace)]

    def _problems(self, manifest: Object, namespace: str, manager: str) -> Iterator[str]:
        kind = str(manifest["kind"])
        path = self.api.path(manifest, namespace)
        answer = self.api.apply(manifest, namespace, manager=manager, dry_run=kind in CALLED_BY_THE_SERVER)
        self._here[path] = manifest
        live: dict[str, Any] = answer.body
        name = f"{kind} {live['metadata']['name']}"
        yield from (f"{name}: warning: {text}" for text in answer.warnings)
        if manager != HELM:  # whose objects Pulumi does not refresh
            yield from (f"{name}: {text}" for text in drift(manifest, live))
        if kind == "Namespace":
            self._settle(live["metadata"]["name"])
        if kind == "CustomResourceDefinition":
            await_served(self.api, manifest)
        if kind in POD_CONTROLLERS:
            yield from self._pods(live, live["metadata"]["namespace"])

    def patched(self, patch: Object, namespace: str = "default") -> list[str]:
        """As `problems`, for a patch of an object that a chart makes. Without the chart, only the patch is judged."""
        try:
            if self.api.request("GET", self.api.path(patch, namespace)).status != 404:
                return self.problems(patch, namespace, f"{PULUMI}-patch")
            answer = self.api.apply(_completed(patch), namespace, dry_run=True)
        except ApiError as refusal:
            return [str(refusal)]
        # What a patch does not say is not known here, so that nothing is said about the pod's security.
        warnings = [text for text in answer.warnings if "PodSecurity" not in text]
        return [f"{patch['kind']} {patch['metadata']['name']}: warning: {text}" for text in warnings]

    def remove(self, manifest: Object, namespace: str = "default") -> None:
        """Deletes an object, and with a namespace everything in it, as its controller would."""
        path = self.api.path(manifest, namespace)
        if manifest["kind"] == "Namespace":
            within = path.replace("/api/v1", "") + "/"
            for each in [each for each in self._here if within in each]:
                self._delete(each)
        self._delete(path)
        if manifest["kind"] == "Namespace":
            # Without its controller a namespace would stay for ever, and take no new objects.
            name = manifest["metadata"]["name"]
            self.api.request(
                "PUT",
                f"{path}/finalize",
                {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}, "spec": {"finalizers": []}},
            )

    def clear(self) -> None:
        """Removes everything that is still there."""
        namespaces = [each for each in self._here.values() if each["kind"] == "Namespace"]
        for manifest in namespaces:
            self.remove(manifest)
        for path in list(self._here):
            self._delete(path)

    def _delete(self, path: str) -> None:
        self.api.request("DELETE", path, propagationPolicy="Background")
        self._here.pop(path, None)

    def _stand_in(self, refused: Object) -> None:
        """Creates a namespace without its labels, so that what is in it is judged all the same."""
        bare = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": refused["metadata"]["name"]}}
        with suppress(ApiError):
            if self.api.request("GET", self.api.path(bare)).status == 404:
                list(self._problems(bare, "", PULUMI))

    def _with_path(self, refusal: str, manifest: Object, namespace: str) -> str:
        """A refusal with the path of the value that is wrong, which the server leaves out where it can't even read it.

        It is the one without which the server says something else.
        """
        if UNREADABLE not in refusal:
            return refusal
        for path in [path for path in leaves(manifest) if path[0] not in IDENTITY]:
            try:
                self.api.apply(without(manifest, path), namespace, dry_run=True)
            except ApiError as other:
                if str(other) == refusal:
                    continue
            return f"{refusal} ({'.'.join(map(str, path))})"
        return refusal

    def _settle(self, namespace: str) -> None:
        """Creates the service account that a controller would give to each new namespace, and without which no pod
        is admitted."""
        account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}}
        self.api.apply(account, namespace)

    def _pods(self, owner: Mapping[str, Any], namespace: str) -> Iterator[str]:
        """Problems of the pod that a controller would create from this object's template."""
        pod = pod_of(owner)
        of = f"the Pod of {owner['kind']} {namespace}/{owner['metadata']['name']}"
        try:
            answer = self.api.try_pod(pod, namespace)
        except ApiError as refusal:
            yield f"{of}: {refusal}"
            return
        yield from (f"{of}: warning: {text}" for text in answer.warnings)


def pod_of(owner: Mapping[str, Any]) -> dict[str, Any]:
    """The pod that a controller would create from its template."""
    name = owner["metadata"]["name"]
    spec: Mapping[str, Any] = owner["spec"]
    if owner["kind"] == "CronJob":
        spec = spec["jobTemplate"]["spec"]
    template: dict[str, Any] = spec["template"]
    claims = [
        {
            "name": each["metadata"]["name"],
            "persistentVolumeClaim": {"claimName": f"{each['metadata']['name']}-{name}-0"},
        }
        for each in spec.get("volumeClaimTemplates") or ()
    ]
    within = {**template["spec"], "volumes": [*(template["spec"].get("volumes") or ()), *claims]}
    given = parts(template.get("metadata"))
    metadata = {key: given[key] for key in ("labels", "annotations") if key in given}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {**metadata, "generateName": f"{name}-"}, "spec": within}


def _completed(patch: Object) -> dict[str, Any]:
    """A patch as a whole object: with the least that its kind requires besides."""
    labels = {"patched": "true"}
    spec: dict[str, Any] = {**patch["spec"]}
    template: dict[str, Any] = spec.get("template") or {}
    pod: dict[str, Any] = template.get("spec") or {}
    containers = [{"image": "any", **each} for each in pod.get("containers") or [{"name": "any"}]]
    metadata: dict[str, Any] = template.get("metadata") or {}
    return {
        **patch,
        "spec": {
            "selector": {"matchLabels": labels},
            **spec,
            "template": {
                "metadata": {**metadata, "labels": {**(metadata.get("labels") or {}), **labels}},
                "spec": {**pod, "containers": containers},
            },
        },
    }


def leaves(value: Any, path: Path = ()) -> Iterator[Path]:
    """Paths of all values in an object that hold no others."""
    inner: list[tuple[int | str, Any]] = (
        list(value.items()) if isinstance(value, Mapping) else list(enumerate(value)) if isinstance(value, list) else []  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType, reportUnknownMemberType] - JSON
    )
    for key, each in inner:
        yield from leaves(each, (*path, key))
    if not inner:
        yield path


def without(manifest: Object, path: Path) -> Object:
    """A copy of an object without the value at a path."""
    copy: Any = deepcopy(manifest)
    part = copy
    for step in path[:-1]:
        part = part[step]
    del part[path[-1]]
    return copy


def drift(sent: Any, live: Any, path: str = "") -> Iterator[str]:
    """Fields that the server keeps in another way than they were sent. A refresh would show each as drift, for ever."""
    if isinstance(sent, Mapping):
        for key, value in sent.items():  # pyright: ignore[reportUnknownVariableType] - JSON
            if key not in WRITE_ONLY and value not in (None, "", {}, []):
                kept = parts(live).get(key)  # pyright: ignore[reportUnknownArgumentType] - JSON
                yield from drift(value, kept, f"{path}.{key}".lstrip("."))
    elif isinstance(sent, list) and isinstance(live, list):
        for index, value in enumerate(sent):  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - JSON
            yield from drift(value, _counterpart(value, index, live), f"{path}[{index}]")  # pyright: ignore[reportUnknownArgumentType] - JSON
    elif sent != live:
        yield f"{path}: sent {sent!r}, the API server keeps {live!r}: every refresh would show that as drift"


def _counterpart(item: Any, index: int, live: list[Any]) -> Any:
    """The element of a list that the server has made of `item`: by its name, or else by its place."""
    if isinstance(item, Mapping) and "name" in item:
        return next((each for each in live if each.get("name") == item["name"]), None)  # pyright: ignore[reportUnknownMemberType] - JSON
    return live[index] if index < len(live) else None
