"""Rules of container images: whether the nodes on which a pod may run reach the registry of each of its images.

Left out: whether the image exists there, and whether the registry lets the nodes in.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from rehearsal.cloud.cloud import Cloud, Refused, rule
from rehearsal.cloud.permissions import allowed
from rehearsal.cloud.resource import Properties, Resource, dig, parts
from rehearsal.published.regions import dns_suffix, partition
from rehearsal.rules.ec2 import ENDPOINT, SUBNET, private_services, way_out
from rehearsal.rules.eks import ADDON, GUIDE, NODE_GROUP
from rehearsal.rules.kubernetes import RELEASE

ECR = "docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html"
SERVICES = ("ecr.api", "ecr.dkr", "s3")
"""What a pull from ECR needs: a token, the manifest, and the layers, which ECR keeps in a bucket of AWS'."""
POD_SPECS = ("spec.template.spec", "spec.jobTemplate.spec.template.spec", "spec")


@dataclass(frozen=True)
class ChartImage:
    """An image that a chart's pods have, where the values say so, and what it is if they don't."""

    values: str
    default: str
    on: str = ""
    """The value without which there are no such pods; empty: there always are."""


CHART_IMAGES = {
    "milvus": (
        ChartImage("image.all", "milvusdb/milvus"),
        ChartImage("etcd.image", "milvusdb/etcd", on="etcd.enabled"),
        ChartImage("etcd.volumePermissions.image", "bitnami/bitnami-shell", on="etcd.volumePermissions.enabled"),
        ChartImage("attu.image", "zilliz/attu", on="attu.enabled"),
        ChartImage("heaptrack.image", "milvusdb/heaptrack", on="heaptrack.enabled"),
    ),
    "aws-load-balancer-controller": (ChartImage("image", "public.ecr.aws/eks/aws-load-balancer-controller"),),
}
"""values.yaml of the charts at their pinned versions."""


def images(resource: Resource) -> Iterator[str]:
    """Images of the pods of an add-on, of a Helm release, and of whatever has a pod template."""
    if resource.type == ADDON:  # docs.aws.amazon.com/eks/latest/userguide/add-ons-images.html
        yield f"dkr.ecr.{resource.region}.{dns_suffix(resource.region)}/eks/{resource['addonName']}"
    elif resource.type == RELEASE:
        values = parts(resource.inputs.get("values"))
        for image in CHART_IMAGES.get(str(resource["chart"]), ()):
            if not image.on or dig(values, image.on):
                yield _of_values(parts(dig(values, image.values)), image.default)
        yield from _containers(values)
    else:
        for path in POD_SPECS:
            yield from _containers(dig(resource.inputs, path))


def _of_values(values: Properties, default: str) -> str:
    registry, tag = values.get("registry"), values.get("tag")
    name = str(values.get("repository") or default)
    return (f"{registry}/" if registry else "") + name + (f":{tag}" if tag else "")


def _containers(value: Any) -> Iterator[str]:
    """Images of all containers, init containers too, in a pod's specification or in a chart's values."""
    if isinstance(value, dict):
        content = cast("dict[str, Any]", value)
        if isinstance(content.get("image"), str) and "name" in content:
            yield content["image"]
        for key, each in content.items():
            if key not in ("template", "jobTemplate"):  # they have paths of their own in POD_SPECS
                yield from _containers(each)
    elif isinstance(value, list):
        for each in cast("list[Any]", value):
            yield from _containers(each)


def unreachable(cloud: Cloud, resource: Resource, group: Resource, subnet: Resource, image: str) -> str | None:
    """Why a group's nodes in this subnet can't pull an image; None if they can."""
    if way_out(cloud, resource, subnet):
        return None
    region, suffix = group.region, dns_suffix(group.region)
    if not re.match(rf"(\d{{12}}\.)?dkr\.ecr\.{region}\.{re.escape(suffix)}/", image):
        return f"no route to the internet, and endpoints reach private registries of ECR in {region} only"
    reached = private_services(cloud, resource, subnet)
    if missing := [each for each in SERVICES if each not in reached]:
        return f"no route to the internet, and no endpoint of {', '.join(missing)}"
    layers = f"arn:{partition(region)}:s3:::prod-{region}-starport-layer-bucket/layer"
    for endpoint in cloud.all(ENDPOINT, vpcId=subnet["vpcId"], serviceName=f"com.amazonaws.{region}.s3"):
        policy = endpoint["policy"]
        if policy and not allowed([str(policy)], "s3:GetObject", layers, {}, ("AWS", "*")):
            return f"the policy of {endpoint.name} keeps them from the layers in {layers.split(':')[-1].split('/')[0]}"
    return None


@rule("kubernetes:*", "ready", source=ECR)
@rule(ADDON, "ready", source=f"{GUIDE}add-ons-images.html")
def nodes_reach_the_images_of_their_pods(cloud: Cloud, resource: Resource) -> None:
    """Routes of somebody else's subnets are not known here, and nothing is said of them."""
    for image in dict.fromkeys(images(resource)):
        for group in cloud.all(NODE_GROUP):
            subnets = [subnet for id_ in group["subnetIds"] or () if (subnet := cloud.get(SUBNET, id_))]
            for subnet in subnets:
                reason = None if subnet.foreign else unreachable(cloud, resource, group, subnet, image)
                if reason:
                    raise Refused(f"{resource.id}: ImagePullBackOff: {image}: from {subnet.name}: {reason}")
