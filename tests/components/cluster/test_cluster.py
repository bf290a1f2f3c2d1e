"""EKS: the order of creation and deletion, access to the API, and the rights of nodes."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as k8s
import pytest

from components.cluster.cluster import AccessEntry, Cluster, ClusterArgs
from components.cluster.nodes import NodeGroup, Taint, ami_type
from tests.components.clouds import ANSWERS, OUTPUTS
from tests.components.recording import Answer, Recording, record

ADDONS = {
    "aws-ebs-csi-driver": "v1.50.1-eksbuild.1",
    "coredns": "v1.12.4-eksbuild.1",
    "kube-proxy": "v1.35.0-eksbuild.1",
    "metrics-server": "v0.8.0-eksbuild.2",
    "vpc-cni": "v1.20.4-eksbuild.1",
}
GROUPS = (
    NodeGroup(name="core", instance_type="m7g.2xlarge", zones=("a", "b"), min_nodes=2, max_nodes=2, disk_gib=80),
    NodeGroup(
        name="query",
        instance_type="r7i.2xlarge",
        zones=("b",),
        min_nodes=1,
        max_nodes=3,
        labels={"role": "query"},
        taints=(Taint(key="role", value="query"),),
    ),
)
NODES = "aws:eks/nodeGroup:NodeGroup"
ADDON = "aws:eks/addon:Addon"
EKS = "eks:index:Cluster"


def cluster(answers: Mapping[str, Answer] = ANSWERS, **settings: Any) -> Recording:
    """A cluster with an AWS provider of its own, something that runs in it, and Kafka's network beside it."""

    def program() -> None:
        provider = aws.Provider("aws", region="us-east-1")
        own = pulumi.ResourceOptions(provider=provider)
        vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16", opts=own)
        private = {zone: aws.ec2.Subnet(f"private-{zone}", vpc_id=vpc.id, opts=own) for zone in ("a", "b")}
        nat = aws.ec2.NatGateway("nat", subnet_id=private["a"].id, opts=own)
        usual: dict[str, Any] = {
            "region": "us-east-1",
            "cluster_name": "milvus-dev",
            "version": "1.35",
            "vpc_id": vpc.id,
            "subnet_ids": {zone: subnet.id for zone, subnet in private.items()},
            "node_subnet_ids": {
                zone: pulumi.Output.all(subnet.id, nat.id).apply(lambda ids: ids[0]) for zone, subnet in private.items()
            },
            "service_cidr": "172.20.0.0/16",
            "public_access_cidrs": ("198.51.100.0/24",),
            "access_entries": {
                "readers": AccessEntry(principal_arn="arn:readers", policy="view"),
                "team": AccessEntry(principal_arn="arn:team", policy="edit", namespaces=("milvus",)),
            },
            "node_groups": GROUPS,
            "addon_versions": ADDONS,
            "keep_volumes": True,
            "tags": {"stack": "dev"},
            "deletion_protection": True,
            "protect": True,
        }
        made = Cluster("eks", ClusterArgs(**{**usual, **settings}), own)
        k8s.core.v1.Namespace("milvus", opts=pulumi.ResourceOptions(provider=made.kubernetes))
        pulumi.export("name", made.cluster_name)
        pulumi.export("group", made.security_group_id)

    return record(program, outputs=OUTPUTS, answers=answers)


@cache
def usual() -> Recording:
    """The same for every test that changes nothing: a program takes its time to build."""
    return cluster()


@pytest.mark.parametrize(("policy", "name"), [
    ("clusterAdmin", "AmazonEKSClusterAdminPolicy"),
    ("admin", "AmazonEKSAdminPolicy"),
    ("edit", "AmazonEKSEditPolicy"),
    ("view", "AmazonEKSViewPolicy"),
])  # fmt: skip
def test_an_access_entry_gets_eks_policy_of_its_own_name_and_no_wider_one(policy: Any, name: str) -> None:
    """docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html"""
    entry = AccessEntry(principal_arn="arn:team", policy=policy, namespaces=("milvus",))
    granted = cluster(access_entries={"team": entry}).one("aws:eks/accessPolicyAssociation:AccessPolicyAssociation")
    assert granted.inputs["policyArn"] == f"arn:aws:eks::aws:cluster-access-policy/{name}"
    assert granted.inputs["accessScope"] == {"type": "namespace", "namespaces": ["milvus"]}


LOGS = "aws:cloudwatch/logGroup:LogGroup"


@pytest.mark.parametrize(("there", "taken_over"), [
    ([], ""),
    (["/aws/eks/milvus-dev/cluster"], "/aws/eks/milvus-dev/cluster"),
    (["/aws/eks/milvus-dev/cluster-2"], ""),
])  # fmt: skip
def test_a_log_group_that_eks_has_made_again_is_taken_over(there: list[str], taken_over: str) -> None:
    answer: dict[str, Any] = {"arns": [], "id": "us-east-1", "logGroupNames": there, "region": "us-east-1"}
    logs = cluster({"aws:cloudwatch/getLogGroups:getLogGroups": answer}).one(LOGS)
    assert (logs.import_id, logs.retain_on_delete) == (taken_over, True)


