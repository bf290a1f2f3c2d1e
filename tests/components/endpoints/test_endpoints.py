"""The endpoints: who may connect, with which encryption, and that none of it waits for the cluster."""

from dataclasses import replace
from typing import Any

import pulumi
import pytest

from components.endpoints.attu_balancer import AttuBalancer, Oidc
from components.endpoints.endpoints import AttuListener, Domain, Endpoints, EndpointsArgs
from tests.components.clouds import validation
from tests.components.recording import Recording, record

BALANCER, LISTENER, TARGETS = (
    "aws:lb/loadBalancer:LoadBalancer",
    "aws:lb/listener:Listener",
    "aws:lb/targetGroup:TargetGroup",
)
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
CERTIFICATE, RECORD = "aws:acm/certificate:Certificate", "aws:route53/record:Record"

ARGS = EndpointsArgs(
    vpc_id="vpc", pod_cidrs={"a": "10.0.0.0/20", "b": "100.64.0.0/20"}, subnet_ids=["subnet-a", "subnet-b"]
)
DOMAIN = Domain(zone_id="Z1", milvus="milvus.example.com", attu="attu.example.com")
ATTU = AttuBalancer(internal=True, subnet_ids=["subnet-a", "subnet-b"], allowed=("10.1.0.0/16",))
OIDC = Oidc(
    issuer="https://login.example.com",
    authorization_endpoint="https://login.example.com/authorize",
    token_endpoint="https://login.example.com/token",
    user_info_endpoint="https://login.example.com/userinfo",
    client_id="attu",
    client_secret="planted-client-secret",
)


def made(args: EndpointsArgs = ARGS, *, preview: bool = False) -> Recording:
    def program() -> None:
        endpoints = Endpoints("ep", args)
        for output in Endpoints.__annotations__:
            pulumi.export(output, getattr(endpoints, output))

    return record(
        program,
        outputs={
            BALANCER: lambda r: {"dnsName": f"{r.name}.elb.amazonaws.com", "zoneId": "Z-ELB"},
            CERTIFICATE: validation,
            RECORD: lambda r: {"fqdn": r.inputs["name"]},
        },
        preview=preview,
    )


# --- Milvus


def test_internal_by_default_and_open_to_members_of_the_client_group_only() -> None:
    recording = made()
    assert recording.one(BALANCER).inputs["internal"] is True
    (rule,) = recording.all(INGRESS)
    assert rule.inputs["referencedSecurityGroupId"] == "ep-clients-id"
    assert (rule.inputs["securityGroupId"], rule.inputs["fromPort"]) == ("ep-milvus-id", 19530)
    assert recording.stack_outputs["client_security_group_id"] == "ep-clients-id"
    assert ways_out(recording) == {
        ("ep-clients-id", "ep-milvus-id", 19530),
        ("ep-milvus-id", "10.0.0.0/20", 19530),
        ("ep-milvus-id", "100.64.0.0/20", 19530),
    }


def ways_out(recording: Recording) -> set[tuple[str, str, int]]:
    return {
        (
            rule.inputs["securityGroupId"],
            rule.inputs.get("cidrIpv4") or rule.inputs["referencedSecurityGroupId"],
            rule.inputs["fromPort"],
        )
        for rule in recording.all(EGRESS)
    }


@pytest.mark.parametrize(
    ("attu", "group"), [(ATTU, "ep-attu-id"), (AttuListener(allowed=("10.1.0.0/16",)), "ep-milvus-id")]
)
def test_attu_is_reached_in_each_zone_also_outside_the_vpcs_first_cidr(
    attu: AttuBalancer | AttuListener, group: str
) -> None:
    to_attu = {way for way in ways_out(made(replace(ARGS, attu=attu))) if way[2] == 3000}
    assert to_attu == {(group, "10.0.0.0/20", 3000), (group, "100.64.0.0/20", 3000)}


def test_names_without_a_zone_make_no_records_and_take_a_given_certificate() -> None:
    domain = replace(DOMAIN, zone_id=None)
    recording = made(replace(ARGS, domain=domain, certificate_arn="arn:certificate", attu=ATTU))
    assert recording.all(RECORD) == []
    assert recording.all(CERTIFICATE) == []
    assert recording.stack_outputs["milvus_host"] == "milvus.example.com"
    assert recording.stack_outputs["attu_url"] == "https://attu.example.com"


