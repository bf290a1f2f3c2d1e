"""A bed reads its configuration from the emulated cloud."""

import pytest

from rehearsal.cloud.cloud import Cloud
from rehearsal.cloud.resource import Resource
from rehearsal.rules.elb import BALANCER, LISTENER
from rehearsal.rules.msk import CLUSTER
from testbed.bed import BINDING, EFFECTS, SECRET, balancer_hosts, broker_hosts, environment_of
from testbed.translation import Pod, SecretEntry

POD = Pod({}, {"KAFKA_SASLPASSWORD": SecretEntry("milvus-kafka", "password")}, "milvus", "")


def balanced(*, port: int = 19530, protocol: str = "TCP", service: str = "milvus") -> Cloud:
    cloud = Cloud()
    reference = {"name": service, "port": 19530}
    cloud.put(Resource(BINDING, "b", inputs={"spec": {"serviceRef": reference, "targetGroupARN": "group"}}))
    actions = [{"type": "forward", "targetGroupArn": "group"}]
    inputs = {"loadBalancerArn": "nlb", "port": port, "protocol": protocol, "defaultActions": actions}
    cloud.put(Resource(LISTENER, "l", inputs=inputs))
    cloud.put(Resource(BALANCER, "nlb", outputs={"dnsName": "nlb.example"}))
    return cloud


def test_brokers_beyond_the_three_that_aws_lists_have_names_too() -> None:
    listed = "b-1.x.kafka.amazonaws.com:9096,b-2.x.kafka.amazonaws.com:9096,b-3.x.kafka.amazonaws.com:9096"
    cluster = Resource(CLUSTER, "c", outputs={"bootstrapBrokersSaslScram": listed, "numberOfBrokerNodes": 4})
    assert broker_hosts(cluster)[-1] == "b-4.x.kafka.amazonaws.com"
    assert len(broker_hosts(cluster)) == 4


def test_a_balancer_leads_to_milvus_if_its_listener_forwards_to_what_is_bound_to_the_service() -> None:
    assert balancer_hosts(balanced(), "milvus") == ["nlb.example"]


def test_a_balancer_of_another_service_or_port_does_not() -> None:
    assert balancer_hosts(balanced(service="attu"), "milvus") == []
    assert balancer_hosts(balanced(port=443), "milvus") == []
    assert balancer_hosts(balanced(protocol="TLS"), "milvus") == []


def test_the_environment_is_read_from_the_secrets_of_the_namespace() -> None:
    cloud = Cloud()
    cloud.put(Resource(SECRET, "milvus/milvus-kafka", inputs={"stringData": {"password": "p"}}))
    assert environment_of(cloud, POD, "milvus") == {"KAFKA_SASLPASSWORD": "p"}


def test_a_pod_whose_secret_or_its_key_is_missing_does_not_start() -> None:
    cloud = Cloud()
    message = "no key password in Secret milvus/milvus-kafka"
    with pytest.raises(RuntimeError, match=message):
        environment_of(cloud, POD, "milvus")
    cloud.put(Resource(SECRET, "milvus/milvus-kafka", inputs={"stringData": {"username": "u"}}))
    with pytest.raises(RuntimeError, match=message):
        environment_of(cloud, POD, "milvus")


def test_what_has_something_real_behind_it() -> None:
    assert {type_.rpartition(":")[2] for type_ in EFFECTS} == {
        "Bucket",
        "BucketPolicy",
        "Cluster",
        "OpenIdConnectProvider",
        "Release",
        "Role",
        "RolePolicy",
        "ScramSecretAssociation",
        "SecretVersion",
    }
