"""AWS verifies the name of an endpoint service by a TXT record that is there when it is asked."""

import pytest

from rehearsal.cloud.cloud import Cloud, Refused
from rehearsal.cloud.resource import Resource
from rehearsal.protocol.wire import Properties
from rehearsal.rules.acm import RECORD
from rehearsal.rules.elb import BALANCER
from rehearsal.rules.private_link import (
    SERVICE,
    VERIFICATION,
    a_balancer_of_a_service_stays,
    a_name_is_proven_by_its_record,
    a_service_stands_on_network_balancers,
)

VERIFIED = Resource(VERIFICATION, "vpce-svc-1", urn="a::verification", inputs={"serviceId": "vpce-svc-1"})


def cloud(kind: str = "network", record: Properties | None = None) -> Cloud:
    made = Cloud()
    made.put(Resource(BALANCER, "arn:nlb", inputs={"loadBalancerType": kind}))
    proof = {"name": "_proof", "type": "TXT", "value": "vpce:proof"}
    inputs = {"networkLoadBalancerArns": ["arn:nlb"], "privateDnsName": "milvus.example.org"}
    made.put(Resource(SERVICE, "vpce-svc-1", inputs=inputs, outputs={"privateDnsNameConfigurations": [proof]}))
    right: Properties = {"name": "_proof.milvus.example.org", "type": "TXT", "records": ["vpce:proof"]}
    made.put(Resource(RECORD, "record", urn="a::record", inputs=right | (record or {})))
    return made


def test_the_record_proves_the_name_and_comes_before() -> None:
    proven = cloud()
    a_name_is_proven_by_its_record(proven, VERIFIED)
    assert [(each.needing, each.needed) for each in proven.reliances] == [("a::verification", "a::record")]


@pytest.mark.parametrize(
    "record", [{"name": "_proof.example.org"}, {"type": "CNAME"}, {"records": ["vpce:other"]}], ids=str
)
def test_another_record_proves_nothing(record: Properties) -> None:
    with pytest.raises(Refused, match=r"verification failed: no TXT record _proof.milvus.example.org says vpce:proof"):
        a_name_is_proven_by_its_record(cloud(record=record), VERIFIED)


def test_a_service_stands_on_a_network_balancer_which_stays_with_it() -> None:
    (service,) = cloud().all(SERVICE)
    a_service_stands_on_network_balancers(cloud(), service)
    with pytest.raises(Refused, match="is no network load balancer"):
        a_service_stands_on_network_balancers(cloud("application"), service)
    (balancer,) = cloud().all(BALANCER)
    with pytest.raises(Refused, match="ResourceInUse: Load balancer 'arn:nlb' cannot be deleted"):
        a_balancer_of_a_service_stays(cloud(), balancer)
