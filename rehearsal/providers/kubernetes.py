"""The Kubernetes provider's own behaviour: names, namespaces, ids, Helm releases, patches.

Each object is noted with the API server of its provider's kubeconfig, which the rules check. Charts are not rendered
here: rules/milvus.py and rules/controller.py know what the charts that are used need.
"""

import json
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from rehearsal.cloud import replacing
from rehearsal.cloud.cloud import Refused
from rehearsal.cloud.resource import Resource, dig
from rehearsal.protocol.wire import Properties, kind, plain, unknown
from rehearsal.providers.package import Configuration
from rehearsal.providers.provider import Provider

RELEASE = "kubernetes:helm.sh/v3:Release"
CLUSTER_SCOPED = {
    "ClusterRole",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "IngressClass",
    "Namespace",
    "PersistentVolume",
    "PriorityClass",
    "StorageClass",
}
AUTONAMED = {"pulumi.com/autonamed": "true"}
SUFFIX_DIGITS = 8


class Kubernetes(Provider):
    """The emulated Kubernetes provider."""

    package = "kubernetes"

    def configuration(self, values: Properties) -> Configuration:
        return Configuration(values, server=_server(values))

    def partly_computed(self, type_: str) -> dict[str, Sequence[str]]:
        return {"metadata": ["uid", "resourceVersion", "generation"]}

    def complete(
        self, type_: str, name: str, new_inputs: Properties, old_inputs: Properties, suffix: Callable[[int], str]
    ) -> None:
        if type_ == RELEASE:
            if new_inputs.get("name") is None:
                new_inputs["name"] = plain(old_inputs.get("name")) or f"{name}-{suffix(SUFFIX_DIGITS)}"
            return
        metadata = new_inputs.get("metadata")
        if metadata is None:
            metadata = {}
        if not isinstance(metadata, dict) or kind(metadata) or metadata.get("name") or metadata.get("generateName"):  # pyright: ignore[reportUnknownMemberType] - JSON
            return
        old: Properties = plain(old_inputs.get("metadata") or {})
        kept = old.get("name") if dig(old, "annotations") and AUTONAMED.items() <= old["annotations"].items() else None
        new_inputs["metadata"] = {
            **metadata,
            "name": kept or f"{name}-{suffix(SUFFIX_DIGITS)}",
            "annotations": {**(metadata.get("annotations") or {}), **AUTONAMED},  # pyright: ignore[reportUnknownMemberType] - JSON
        }

    def takes_its_name(self, type_: str, old_inputs: Properties, new_inputs: Properties) -> bool:
        """Follows deleteBeforeReplace in Diff of pulumi/pulumi-kubernetes, provider/pkg/provider/provider.go."""
        old, new = plain(old_inputs), plain(new_inputs)
        autonamed = dig(new, "metadata.annotations") and AUTONAMED.items() <= new["metadata"]["annotations"].items()
        where = ("metadata.name", "metadata.namespace")
        return not autonamed and all(dig(old, path) == dig(new, path) for path in where)

    def elsewhere(self, old_inputs: Properties, new_inputs: Properties) -> Sequence[str]:
        """An unknown kubeconfig may mean
        another cluster: pulumi/pulumi-kubernetes, provider/pkg/provider/provider.go, DiffConfig."""
        moved = unknown(new_inputs.get("kubeconfig")) or _cluster(old_inputs) != _cluster(new_inputs)
        return ("kubeconfig",) if moved else ()

    def forcing(self, type_: str, old_inputs: Properties, new_inputs: Properties) -> Sequence[str]:
        if type_ == RELEASE:
            return replacing.HELM_RELEASE
        return (*replacing.KUBERNETES_METADATA, *replacing.KUBERNETES.get(type_, ()))

    def identify(self, resource: Resource) -> str:
        if resource.type == RELEASE:
            return f"{resource.inputs.get('namespace', 'default')}/{resource.inputs['name']}"
        name = dig(resource.inputs, "metadata.name") or resource.name
        if resource.type.rsplit(":", 1)[-1].removesuffix("Patch") in CLUSTER_SCOPED:
            return name
        return f"{dig(resource.inputs, 'metadata.namespace') or 'default'}/{name}"

    def delete_again(self, type_: str, id_: str) -> None:
        if type_ == RELEASE:  # helm/helm, pkg/action/uninstall.go: only a refresh gets it out of the state
            raise Refused(f"uninstall: Release not loaded: {id_.rpartition('/')[2]}: release: not found")

    def computed(self, resource: Resource, configuration: Configuration) -> Properties:
        if resource.type == RELEASE:
            return {"status": _release_status(resource.inputs), "resourceNames": {}, "checksum": ""}
        metadata = {"uid": str(uuid.uuid4()), "resourceVersion": "1", "generation": 1}
        if "/" in resource.id:
            metadata["namespace"] = resource.id.split("/")[0]
        outputs: Properties = {"metadata": {**resource.inputs.get("metadata", {}), **metadata}}
        if resource.type == "kubernetes:core/v1:Service":
            cluster_ip = dig(resource.inputs, "spec.clusterIP") or "172.20.0.100"
            outputs["spec"] = {"type": "ClusterIP", **resource.inputs.get("spec", {}), "clusterIP": cluster_ip}
            outputs["status"] = {"loadBalancer": {}}
        return outputs


def _server(values: Properties) -> str:
    """Address of the API server; empty if the kubeconfig names none."""
    return str(_cluster(values).get("server") or "")


def _cluster(values: Properties) -> Properties:
    """The first cluster in a kubeconfig; empty if there is none."""
    text: Any = values.get("kubeconfig") or "{}"
    try:
        config = json.loads(text) if isinstance(text, str) else text
    except ValueError:
        return {}
    clusters: list[Any] = config.get("clusters") or []
    return dig(clusters[0], "cluster") or {} if clusters else {}


def _release_status(inputs: Properties) -> Properties:
    """The output `status` of a deployed Helm release."""
    return {
        "name": inputs["name"],
        "namespace": inputs.get("namespace", "default"),
        "status": "deployed",
        "revision": 1,
        "chart": inputs["chart"],
        "version": inputs.get("version", ""),
        "appVersion": "",
    }