def test_one_aws_provider_serves_everything() -> None:
    recording = usual()
    provider = recording.one("pulumi:providers:aws")
    for resource in recording.resources:
        if resource.type.startswith("aws:"):
            assert resource.provider.startswith(provider.urn), resource.name
    assert recording.one(EKS).providers["aws"].startswith(provider.urn)


def test_the_control_plane_waits_for_its_log_group_and_not_for_the_way_out() -> None:
    recording = usual()
    eks = recording.one(EKS)
    assert recording.depends(eks, recording.one("aws:cloudwatch/logGroup:LogGroup"))
    assert not recording.depends(eks, recording.one("aws:ec2/natGateway:NatGateway"))


def test_nodes_wait_for_the_way_out_the_cni_and_their_policies() -> None:
    recording = usual()
    for nodes in recording.all(NODES):
        assert recording.depends(nodes, recording.one("aws:ec2/natGateway:NatGateway"))
        assert recording.depends(nodes, recording.one(ADDON, "eks-vpc-cni"))
        assert recording.depends(nodes, recording.one(ADDON, "eks-kube-proxy"))
        for policy in recording.all("aws:iam/rolePolicyAttachment:RolePolicyAttachment"):
            if policy.name.startswith("eks-node-"):
                assert recording.depends(nodes, policy)


def test_the_cni_is_there_before_the_first_node_with_a_role_of_its_own() -> None:
    recording = usual()
    cni = recording.one(ADDON, "eks-vpc-cni")
    assert not any(recording.depends(cni, nodes) for nodes in recording.all(NODES))
    assert cni.inputs["serviceAccountRoleArn"] == "arn:eks-vpc-cni-role"
    assert json.loads(cni.inputs["configurationValues"]) == {"enableNetworkPolicy": "true"}


def test_everything_in_kubernetes_waits_for_nodes_and_access_and_goes_before_them() -> None:
    recording = usual()
    namespace = recording.one("kubernetes:core/v1:Namespace")
    for needed in [
        *recording.all(NODES),
        *recording.all("aws:eks/accessEntry:AccessEntry"),
        *recording.all("aws:eks/accessPolicyAssociation:AccessPolicyAssociation"),
    ]:
        assert recording.depends(namespace, needed), needed.name


def test_every_addon_has_the_version_it_was_given() -> None:
    recording = usual()
    versions = {each.inputs["addonName"]: each.inputs["addonVersion"] for each in recording.all(ADDON)}
    assert versions == ADDONS
    eks = recording.one(EKS).inputs
    assert eks["useDefaultVpcCni"] is True
    assert eks["bootstrapSelfManagedAddons"] is False
    assert eks["kubeProxyAddonOptions"]["enabled"] is eks["corednsAddonOptions"]["enabled"] is False


@pytest.mark.parametrize("versions", [{**ADDONS, "cilium": "1"}, {"coredns": "v1.12.4-eksbuild.1"}])
def test_an_addon_without_a_version_or_a_version_without_an_addon_is_refused(versions: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="add-on versions are missing or unknown"):
        cluster(addon_versions=versions)


def test_the_control_plane_is_closed_logged_encrypted_and_never_in_extended_support() -> None:
    recording = usual()
    eks = recording.one(EKS).inputs
    assert (eks["endpointPrivateAccess"], eks["endpointPublicAccess"]) == (True, True)
    assert eks["publicAccessCidrs"] == ["198.51.100.0/24"]
    assert eks["authenticationMode"] == "API"
    assert eks["encryptionConfigKeyArn"] == "arn:eks-secrets"
    assert eks["upgradePolicy"] == {"supportType": "STANDARD"}
    assert eks["enabledClusterLogTypes"] == ["api", "audit", "authenticator", "controllerManager", "scheduler"]
    assert eks["kubernetesServiceIpAddressRange"] == "172.20.0.0/16"
    assert recording.one("aws:cloudwatch/logGroup:LogGroup").inputs["name"] == "/aws/eks/milvus-dev/cluster"


def test_without_networks_to_come_from_the_api_server_is_private() -> None:
    eks = cluster(public_access_cidrs=()).one(EKS).inputs
    assert eks["endpointPublicAccess"] is False
    assert "publicAccessCidrs" not in eks


def test_an_api_server_open_to_the_world_is_refused() -> None:
    with pytest.raises(ValueError, match=r"open to 0\.0\.0\.0/0"):
        cluster(public_access_cidrs=("198.51.100.0/24", "0.0.0.0/0"))


