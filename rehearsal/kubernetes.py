"""What is peculiar to the Kubernetes provider: names, namespaces, ids, Helm releases, patches.

One cluster: all that comes with a kubeconfig goes to the cluster that it names, for the rules to look at. What a chart
renders is not known here (rules/milvus.py and rules/controller.py know what the charts used here need).
"""

import json
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from rehearsal import replacing
from rehearsal.cloud import Refused, Thing, dig
from rehearsal.provider import Configuration, Provider
from rehearsal.wire import Properties, kind, plain, unknown

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
    package = "kubernetes"

    def configuration(self, values: Properties) -> Configuration:
        return Configuration(values, server=_server(values))

    def partly_computed(self, type_: str) -> dict[str, Sequence[str]]:
        return {"metadata": ["uid", "resourceVersion", "generation"]}

    def complete(self, type_: str, name: str, news: Properties, olds: Properties, suffix: Callable[[int], str]) -> None:
        if type_ == RELEASE:
            if news.get("name") is None:
                news["name"] = plain(olds.get("name")) or f"{name}-{suffix(SUFFIX_DIGITS)}"
            return
        metadata = news.get("metadata")
        if metadata is None:
            metadata = {}
        if not isinstance(metadata, dict) or kind(metadata) or metadata.get("name") or metadata.get("generateName"):  # pyright: ignore[reportUnknownMemberType] - JSON
            return
        old: Properties = plain(olds.get("metadata") or {})
        kept = old.get("name") if dig(old, "annotations") and AUTONAMED.items() <= old["annotations"].items() else None
        news["metadata"] = {
            **metadata,
            "name": kept or f"{name}-{suffix(SUFFIX_DIGITS)}",
            "annotations": {**(metadata.get("annotations") or {}), **AUTONAMED},  # pyright: ignore[reportUnknownMemberType] - JSON
        }

    def takes_its_name(self, type_: str, olds: Properties, news: Properties) -> bool:
        """pulumi/pulumi-kubernetes, provider/pkg/provider/provider.go: deleteBeforeReplace in Diff"""
        old, new = plain(olds), plain(news)
        autonamed = dig(new, "metadata.annotations") and AUTONAMED.items() <= new["metadata"]["annotations"].items()
        where = ("metadata.name", "metadata.namespace")
        return not autonamed and all(dig(old, path) == dig(new, path) for path in where)

    def elsewhere(self, olds: Properties, news: Properties) -> Sequence[str]:
        """pulumi/pulumi-kubernetes, provider/pkg/provider/provider.go, DiffConfig: another cluster, or perhaps."""
        moved = unknown(news.get("kubeconfig")) or _cluster(olds) != _cluster(news)
        return ("kubeconfig",) if moved else ()

    def forcing(self, type_: str, olds: Properties, news: Properties) -> Sequence[str]:
        if type_ == RELEASE:
            return replacing.HELM_RELEASE
        return (*replacing.KUBERNETES_METADATA, *replacing.KUBERNETES.get(type_, ()))

    def identify(self, thing: Thing) -> str:
        if thing.type == RELEASE:
            return f"{thing.inputs.get('namespace', 'default')}/{thing.inputs['name']}"
        name = dig(thing.inputs, "metadata.name") or thing.name
        if thing.type.rsplit(":", 1)[-1].removesuffix("Patch") in CLUSTER_SCOPED:
            return name
        return f"{dig(thing.inputs, 'metadata.namespace') or 'default'}/{name}"

    def delete_again(self, type_: str, id_: str) -> None:
        if type_ == RELEASE:  # helm/helm, pkg/action/uninstall.go: only a refresh gets it out of the state
            raise Refused(f"uninstall: Release not loaded: {id_.rpartition('/')[2]}: release: not found")

    def computed(self, thing: Thing, configuration: Configuration) -> Properties:
        if thing.type == RELEASE:
            return {"status": _release_status(thing.inputs), "resourceNames": {}, "checksum": ""}
        metadata = {"uid": str(uuid.uuid4()), "resourceVersion": "1", "generation": 1}
        if "/" in thing.id:
            metadata["namespace"] = thing.id.split("/")[0]
        outputs: Properties = {"metadata": {**thing.inputs.get("metadata", {}), **metadata}}
        if thing.type == "kubernetes:core/v1:Service":
            cluster_ip = dig(thing.inputs, "spec.clusterIP") or "172.20.0.100"
            outputs["spec"] = {"type": "ClusterIP", **thing.inputs.get("spec", {}), "clusterIP": cluster_ip}
            outputs["status"] = {"loadBalancer": {}}
        return outputs


def _server(values: Properties) -> str:
    """The API server's address."""
    return str(_cluster(values).get("server") or "")


def _cluster(values: Properties) -> Properties:
    """Which cluster a kubeconfig means."""
    text: Any = values.get("kubeconfig") or "{}"
    try:
        config = json.loads(text) if isinstance(text, str) else text
    except ValueError:
        return {}
    clusters: list[Any] = config.get("clusters") or []
    return dig(clusters[0], "cluster") or {} if clusters else {}


def _release_status(inputs: Properties) -> Properties:
    return {
        "name": inputs["name"],
        "namespace": inputs.get("namespace", "default"),
        "status": "deployed",
        "revision": 1,
        "chart": inputs["chart"],
        "version": inputs.get("version", ""),
        "appVersion": "",
    }
