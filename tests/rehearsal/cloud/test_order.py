"""A missing dependency is reported in whichever order the engine happened to work."""

import pytest

from rehearsal import rules
from rehearsal.cloud.cloud import Cloud
from rehearsal.cloud.resource import Resource
from rehearsal.rules import eks, msk_users

CLUSTER = Resource(
    eks.CLUSTER, "c", urn="urn:cluster", inputs={"enabledClusterLogTypes": ["audit"], "vpcConfig": {"subnetIds": []}}
)
GROUP = Resource(eks.LOG_GROUP, "/aws/eks/c/cluster", urn="urn:group")
USERS = Resource(msk_users.USERS, "u", urn="urn:users", inputs={"secretArnLists": ["arn:secret"]})
ALLOWS = '{"Statement": [{"Effect": "Allow", "Principal": {"Service": "kafka.amazonaws.com"}, "Action": "*"}]}'
POLICY = Resource(msk_users.POLICY, "p", urn="urn:policy", inputs={"secretArn": "arn:secret", "policy": ALLOWS})


@pytest.mark.parametrize(("needing", "needed"), [(CLUSTER, GROUP), (USERS, POLICY)])
@pytest.mark.parametrize("late", [False, True], ids=["in order", "late"])
def test_a_reliance_is_noted_in_either_order(needing: Resource, needed: Resource, late: bool) -> None:
    rules.register()
    cloud = Cloud(forgiving=True)
    for resource in (needing, needed) if late else (needed, needing):
        cloud.create(resource)
    assert (needing.urn, needed.urn) in {(each.needing, each.needed) for each in cloud.reliances}