def test_a_node_may_join_and_pull_and_nothing_else() -> None:
    attachments = usual().all("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
    assert {each.inputs["policyArn"] for each in attachments if each.inputs["role"] == "eks-node-1234567"} == {
        "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy",
        "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly",
    }


def test_a_pod_cannot_take_its_nodes_role_and_disks_are_encrypted() -> None:
    recording = usual()
    template = recording.one("aws:ec2/launchTemplate:LaunchTemplate", "eks-core").inputs
    assert template["metadataOptions"] == {
        "httpEndpoint": "enabled",
        "httpTokens": "required",
        "httpPutResponseHopLimit": 1,
    }
    disk = template["blockDeviceMappings"][0]["ebs"]
    assert (disk["encrypted"], disk["volumeType"], disk["volumeSize"]) == ("true", "gp3", 80)
    assert {each["resourceType"]: each["tags"] for each in template["tagSpecifications"]} == {
        "instance": {"stack": "dev", "Name": "eks-core"},
        "volume": {"stack": "dev", "Name": "eks-core"},
    }


def test_a_node_group_lies_in_its_zones_and_scales_within_its_bounds() -> None:
    recording = usual()
    core, query = recording.one(NODES, "eks-core"), recording.one(NODES, "eks-query")
    assert core.inputs["subnetIds"] == ["private-a-id", "private-b-id"]
    assert query.inputs["subnetIds"] == ["private-b-id"]
    assert core.inputs["scalingConfig"] == {"minSize": 2, "maxSize": 2, "desiredSize": 2}
    assert core.ignore_changes == ()
    assert query.ignore_changes == ("scalingConfig.desiredSize",)
    assert query.inputs["labels"] == {"role": "query"}
    assert query.inputs["taints"] == [{"key": "role", "value": "query", "effect": "NO_SCHEDULE"}]
    assert (core.inputs["version"], core.inputs["launchTemplate"]) == ("1.35", {"id": "eks-core-id", "version": "3"})


@pytest.mark.parametrize(
    ("instance_type", "ami"),
    [
        ("m7g.2xlarge", "AL2023_ARM_64_STANDARD"),
        ("r8gd.large", "AL2023_ARM_64_STANDARD"),
        ("im4gn.xlarge", "AL2023_ARM_64_STANDARD"),
        ("x2gd.medium", "AL2023_ARM_64_STANDARD"),
        ("a1.large", "AL2023_ARM_64_STANDARD"),
        ("m7i.2xlarge", "AL2023_x86_64_STANDARD"),
        ("r7iz.large", "AL2023_x86_64_STANDARD"),
        ("g4dn.xlarge", "AL2023_x86_64_STANDARD"),
        ("m7a.large", "AL2023_x86_64_STANDARD"),
    ],
)
def test_a_machines_image_fits_its_processor(instance_type: str, ami: str) -> None:
    assert ami_type(instance_type) == ami


def test_people_get_the_access_they_were_given_and_no_more() -> None:
    recording = usual()
    access = {
        each.inputs["principalArn"]: (each.inputs["policyArn"], each.inputs["accessScope"])
        for each in recording.all("aws:eks/accessPolicyAssociation:AccessPolicyAssociation")
    }
    view, edit = ("arn:aws:eks::aws:cluster-access-policy/AmazonEKS" + each for each in ("ViewPolicy", "EditPolicy"))
    assert access == {
        "arn:readers": (view, {"type": "cluster"}),
        "arn:team": (edit, {"type": "namespace", "namespaces": ["milvus"]}),
    }


def test_the_default_disk_is_encrypted_gp3_in_the_zone_of_its_pod() -> None:
    storage = usual().one("kubernetes:storage.k8s.io/v1:StorageClass").inputs
    assert storage["metadata"]["annotations"] == {"storageclass.kubernetes.io/is-default-class": "true"}
    assert storage["provisioner"] == "ebs.csi.aws.com"
    assert storage["parameters"] == {"type": "gp3", "encrypted": "true"}
    assert storage["volumeBindingMode"] == "WaitForFirstConsumer"
    assert storage["reclaimPolicy"] == "Retain"
    assert cluster(keep_volumes=False).one("kubernetes:storage.k8s.io/v1:StorageClass").inputs["reclaimPolicy"] == (
        "Delete"
    )


def test_kubernetes_is_written_by_server_side_apply_and_never_dropped_when_unreachable() -> None:
    provider = usual().one("pulumi:providers:kubernetes").inputs
    assert provider["enableServerSideApply"] in (True, "true")
    assert "deleteUnreachable" not in provider


def test_the_name_is_known_to_others_once_the_cluster_exists() -> None:
    recording = usual()
    assert (recording.stack_outputs["name"], recording.stack_outputs["group"]) == ("milvus-dev", "sg-cluster")
    assert all(recording.depends(nodes, recording.one(EKS)) for nodes in recording.all(NODES))


def test_the_cluster_is_protected_twice_in_production_and_not_at_all_in_development() -> None:
    production, development = usual(), cluster(protect=False, deletion_protection=False)
    assert {each.type for each in production.resources if each.protect} == {EKS, "aws:kms/key:Key"}
    assert production.one(EKS).inputs["deletionProtection"] is True
    assert development.one(EKS).inputs["deletionProtection"] is False
    assert not any(each.protect for each in development.resources)
