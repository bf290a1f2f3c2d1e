"""Arguments that pulumi-eks refuses.

Source: its nodejs/eks/cluster/authenticationMode.ts, cluster.ts, nodes/nodegroup.ts.
"""

import pytest

from rehearsal.cloud.cloud import Refused
from rehearsal.protocol.wire import Properties
from rehearsal.providers.eks import check, check_nodes

FINE: Properties = {
    "authenticationMode": "API",
    "privateSubnetIds": ["subnet-1", "subnet-2"],
    "skipDefaultNodeGroup": True,
    "createInstanceRole": False,
}
NODES: Properties = {"nodeRoleArn": "arn:aws:iam::123456789012:role/nodes"}


def test_what_the_program_gives_is_taken() -> None:
    check(FINE)
    check({**FINE, "instanceRoles": [], "accessEntries": {"team": {}}})
    check_nodes(NODES)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"authenticationMode": "IAM"}, "Invalid value for authenticationMode: IAM. Allowed values are: CONFIG_MAP,"),
        ({"roleMappings": [{}]}, "The 'roleMappings' property does not support non-empty values when 'authentication"),
        ({"userMappings": [{}]}, "The 'userMappings' property does not support non-empty values"),
        ({"instanceRoles": ["r"]}, "The 'instanceRoles' property does not support non-empty values"),
        (
            {"authenticationMode": "CONFIG_MAP", "accessEntries": {"team": {}}},
            "The 'accessEntries' property is not supported when 'authenticationMode' is set to 'CONFIG_MAP'.",
        ),
        (
            {"authenticationMode": None, "accessEntries": {"team": {}}},
            "The 'accessEntries' property is not supported when 'authenticationMode' is not set.",
        ),
        (
            {"authenticationMode": "API_AND_CONFIG_MAP", "instanceRole": "r", "instanceRoles": ["r"]},
            "instanceRole and instanceRoles are mutually exclusive, and cannot both be set.",
        ),
        ({"subnetIds": ["subnet-3"]}, "subnetIds, and the use of publicSubnetIds and/or privateSubnetIds are mutually"),
        (
            {"nodeGroupOptions": {"gpu": True}, "minSize": 1},
            "Setting nodeGroupOptions, and any set of singular node group option",
        ),
        (
            {"publicAccessCidrs": ["198.51.100.0/24"], "endpointPublicAccess": False},
            "`publicAccessCidrs` can only be set when `endpointPublicAccess` is true",
        ),
        ({"fargate": True}, "the rehearsal does not know what pulumi-eks does with fargate"),
        ({"skipDefaultNodeGroup": False}, "the rehearsal knows no self-managed nodes"),
        ({"authenticationMode": "API_AND_CONFIG_MAP"}, "the rehearsal knows no aws-auth"),
    ],
)
def test_a_cluster_refuses(arguments: Properties, reason: str) -> None:
    with pytest.raises(Refused) as refusal:
        check({**FINE, **arguments})
    assert str(refusal.value).startswith(reason)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"nodeRole": "r"}, "You cannot specify both nodeRole and nodeRoleArn"),
        ({"nodeRoleArn": None}, "An IAM role, or role ARN must be provided to create a managed node group"),
        ({"amiId": "ami-1", "amiType": "CUSTOM"}, "You cannot specify both amiId and amiType"),
        ({"launchTemplate": {"id": "lt-1"}, "userData": "x"}, "If you provide a custom launch template, you cannot"),
    ],
)
def test_managed_nodes_refuse(arguments: Properties, reason: str) -> None:
    with pytest.raises(Refused) as refusal:
        check_nodes({**NODES, **arguments})
    assert str(refusal.value).startswith(reason)
