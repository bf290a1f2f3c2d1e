"""Each image of each pod must be reachable from its nodes: by NAT every one, by endpoints private ECR in the region."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from rehearsal.cloud.cloud import Cloud, Refused
from rehearsal.cloud.resource import Resource
from rehearsal.rules.ec2 import ASSOCIATION, ENDPOINT, INTERNET_GATEWAY, NAT_GATEWAY, ROUTE, SUBNET
from rehearsal.rules.eks import ADDON, NODE_GROUP
from rehearsal.rules.images import nodes_reach_the_images_of_their_pods
from rehearsal.rules.kubernetes import DEPLOYMENT, RELEASE

MIRROR = "123456789012.dkr.ecr.us-east-1.amazonaws.com/hub"
ALL = ("ecr.api", "ecr.dkr", "s3")
FOR_LAYERS = "arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*"


def cloud(services: Sequence[str] = ALL, *, nat: bool = False, foreign: bool = False, **endpoint: Any) -> Cloud:
    """Nodes in one subnet, with these endpoints and this way out. `endpoint` goes to every endpoint of its type."""
    made = Cloud()

    def put(type_: str, id_: str, **inputs: Any) -> Resource:
        return made.put(Resource(type_, id_, inputs=inputs, region="us-east-1"))

    put(SUBNET, "subnet-1", vpcId="vpc-1").foreign = foreign
    put(NODE_GROUP, "shared", subnetIds=["subnet-1"])
    put(ASSOCIATION, "rtbassoc-1", subnetId="subnet-1", routeTableId="rtb-1")
    for service in services:
        kind: dict[str, Any] = (
            {"vpcEndpointType": "Gateway", "routeTableIds": ["rtb-1"]}
            if service == "s3"
            else {"vpcEndpointType": "Interface", "privateDnsEnabled": True}
        )
        own = {key: value for key, value in endpoint.items() if key in kind or (key == "policy" and service == "s3")}
        put(ENDPOINT, service, vpcId="vpc-1", serviceName=f"com.amazonaws.us-east-1.{service}", **kind | own)
    if nat:
        put(SUBNET, "subnet-2", vpcId="vpc-1")
        put(NAT_GATEWAY, "nat-1", subnetId="subnet-2")
        put(ROUTE, "r-1", routeTableId="rtb-1", destinationCidrBlock="0.0.0.0/0", natGatewayId="nat-1")
        put(ASSOCIATION, "rtbassoc-2", subnetId="subnet-2", routeTableId="rtb-2")
        put(INTERNET_GATEWAY, "igw-1")
        put(ROUTE, "r-2", routeTableId="rtb-2", destinationCidrBlock="0.0.0.0/0", gatewayId="igw-1")
    return made


def deployment(**pod: Any) -> Resource:
    return Resource(DEPLOYMENT, "milvus/attu", inputs={"spec": {"template": {"spec": pod}}})


def container(image: str) -> list[dict[str, str]]:
    return [{"name": "one", "image": image}]


def release(chart: str, **values: Any) -> Resource:
    return Resource(RELEASE, f"milvus/{chart}", inputs={"chart": chart, "values": values})


MILVUS = {
    "image": {"all": {"repository": f"{MIRROR}/milvusdb/milvus", "tag": "v2.6.20"}},
    "etcd": {"enabled": True, "image": {"registry": MIRROR, "repository": "milvusdb/etcd", "tag": "3.5.25-r1"}},
}
FROM_THE_MIRROR = {
    "a pod": deployment(containers=container(f"{MIRROR}/zilliz/attu:v2.5.12")),
    "Milvus": release("milvus", **MILVUS),
    "the controller": release("aws-load-balancer-controller", image={"repository": f"{MIRROR}/eks/controller"}),
    "an add-on, by EKS itself": Resource(ADDON, "coredns", inputs={"addonName": "coredns"}, region="us-east-1"),
}
FROM_ELSEWHERE = {
    "docker.io by its bare name": (deployment(containers=container("zilliz/attu:v2.5.12")), "zilliz/attu:v2.5.12"),
    "an init container": (
        deployment(initContainers=container("busybox:1.37"), containers=container(f"{MIRROR}/zilliz/attu:v2.5.12")),
        "busybox:1.37",
    ),
    "AWS' public registry": (
        deployment(containers=container("public.ecr.aws/docker/library/python:3.13-slim")),
        "public.ecr.aws/docker/library/python:3.13-slim",
    ),
    "ECR in another region": (
        deployment(containers=container("123456789012.dkr.ecr.us-west-2.amazonaws.com/hub/zilliz/attu:v2.5.12")),
        "us-west-2.amazonaws.com/hub/zilliz/attu:v2.5.12",
    ),
    "a name that only looks like ECR": (
        deployment(containers=container("123456789012.dkr.ecr.us-east-1.amazonaws.com.example.org/a:1")),
        "example.org/a:1",
    ),
    "the chart's own Milvus": (release("milvus", etcd=MILVUS["etcd"]), "milvusdb/milvus"),
    "the chart's own etcd": (release("milvus", **MILVUS | {"etcd": {"enabled": True}}), "milvusdb/etcd"),
    "the chart's own Attu": (release("milvus", **MILVUS, attu={"enabled": True}), "zilliz/attu"),
    "an init container in values": (
        release("milvus", **MILVUS, proxy={"extraInitContainers": container("busybox:1.37")}),
        "busybox:1.37",
    ),
    "the controller's own": (
        release("aws-load-balancer-controller", replicaCount=1),
        "public.ecr.aws/eks/aws-load-balancer-controller",
    ),
    "a CronJob": (
        Resource(
            "kubernetes:batch/v1:CronJob",
            "milvus/canary",
            inputs={"spec": {"jobTemplate": {"spec": {"template": {"spec": {"containers": container("busybox:1")}}}}}},
        ),
        "busybox:1",
    ),
}


@pytest.mark.parametrize("pods", FROM_THE_MIRROR)
def test_endpoints_reach_private_ecr_in_the_region(pods: str) -> None:
    nodes_reach_the_images_of_their_pods(cloud(), FROM_THE_MIRROR[pods])


@pytest.mark.parametrize("pods", FROM_ELSEWHERE)
def test_endpoints_reach_no_other_registry_and_the_rule_names_pods_and_image(pods: str) -> None:
    resource, image = FROM_ELSEWHERE[pods]
    with pytest.raises(Refused) as refused:
        nodes_reach_the_images_of_their_pods(cloud(), resource)
    assert str(refused.value).startswith(f"{resource.id}: ImagePullBackOff: ")
    assert f"{image}: from subnet-1: no route to the internet, and endpoints reach private" in str(refused.value)
    nodes_reach_the_images_of_their_pods(cloud((), nat=True), resource)


@pytest.mark.parametrize(
    ("there", "missing"),
    [
        (cloud(("ecr.api", "s3")), "ecr.dkr"),
        (cloud(("ecr.dkr", "s3")), "ecr.api"),
        (cloud(("ecr.api", "ecr.dkr")), "s3"),
        (cloud(privateDnsEnabled=False), "ecr.api, ecr.dkr"),
        (cloud(routeTableIds=["rtb-2"]), "s3"),
    ],
)
@pytest.mark.parametrize("pods", FROM_THE_MIRROR)
def test_a_pull_needs_all_three_endpoints_by_their_names_and_routes(there: Cloud, missing: str, pods: str) -> None:
    with pytest.raises(Refused, match=f"from subnet-1: no route to the internet, and no endpoint of {missing}$"):
        nodes_reach_the_images_of_their_pods(there, FROM_THE_MIRROR[pods])


@pytest.mark.parametrize(("bucket", "reached"), [(FOR_LAYERS, True), ("arn:aws:s3:::milvus/*", False)])
def test_the_policy_of_s3s_endpoint_must_let_layers_through(bucket: str, reached: bool) -> None:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": bucket}
    there = cloud(policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    if reached:
        nodes_reach_the_images_of_their_pods(there, FROM_THE_MIRROR["a pod"])
    else:
        with pytest.raises(Refused, match=r"the policy of s3 keeps them from .* prod-us-east-1-starport-layer-bucket"):
            nodes_reach_the_images_of_their_pods(there, FROM_THE_MIRROR["a pod"])


def test_of_somebody_elses_subnets_nothing_is_known() -> None:
    nodes_reach_the_images_of_their_pods(cloud((), foreign=True), deployment(containers=container("zilliz/attu:v1")))