def test_a_public_endpoint_admits_those_it_was_told_and_no_others() -> None:
    recording = made(replace(ARGS, internal=False, allowed=("203.0.113.0/24", "198.51.100.7/32")))
    assert recording.one(BALANCER).inputs["internal"] is False
    admitted = {rule.inputs.get("cidrIpv4") for rule in recording.all(INGRESS)}
    assert admitted == {"203.0.113.0/24", "198.51.100.7/32", None}


def test_plain_tcp_keeps_idle_connections_as_long_as_it_was_told() -> None:
    recording = made(replace(ARGS, idle_timeout_seconds=6000))
    listener = recording.one(LISTENER).inputs
    assert (listener["port"], listener["protocol"], listener["tcpIdleTimeoutSeconds"]) == (19530, "TCP", 6000)
    assert "certificateArn" not in listener
    outputs = recording.stack_outputs
    assert (outputs["milvus_host"], outputs["milvus_port"], outputs["milvus_tls"]) == (
        "ep-milvus.elb.amazonaws.com",
        19530,
        False,
    )


def test_a_certificate_makes_it_tls_with_http2_for_grpc() -> None:
    recording = made(replace(ARGS, certificate_arn="arn:certificate"))
    listener = recording.one(LISTENER).inputs
    assert (listener["protocol"], listener["certificateArn"]) == ("TLS", "arn:certificate")
    assert listener["alpnPolicy"] == "HTTP2Preferred"
    assert "TLS13" in listener["sslPolicy"]
    assert "tcpIdleTimeoutSeconds" not in listener  # AWS refuses it for TLS
    assert recording.one(TARGETS).inputs["protocol"] == "TCP"
    assert recording.stack_outputs["milvus_tls"] is True


def test_pods_see_the_balancer_and_are_asked_on_the_port_that_is_open() -> None:
    targets = made().one(TARGETS).inputs
    assert (targets["targetType"], targets["port"], targets["preserveClientIp"]) == ("ip", 19530, "false")
    assert targets["healthCheck"] == {"protocol": "TCP", "interval": 10, "healthyThreshold": 2, "unhealthyThreshold": 2}
    assert (targets["deregistrationDelay"], targets["connectionTermination"]) == (60, True)


def test_a_client_in_a_zone_without_a_proxy_is_served_from_another() -> None:
    assert made().one(BALANCER).inputs["enableCrossZoneLoadBalancing"] is True


def test_a_target_group_is_known_only_once_a_listener_uses_it() -> None:
    def program() -> None:
        endpoints = Endpoints("ep", ARGS)
        Endpoints("reader", replace(ARGS, vpc_id=endpoints.milvus_target_group_arn))

    recording = record(program)
    reader = recording.one(BALANCER, "reader-milvus")
    assert recording.depends(reader, recording.one(LISTENER, "ep-milvus"))


def test_nothing_waits_for_kubernetes() -> None:
    recording = made(replace(ARGS, attu=ATTU, domain=DOMAIN))
    assert {resource.type.split(":")[0] for resource in recording.resources} == {"aws", "milvus-on-aws"}


# --- names and certificates


def test_a_certificate_of_our_own_is_proven_for_every_name_and_issued_before_it_is_used() -> None:
    recording = made(replace(ARGS, domain=DOMAIN, attu=ATTU))
    proofs = {r.inputs["name"]: r.inputs["records"] for r in recording.all(RECORD) if r.inputs["type"] == "CNAME"}
    assert proofs == {
        "_proof.milvus.example.com": ["milvus.example.com.acm-validations.aws"],
        "_proof.attu.example.com": ["attu.example.com.acm-validations.aws"],
    }
    validated = recording.one("aws:acm/certificateValidation:CertificateValidation")
    assert recording.depends(recording.one(LISTENER, "ep-milvus"), validated)
    assert recording.depends(recording.one(LISTENER, "ep-attu-https"), validated)


def test_names_lead_to_their_balancers_and_are_what_clients_are_told() -> None:
    recording = made(replace(ARGS, domain=DOMAIN, attu=ATTU))
    aliases = {r.inputs["name"]: r.inputs["aliases"] for r in recording.all(RECORD) if r.inputs["type"] == "A"}
    assert aliases == {
        "milvus.example.com": [
            {"name": "ep-milvus.elb.amazonaws.com", "zoneId": "Z-ELB", "evaluateTargetHealth": False}
        ],
        "attu.example.com": [{"name": "ep-attu.elb.amazonaws.com", "zoneId": "Z-ELB", "evaluateTargetHealth": False}],
    }
    outputs = recording.stack_outputs
    assert (outputs["milvus_host"], outputs["attu_url"]) == ("milvus.example.com", "https://attu.example.com")


