"""The emulated pulumi-eks: its components, and the arguments that they refuse.

Source: pulumi/pulumi-eks, nodejs/eks/cluster/authenticationMode.ts, cluster.ts and nodes/nodegroup.ts. Self-managed and
Fargate nodes, auto mode, storage classes and aws-auth are not emulated, and refused. The real component also looks for
the AWS CLI, and waits until the API server answers.
"""

from collections.abc import Callable
from typing import Any

import grpc
from pulumi.runtime.proto import provider_pb2

from rehearsal.cloud.cloud import Refused
from rehearsal.cloud.resource import Resource
from rehearsal.protocol import schema
from rehearsal.protocol.construct import Built, Composer
from rehearsal.protocol.wire import UNKNOWN, Properties, encode, plain
from rehearsal.providers import eks_cluster
from rehearsal.providers.provider import Provider

VERSIONS = {"aws": "7.25.0", "kubernetes": "4.19.0"}  # nodejs/eks/package.json
NOT_EMULATED = (
    "autoMode", "creationRoleProvider", "fargate", "instanceRole", "nodeGroupOptions", "roleMappings", "storageClasses",
    "userMappings",
)  # fmt: skip
OF_NODES = (
    "desiredCapacity", "gpu", "instanceProfileName", "instanceType", "maxSize", "minSize", "nodeAmiId",
    "nodeAssociatePublicIpAddress", "nodePublicKey", "nodeRootVolumeSize", "nodeSubnetIds", "nodeUserData",
)  # fmt: skip
IN_A_TEMPLATE = (
    "kubeletExtraArgs", "bootstrapExtraArgs", "bottlerocketSettings", "nodeadmExtraOptions", "enableIMDSv2", "userData",
    "amiId", "enableEfaSupport",
)  # fmt: skip


class Eks(Provider):
    """The emulated pulumi-eks provider, which has components only."""

    package = "eks"

    def identify(self, resource: Resource) -> str:
        raise NotImplementedError(f"{resource.type} is a component")

    def Construct(self, request: Any, context: Any) -> Any:  # noqa: N802 - gRPC's method name
        try:
            composer, (outputs, comes_from) = _construct(request)
        except Refused as refusal:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(refusal))
            raise
        composer.finish(outputs)
        answer = provider_pb2.ConstructResponse(urn=composer.urn, state=encode(outputs))
        for key, urns in comes_from.items():
            answer.stateDependencies[key].urns.extend(urns)
        return answer


def _construct(request: Any) -> tuple[Composer, Built]:
    """Builds the component that the engine asks for. Raises Refused for wrong arguments and unknown components."""
    build = COMPONENTS.get(request.type)
    if build is None:
        raise Refused(f"the rehearsal knows no component {request.type}")
    composer = Composer(request, VERSIONS)
    if problems := schema.problems(request.type, composer.plain):
        raise Refused("; ".join(reason for _, reason in problems))
    return composer, build(composer)


def check(arguments: Properties) -> None:
    """Raises Refused for arguments that the real component refuses, in its words, or that are not emulated."""
    mode = arguments.get("authenticationMode")
    if mode not in (None, "CONFIG_MAP", "API_AND_CONFIG_MAP", "API"):
        raise Refused(
            f"Invalid value for authenticationMode: {mode}. Allowed values are: CONFIG_MAP, API_AND_CONFIG_MAP, API."
        )
    if mode == "API":
        for key in ("roleMappings", "userMappings", "instanceRoles"):
            if arguments.get(key):
                raise Refused(
                    f"The '{key}' property does not support non-empty values when 'authenticationMode' is set to 'API'."
                )
    elif mode != "API_AND_CONFIG_MAP" and arguments.get("accessEntries"):
        how = "not set" if mode is None else f"set to {mode!r}"
        raise Refused(f"The 'accessEntries' property is not supported when 'authenticationMode' is {how}.")
    if arguments.get("instanceRole") and arguments.get("instanceRoles"):
        raise Refused("instanceRole and instanceRoles are mutually exclusive, and cannot both be set.")
    if arguments.get("subnetIds") and (arguments.get("publicSubnetIds") or arguments.get("privateSubnetIds")):
        raise Refused(
            "subnetIds, and the use of publicSubnetIds and/or privateSubnetIds are mutually exclusive."
            " Choose a single approach."
        )
    if arguments.get("nodeGroupOptions") and any(arguments.get(key) for key in OF_NODES):
        raise Refused(
            "Setting nodeGroupOptions, and any set of singular node group option(s) on the cluster, is mutually"
            " exclusive. Choose a single approach."
        )
    if arguments.get("publicAccessCidrs") and arguments.get("endpointPublicAccess") is False:
        raise Refused("`publicAccessCidrs` can only be set when `endpointPublicAccess` is true")
    for key in NOT_EMULATED:
        if arguments.get(key):
            raise Refused(f"the rehearsal does not know what pulumi-eks does with {key}")
    if not arguments.get("skipDefaultNodeGroup") or arguments.get("createInstanceRole"):
        raise Refused(
            "the rehearsal knows no self-managed nodes: set skipDefaultNodeGroup, and createInstanceRole false"
        )
    if mode != "API":
        raise Refused("the rehearsal knows no aws-auth: set authenticationMode to API")


