"""Rules about nodes, their disks and EKS' add-ons: what keeps pods running, and what is paid for."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, cast

from policies.rule import UNKNOWN, Resource, at, items, off, on, rule

NODES = "aws:eks/nodeGroup:NodeGroup"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
ADDON = "aws:eks/addon:Addon"
STORAGE_CLASS = "kubernetes:storage.k8s.io/v1:StorageClass"
GUIDE = "docs.aws.amazon.com/eks/latest/userguide/"
IMAGES = ("AL2023_", "BOTTLEROCKET_")
"""Prefixes of AMI types that AWS still publishes for Kubernetes 1.33 and newer."""
FLAGS_AS_TEXT = {"vpc-cni": ("enableNetworkPolicy", "enableWindowsIpam", "enableWindowsPrefixDelegation")}
"""By add-on, flags that its configuration schema has as text (`aws eks describe-addon-configuration`)."""


@rule(
    "nodes-roll",
    NODES,
    why="An update takes as many nodes at once as it may, and every query node loads its segments again.",
    source=f"{GUIDE}managed-node-update-behavior.html",
    fix="updateConfig.maxUnavailable: 1; no forceUpdateVersion, which goes past PodDisruptionBudgets.",
)
def nodes_roll(resource: Resource) -> Iterator[str]:
    percentage, number = (at(resource.inputs, f"updateConfig.maxUnavailable{suffix}") for suffix in ("Percentage", ""))
    if percentage not in (None, UNKNOWN):
        yield f"an update may take {percentage:g} % of its nodes at once"
    if number not in (None, 1, UNKNOWN):
        yield f"an update may take {number:g} nodes at once"
    if at(resource.inputs, "updateConfig.updateStrategy") == "MINIMAL":
        yield "an update takes nodes away before others stand in for them (updateStrategy MINIMAL)"
    if not off(at(resource.inputs, "forceUpdateVersion")):
        yield "an update kills pods in spite of their budgets (forceUpdateVersion)"


@rule(
    "nodes-on-demand",
    NODES,
    why="Spot nodes go with two minutes' notice, all of a type at once; etcd and streaming nodes would go with them.",
    source=f"{GUIDE}managed-node-groups.html#managed-node-group-capacity-types",
    fix="capacityType ON_DEMAND (the default).",
)
def nodes_on_demand(resource: Resource) -> Iterator[str]:
    if (kind := at(resource.inputs, "capacityType")) not in (None, "ON_DEMAND", UNKNOWN):
        yield f"its nodes are {kind}"


@rule(
    "nodes-one-zone",
    NODES,
    why="A group over several zones has its nodes where EC2 likes: not where etcd's volumes are, nor one a zone.",
    source="docs.aws.amazon.com/eks/latest/best-practices/cluster-autoscaling.html (EBS volumes); "
    "docs.aws.amazon.com/autoscaling/ec2/userguide/auto-scaling-benefits.html#AutoScalingBehavior.InstanceUsage",
    fix="one node group for each zone, with the one subnet of its zone (components/cluster/nodes.py).",
)
def nodes_one_zone(resource: Resource) -> Iterator[str]:
    subnets = at(resource.inputs, "subnetIds")
    if subnets != UNKNOWN and len(items(subnets)) != 1:
        yield f"is in {len(items(subnets))} subnets"


@rule(
    "nodes-stay",
    NODES,
    why="Nobody scales these groups: a smaller minimum only lets a rebalance or a script take nodes with pods on them.",
    source=f"{GUIDE}managed-node-groups.html; planning/fleet (the nodes are planned and priced)",
    fix="minSize and desiredSize are the planned number.",
)
def nodes_stay(resource: Resource) -> Iterator[str]:
    least, wanted = (at(resource.inputs, f"scalingConfig.{key}") for key in ("minSize", "desiredSize"))
    if UNKNOWN not in (least, wanted) and least != wanted:
        yield f"may shrink from {wanted:g} to {least:g} nodes"


@rule(
    "nodes-supported-image",
    NODES,
    why="Amazon Linux 2 gets no images for new Kubernetes versions; a CUSTOM image gets no updates from AWS at all.",
    source=f"{GUIDE}eks-ami-deprecation-faqs.html",
    fix=f"amiType that begins with {' or '.join(IMAGES)}.",
)
def nodes_supported_image(resource: Resource) -> Iterator[str]:
    if (image := at(resource.inputs, "amiType")) != UNKNOWN and not str(image).startswith(IMAGES):
        yield f"image {image}"


@rule(
    "node-disks-go",
    TEMPLATE,
    why="A disk that stays when its node goes is paid for, and holds copies of what the node cached.",
    source="docs.aws.amazon.com/AWSEC2/latest/UserGuide/preserving-volumes-on-termination.html",
    fix="deleteOnTermination: true on every block device.",
)
def node_disks_go(resource: Resource) -> Iterator[str]:
    for device in items(at(resource.inputs, "blockDeviceMappings")):
        if at(device, "ebs.deleteOnTermination") in (False, "false"):
            yield f"disk {at(device, 'deviceName')} stays when its node goes"


@rule(
    "volumes-grow",
    STORAGE_CLASS,
    why="etcd takes no writes once its volume is full, and a class that forbids growth leaves no way out.",
    source="kubernetes.io/docs/concepts/storage/storage-classes/#allow-volume-expansion",
    fix="allowVolumeExpansion: true; type gp3, whose speed does not depend on its size.",
)
def volumes_grow(resource: Resource) -> Iterator[str]:
    if not on(at(resource.inputs, "allowVolumeExpansion")):
        yield "its volumes can't grow"
    if (kind := at(resource.inputs, "parameters.type")) not in ("gp3", "io2", UNKNOWN):
        yield f"its volumes are {kind or 'of the default type'}"


@rule(
    "volumes-tagged",
    ADDON,
    why="The driver makes etcd's volumes beside the provider: untagged, nobody finds whose they are after a destroy.",
    source="github.com/kubernetes-sigs/aws-ebs-csi-driver, its page on tagging",
    fix="controller.extraVolumeTags with project and stack in the add-on's configuration.",
)
def volumes_tagged(resource: Resource) -> Iterator[str]:
    configuration = _configuration(resource)
    if at(resource.inputs, "addonName") != "aws-ebs-csi-driver" or configuration is None:
        return
    if missing := {"project", "stack"} - set(at(configuration, "controller.extraVolumeTags") or ()):
        yield f"volumes get no tag {', '.join(sorted(missing))}"


@rule(
    "addon-configuration",
    ADDON,
    why="EKS checks it by the add-on's own schema, after the cluster is there: tags and some flags are text to it.",
    source=f"{GUIDE}add-ons-images.html; aws eks describe-addon-configuration",
    fix='JSON, with "true" and "false" in quotes where the schema says string.',
)
def addon_configuration(resource: Resource) -> Iterator[str]:
    name, text = at(resource.inputs, "addonName"), at(resource.inputs, "configurationValues")
    configuration = _configuration(resource)
    if configuration is None:
        if text not in (None, UNKNOWN):
            yield "is no JSON object"
        return
    for key in FLAGS_AS_TEXT.get(str(name), ()):
        if (flag := configuration.get(key)) is not None and flag not in ("true", "false"):
            yield f"$.{key}: {json.dumps(flag)} is no text: EKS says 'boolean found, string expected'"
    if name == "vpc-cni" and configuration.get("enableNetworkPolicy") in (None, "false"):
        yield "NetworkPolicies have no effect: enableNetworkPolicy is off"
    tags = cast(Mapping[str, object], at(configuration, "controller.extraVolumeTags") or {})
    for key, tag in tags.items():
        if not isinstance(tag, str):
            yield f"$.controller.extraVolumeTags.{key}: {json.dumps(tag)} is no text"


def _configuration(addon: Resource) -> Mapping[str, Any] | None:
    """An add-on's configuration; None if it is not known yet, or no JSON object."""
    text = at(addon.inputs, "configurationValues")
    if text == UNKNOWN or at(addon.inputs, "addonName") == UNKNOWN or UNKNOWN in str(text):
        return None
    try:
        parsed: Any = json.loads(text or "{}")
    except ValueError:
        return None
    return cast(Mapping[str, Any], parsed) if isinstance(parsed, dict) else None


RULES = (
    nodes_roll,
    nodes_on_demand,
    nodes_one_zone,
    nodes_stay,
    nodes_supported_image,
    node_disks_go,
    volumes_grow,
    volumes_tagged,
    addon_configuration,
)