def test_a_given_certificate_or_plain_text_makes_none() -> None:
    assert made(replace(ARGS, domain=DOMAIN, certificate_arn="arn:given")).all(CERTIFICATE) == []
    assert made(replace(ARGS, domain=DOMAIN, tls=False)).all(CERTIFICATE) == []


# --- Attu


def test_no_attu_unless_it_is_asked_for() -> None:
    outputs = made().stack_outputs
    assert {key: outputs.get(key) for key in ("attu_url", "attu_target_group_arn", "attu_security_group_id")} == {
        "attu_url": None,
        "attu_target_group_arn": None,
        "attu_security_group_id": None,
    }


def test_attu_inside_without_a_certificate_is_plain_http() -> None:
    recording = made(replace(ARGS, attu=ATTU))
    listener = recording.one(LISTENER, "ep-attu-http").inputs
    assert listener["defaultActions"] == [{"type": "forward", "targetGroupArn": "arn:ep-attu"}]
    assert recording.stack_outputs["attu_url"] == "http://ep-attu.elb.amazonaws.com"
    assert {r.inputs["fromPort"] for r in recording.all(INGRESS) if r.inputs["securityGroupId"] == "ep-attu-id"} == {80}


def test_attu_behind_a_login_asks_before_it_forwards_and_keeps_the_clients_secret() -> None:
    recording = made(replace(ARGS, attu=replace(ATTU, oidc=OIDC), certificate_arn="arn:certificate"))
    https = recording.one(LISTENER, "ep-attu-https")
    first, second = https.inputs["defaultActions"]
    assert (first["type"], first["order"]) == ("authenticate-oidc", 1)
    assert (second["type"], second["order"]) == ("forward", 2)
    assert "planted-client-secret" in str(https.inputs)
    assert "Secret(value='planted-client-secret')" in str(https.raw)
    redirect = recording.one(LISTENER, "ep-attu-http").inputs["defaultActions"][0]["redirect"]
    assert (redirect["protocol"], redirect["statusCode"]) == ("HTTPS", "HTTP_301")
    ways_out = {(r.inputs.get("cidrIpv4"), r.inputs["fromPort"]) for r in recording.all(EGRESS)}
    assert ("0.0.0.0/0", 443) in ways_out  # the balancer itself asks the identity provider


def test_attu_as_the_guides_have_it_is_port_3000_of_the_same_balancer() -> None:
    recording = made(replace(ARGS, attu=AttuListener(allowed=("10.1.0.0/16",)), certificate_arn="arn:c"))
    assert [balancer.name for balancer in recording.all(BALANCER)] == ["ep-milvus"]
    listener = recording.one(LISTENER, "ep-attu").inputs
    assert (listener["port"], listener["protocol"]) == (3000, "TLS")
    assert recording.stack_outputs["attu_url"] == "https://ep-milvus.elb.amazonaws.com:3000"
    assert ("10.1.0.0/16", 3000) in {(r.inputs.get("cidrIpv4"), r.inputs["fromPort"]) for r in recording.all(INGRESS)}
    assert recording.stack_outputs["attu_security_group_id"] == "ep-milvus-id"


# --- what is refused


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"internal": False}, "a public endpoint admits nobody"),
        ({"idle_timeout_seconds": 59}, "59 s: an NLB takes 60 to 6000"),
        ({"idle_timeout_seconds": 6001}, "6001 s"),
        ({"attu": replace(ATTU, allowed=())}, "Attu's load balancer admits nobody"),
        ({"attu": replace(ATTU, internal=False)}, "needs HTTPS"),
        ({"attu": replace(ATTU, oidc=OIDC)}, "needs HTTPS"),
        ({"attu": replace(ATTU, oidc=OIDC), "domain": DOMAIN, "tls": False}, "needs HTTPS"),
    ],
)
def test_what_cannot_work_or_would_be_unsafe_is_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(ARGS, **wrong)


@pytest.mark.parametrize("name", ["a-very-long-component-name", "internal"])
def test_a_name_that_aws_would_refuse_is_refused_before_anything_is_made(name: str) -> None:
    with pytest.raises(ValueError, match="give the component a shorter name"):
        record(lambda: Endpoints(name, ARGS) and None)


def test_a_preview_before_anything_exists_runs_through() -> None:
    assert made(replace(ARGS, domain=DOMAIN, attu=ATTU), preview=True).one(BALANCER, "ep-milvus")
