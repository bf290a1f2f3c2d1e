"""Rules of AWS PrivateLink: what an endpoint service stands on, how its name is proven, and what its consumers find."""

from rehearsal.cloud.cloud import Cloud, Refused, rule
from rehearsal.cloud.resource import Resource
from rehearsal.rules.acm import RECORD
from rehearsal.rules.consumer import CONTRACT, PARAMETER, contract_of, wrong
from rehearsal.rules.elb import BALANCER

SERVICE = "aws:ec2/vpcEndpointService:VpcEndpointService"
VERIFICATION = "aws:vpc/endpointServicePrivateDnsVerification:EndpointServicePrivateDnsVerification"
GUIDE = "docs.aws.amazon.com/vpc/latest/privatelink/"


@rule(SERVICE, "before_create", source=f"{GUIDE}create-endpoint-service.html")
def a_service_stands_on_network_balancers(cloud: Cloud, service: Resource) -> None:
    for arn in service["networkLoadBalancerArns"] or ():
        balancer = cloud.need(service, BALANCER, arn, f"InvalidParameter: no load balancer {arn}")
        if balancer["loadBalancerType"] != "network":
            raise Refused(f"InvalidParameter: {balancer.name} is no network load balancer")


@rule(BALANCER, "before_delete", source="docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/"
      "API_DeleteLoadBalancer.html")  # fmt: skip
def a_balancer_of_a_service_stays(cloud: Cloud, balancer: Resource) -> None:
    for service in cloud.all(SERVICE):
        if balancer.id in (service["networkLoadBalancerArns"] or ()):
            raise Refused(
                f"ResourceInUse: Load balancer '{balancer.id}' cannot be deleted because it is currently associated"
                f" with another service: {service.name}"
            )


@rule(VERIFICATION, "ready", source=f"{GUIDE}manage-dns-names.html")
def a_name_is_proven_by_its_record(cloud: Cloud, verification: Resource) -> None:
    service = cloud.need(verification, SERVICE, verification["serviceId"])
    for proof in service["privateDnsNameConfigurations"] or ():
        name = f"{proof['name']}.{service['privateDnsName']}"
        records = [each for each in cloud.all(RECORD, name=name, type="TXT") if proof["value"] in each["records"]]
        if not records:
            raise Refused(f"verification failed: no TXT record {name} says {proof['value']}")
        cloud.relies(verification, records[0], "AWS looks for the record once it is asked")


@rule(PARAMETER, "ready", source=CONTRACT)
def a_consumer_connects_by_private_link(cloud: Cloud, version: Resource) -> None:
    """From a VPC of which nothing is known here: the security group must not judge its addresses."""
    contract = contract_of(cloud, version)
    if contract is None or contract.private_link_service_name is None:
        return
    services = cloud.all(SERVICE, serviceName=contract.private_link_service_name)
    if not services:
        raise wrong("private_link_service_name", contract.private_link_service_name, "no such endpoint service")
    (service,) = services
    if contract.nlb_arn not in (service["networkLoadBalancerArns"] or ()):
        raise wrong("private_link_service_name", service["serviceName"], f"it does not lead to {contract.nlb_arn}")
    balancer = cloud.need(version, BALANCER, contract.nlb_arn)
    if balancer["securityGroups"] and balancer["enforceSecurityGroupInboundRulesOnPrivateLinkTraffic"] != "off":
        raise wrong(
            "private_link_service_name",
            service["serviceName"],
            f"connection timed out: the security groups of {balancer.name} judge the addresses of consumers' VPCs",
        )
    if contract.private_link_dns_name != (service["privateDnsName"] or None):
        raise wrong("private_link_dns_name", contract.private_link_dns_name, f"{service.name} has another one")
    if contract.private_link_dns_name:
        verified = cloud.all(VERIFICATION, serviceId=service.id)
        if not verified:
            raise wrong("private_link_dns_name", contract.private_link_dns_name, "AWS has not verified it")
        cloud.relies(version, verified[0], "consumers can't use the name before")
