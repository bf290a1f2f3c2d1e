"""Helm releases, and which of them is Milvus."""

from policies.rule import Resource, at

RELEASE = "kubernetes:helm.sh/v3:Release"


def is_milvus(resource: Resource) -> bool:
    """Whether a resource is Milvus' Helm release."""
    return resource.type == RELEASE and at(resource.inputs, "chart") == "milvus"