def _cluster(composer: Composer) -> Built:
    check(composer.plain)
    return eks_cluster.build(composer)


def check_nodes(inputs: Properties) -> None:
    """Raises Refused for arguments that the real component for managed nodes refuses, in its words."""
    if inputs.get("nodeRole") and inputs.get("nodeRoleArn"):
        raise Refused("You cannot specify both nodeRole and nodeRoleArn when creating a managed node group.")
    for key in ("gpu", "amiType"):
        if inputs.get("amiId") and inputs.get(key):
            raise Refused(f"You cannot specify both amiId and {key} when creating a managed node group.")
    if inputs.get("launchTemplate") and (own := [key for key in IN_A_TEMPLATE if inputs.get(key)]):
        raise Refused(
            f"If you provide a custom launch template, you cannot provide any of {', '.join(own)}. Please include these"
            " in the launch template that you are providing."
        )
    if not (inputs.get("nodeRole") or inputs.get("nodeRoleArn")):
        raise Refused("An IAM role, or role ARN must be provided to create a managed node group")


def _managed_node_group(composer: Composer) -> Built:
    """Follows createManagedNodeGroup in nodes/nodegroup.ts, without the launch templates that it creates for some
    options.
    """
    inputs = composer.plain
    check_nodes(inputs)
    core: Properties = composer.look_up(composer.inputs.get("cluster"))
    core = core.get("core", core)
    reference: Properties = core.get("cluster") or {}
    cluster = composer.look_up(reference)
    role = inputs.get("nodeRoleArn") or composer.look_up(composer.inputs["nodeRole"]).get("arn", UNKNOWN)
    passed = ("amiType", "capacityType", "diskSize", "forceUpdateVersion", "instanceTypes", "labels", "launchTemplate",
              "nodeGroupName", "releaseVersion", "taints", "tags", "version")  # fmt: skip
    group = composer.child(
        "aws:eks/nodeGroup:NodeGroup",
        composer.name,
        {
            **{key: inputs[key] for key in passed if key in inputs},
            "clusterName": plain(cluster.get("name", UNKNOWN)),
            "nodeRoleArn": plain(role),
            "scalingConfig": inputs.get("scalingConfig") or {"desiredSize": 2, "minSize": 1, "maxSize": 2},
            "subnetIds": inputs.get("subnetIds") or plain(core.get("subnetIds", UNKNOWN)),
        },
        {
            "clusterName": [*composer.sources_of("cluster"), *([reference["urn"]] if reference.get("urn") else [])],
            "nodeRoleArn": composer.sources_of("nodeRole", "nodeRoleArn"),
            "subnetIds": composer.sources_of("subnetIds"),
        },
        depends_on=composer.sources_of(*composer.inputs),
    )
    return {"nodeGroup": group.reference}, {"nodeGroup": [group.urn]}


COMPONENTS: dict[str, Callable[[Composer], Built]] = {
    "eks:index:Cluster": _cluster,
    "eks:index:ManagedNodeGroup": _managed_node_group,
}
