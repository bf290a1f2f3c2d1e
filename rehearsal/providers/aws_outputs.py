"""Generates ids, ARNs and other outputs of AWS resources, in AWS' forms.

Outputs that no rule and no program here reads are left out; provider.NEUTRAL stands for them.
"""

import secrets
import uuid
from collections.abc import Callable
from typing import TypeAlias

from rehearsal.cloud.cloud import Cloud
from rehearsal.cloud.resource import Resource
from rehearsal.protocol.wire import Properties, Value
from rehearsal.published.regions import dns_suffix, partition

# The id of each type. A word in braces is an input, or one of the `facts` in identify().
IDS = {
    "aws:acm/certificate:Certificate": "{arn}",
    "aws:acm/certificateValidation:CertificateValidation": "{certificateArn}",
    "aws:appautoscaling/policy:Policy": "{name}",
    "aws:appautoscaling/target:Target": "{resourceId}",
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": "{alarmName}",
    "aws:cloudwatch/dashboard:Dashboard": "{dashboardName}",
    "aws:cloudwatch/logGroup:LogGroup": "{name}",
    "aws:cloudwatch/metricAlarm:MetricAlarm": "{name}",
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": "sg-{hex}",
    "aws:ec2/eip:Eip": "eipalloc-{hex}",
    "aws:ec2/flowLog:FlowLog": "fl-{hex}",
    "aws:ec2/internetGateway:InternetGateway": "igw-{hex}",
    "aws:ec2/launchTemplate:LaunchTemplate": "lt-{hex}",
    "aws:ec2/natGateway:NatGateway": "nat-{hex}",
    "aws:ec2/route:Route": "r-{routeTableId}{destinationCidrBlock}",
    "aws:ec2/routeTable:RouteTable": "rtb-{hex}",
    "aws:ec2/routeTableAssociation:RouteTableAssociation": "rtbassoc-{hex}",
    "aws:ec2/securityGroup:SecurityGroup": "sg-{hex}",
    "aws:ec2/securityGroupRule:SecurityGroupRule": "sgrule-{hex}",
    "aws:ec2/subnet:Subnet": "subnet-{hex}",
    "aws:ec2/vpc:Vpc": "vpc-{hex}",
    "aws:ec2/vpcEndpoint:VpcEndpoint": "vpce-{hex}",
    "aws:ec2/vpcEndpointService:VpcEndpointService": "vpce-svc-{hex}",
    "aws:eks/accessEntry:AccessEntry": "{clusterName}:{principalArn}",
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": "{clusterName}#{principalArn}#{policyArn}",
    "aws:eks/addon:Addon": "{clusterName}:{addonName}",
    "aws:eks/cluster:Cluster": "{name}",
    "aws:eks/nodeGroup:NodeGroup": "{clusterName}:{nodeGroupName}",
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": "{arn}",
    "aws:iam/policy:Policy": "{arn}",
    "aws:iam/role:Role": "{name}",
    "aws:iam/rolePolicy:RolePolicy": "{role}:{name}",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": "{role}/{policyArn}",
    "aws:kms/alias:Alias": "{name}",
    "aws:kms/key:Key": "{uuid}",
    "aws:lb/listener:Listener": "{arn}",
    "aws:lb/loadBalancer:LoadBalancer": "{arn}",
    "aws:lb/targetGroup:TargetGroup": "{arn}",
    "aws:msk/cluster:Cluster": "{arn}",
    "aws:msk/configuration:Configuration": "{arn}",
    "aws:msk/scramSecretAssociation:ScramSecretAssociation": "{clusterArn}",
    "aws:msk/singleScramSecretAssociation:SingleScramSecretAssociation": "{clusterArn},{secretArn}",
    "aws:route53/record:Record": "{zoneId}_{name}_{type}",
    "aws:s3/bucketObjectv2:BucketObjectv2": "{bucket}/{key}",
    "aws:secretsmanager/secret:Secret": "{arn}",
    "aws:secretsmanager/secretPolicy:SecretPolicy": "{secretArn}",
    "aws:secretsmanager/secretVersion:SecretVersion": "{secretId}|{uuid}",
    "aws:sns/topic:Topic": "{arn}",
    "aws:sns/topicSubscription:TopicSubscription": "{topic}:{uuid}",
    "aws:ssm/parameter:Parameter": "{name}",
    "aws:vpc/endpointServicePrivateDnsVerification:EndpointServicePrivateDnsVerification": "{serviceId}",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": "sgr-{hex}",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": "sgr-{hex}",
}
BUCKET_SETTINGS = "aws:s3/bucket"  # aws:s3/bucketPolicy:BucketPolicy and the like: one of each kind a bucket

# docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
ARNS = {
    "aws:acm/certificate:Certificate": "acm:{region}:{account}:certificate/{uuid}",
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": "cloudwatch:{region}:{account}:alarm:{alarmName}",
    "aws:cloudwatch/metricAlarm:MetricAlarm": "cloudwatch:{region}:{account}:alarm:{name}",
    "aws:cloudwatch/dashboard:Dashboard": "cloudwatch::{account}:dashboard/{dashboardName}",
    "aws:cloudwatch/logGroup:LogGroup": "logs:{region}:{account}:log-group:{name}",
    "aws:ec2/eip:Eip": "ec2:{region}:{account}:elastic-ip/{id}",
    "aws:ec2/flowLog:FlowLog": "ec2:{region}:{account}:vpc-flow-log/{id}",
    "aws:ec2/internetGateway:InternetGateway": "ec2:{region}:{account}:internet-gateway/{id}",
    "aws:ec2/launchTemplate:LaunchTemplate": "ec2:{region}:{account}:launch-template/{id}",
    "aws:ec2/routeTable:RouteTable": "ec2:{region}:{account}:route-table/{id}",
    "aws:ec2/securityGroup:SecurityGroup": "ec2:{region}:{account}:security-group/{id}",
    "aws:ec2/subnet:Subnet": "ec2:{region}:{account}:subnet/{id}",
    "aws:ec2/vpc:Vpc": "ec2:{region}:{account}:vpc/{id}",
    "aws:ec2/vpcEndpoint:VpcEndpoint": "ec2:{region}:{account}:vpc-endpoint/{id}",
    "aws:ec2/vpcEndpointService:VpcEndpointService": "ec2:{region}:{account}:vpc-endpoint-service/{id}",
    "aws:eks/addon:Addon": "eks:{region}:{account}:addon/{clusterName}/{addonName}/{uuid}",
    "aws:eks/cluster:Cluster": "eks:{region}:{account}:cluster/{name}",
    "aws:eks/nodeGroup:NodeGroup": "eks:{region}:{account}:nodegroup/{clusterName}/{nodeGroupName}/{uuid}",
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": "iam::{account}:oidc-provider/{host}",
    "aws:iam/policy:Policy": "iam::{account}:policy/{name}",
    "aws:iam/role:Role": "iam::{account}:role/{name}",
    "aws:kms/alias:Alias": "kms:{region}:{account}:{name}",
    "aws:kms/key:Key": "kms:{region}:{account}:key/{id}",
    "aws:lb/loadBalancer:LoadBalancer": "elasticloadbalancing:{region}:{account}:loadbalancer/{kind}/{name}/{hex16}",
    "aws:lb/targetGroup:TargetGroup": "elasticloadbalancing:{region}:{account}:targetgroup/{name}/{hex16}",
    "aws:msk/cluster:Cluster": "kafka:{region}:{account}:cluster/{clusterName}/{uuid}-2",
    "aws:msk/configuration:Configuration": "kafka:{region}:{account}:configuration/{name}/{uuid}-2",
    "aws:s3/bucket:Bucket": "s3:::{bucket}",
    "aws:secretsmanager/secret:Secret": "secretsmanager:{region}:{account}:secret:{name}-{random6}",
    "aws:sns/topic:Topic": "sns:{region}:{account}:{name}",
    "aws:ssm/parameter:Parameter": "ssm:{region}:{account}:parameter/{name}",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": "ec2:{region}:{account}:security-group-rule/{id}",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": "ec2:{region}:{account}:security-group-rule/{id}",
}

Computing: TypeAlias = Callable[[Cloud, Resource], Properties]


class _Facts(dict[str, str]):
    """Values for templates; an input that the program left out is empty."""

    def __missing__(self, key: str) -> str:
        return ""


def identify(resource: Resource) -> tuple[str, str]:
    """A new resource's id and ARN; the ARN is empty for types that have none."""
    facts = _Facts({key: str(value) for key, value in resource.inputs.items()})
    facts |= {
        "account": resource.account,
        "region": resource.region,
        "hex": "0" + secrets.token_hex(8),
        "hex16": secrets.token_hex(8),
        "random6": secrets.token_hex(3),
        "uuid": str(uuid.uuid4()),
        "kind": {"network": "net", "gateway": "gwy"}.get(resource.inputs.get("loadBalancerType", ""), "app"),
        "host": str(resource.inputs.get("url", "")).removeprefix("https://"),
    }
    for key in ("name", "bucket", "clusterName"):
        if not facts[key] and (prefix := resource.inputs.get(f"{key}Prefix")):
            # terraform-plugin-sdk, helper/id: a time stamp and a counter, 26 digits
            facts[key] = f"{prefix}{uuid.uuid4().int % 10**26:026d}"
            resource.outputs[key] = facts[key]
    template = IDS.get(resource.type, "{bucket}" if resource.type.startswith(BUCKET_SETTINGS) else "{name}-{hex}")
    arn = ""
    if resource.type == "aws:lb/listener:Listener":
        arn = resource.inputs["loadBalancerArn"].replace(":loadbalancer/", ":listener/") + "/" + facts["hex16"]
    elif resource.type in ARNS:
        facts["id"] = "" if template == "{arn}" else template.format_map(facts)
        arn = f"arn:{partition(resource.region)}:" + ARNS[resource.type].format_map(facts)
    facts["arn"] = arn
    return template.format_map(facts), arn


def computed(cloud: Cloud, resource: Resource) -> Properties:
    """Outputs that are not inputs. `resource` must have its id."""
    special = COMPUTED.get(resource.type)
    return {"region": resource.region, "ownerId": resource.account} | (special(cloud, resource) if special else {})


def _random_name(length: int) -> str:
    return secrets.token_hex(length)[:length]


def _vpc(cloud: Cloud, vpc: Resource) -> Properties:
    ids = {
        "defaultNetworkAclId": "acl",
        "defaultRouteTableId": "rtb",
        "defaultSecurityGroupId": "sg",
        "dhcpOptionsId": "dopt",
    }
    made: Properties = {key: f"{prefix}-0{secrets.token_hex(8)}" for key, prefix in ids.items()}
    defaults = {"enableDnsSupport": True, "enableDnsHostnames": False, "instanceTenancy": "default"}
    return made | {"mainRouteTableId": made["defaultRouteTableId"]} | defaults | vpc.inputs


def _eip(cloud: Cloud, eip: Resource) -> Properties:
    address = "203.0.113." + str(secrets.randbelow(254) + 1)  # TEST-NET-3, RFC 5737
    name = f"ec2-{address.replace('.', '-')}.{eip.region}.compute.{dns_suffix(eip.region)}"
    return {"allocationId": eip.id, "publicIp": address, "publicDns": name}


def _nat_gateway(cloud: Cloud, gateway: Resource) -> Properties:
    eip = cloud.get("aws:ec2/eip:Eip", gateway.inputs.get("allocationId"))
    interface = f"eni-0{secrets.token_hex(8)}"
    return {"publicIp": eip["publicIp"] if eip else "", "networkInterfaceId": interface, "privateIp": "10.0.0.10"}


def _cluster(cloud: Cloud, cluster: Resource) -> Properties:
    identity = secrets.token_hex(16).upper()
    subnets: list[Value] = cluster["vpcConfig.subnetIds"] or []
    subnet = cloud.get("aws:ec2/subnet:Subnet", subnets[0]) if subnets else None
    suffix = dns_suffix(cluster.region)
    return {
        "endpoint": f"https://{identity}.gr7.{cluster.region}.eks.{suffix}",
        "certificateAuthority": {"data": "UmVoZWFyc2Fs"},
        "identities": [{"oidcs": [{"issuer": f"https://oidc.eks.{cluster.region}.{suffix}/id/{identity}"}]}],
        "status": "ACTIVE",
        "platformVersion": "eks.1",
        "version": cluster.inputs.get("version", "1.35"),
        "vpcConfig": {
            **cluster.inputs.get("vpcConfig", {}),
            "clusterSecurityGroupId": f"sg-0{secrets.token_hex(8)}",
            "vpcId": subnet["vpcId"] if subnet else "",
        },
    }


def _node_group(cloud: Cloud, group: Resource) -> Properties:
    return {"status": "ACTIVE", "resources": [{"autoscalingGroups": [{"name": f"eks-{group.name}"}]}]}


# Ports: docs.aws.amazon.com/msk/latest/developerguide/port-info.html
def _kafka(cloud: Cloud, cluster: Resource) -> Properties:
    host = f"{cluster['clusterName']}.{_random_name(6)}.c2.kafka.{cluster.region}.{dns_suffix(cluster.region)}"
    in_transit = cluster["encryptionInfo.encryptionInTransit.clientBroker"] or "TLS"
    anonymous = cluster["clientAuthentication.unauthenticated"] is True or not cluster["clientAuthentication"]
    listeners = {
        "bootstrapBrokers": (9092, anonymous and "PLAINTEXT" in in_transit),
        "bootstrapBrokersTls": (9094, "TLS" in in_transit and (anonymous or bool(cluster["clientAuthentication.tls"]))),
        "bootstrapBrokersSaslScram": (9096, cluster["clientAuthentication.sasl.scram"] is True),
        "bootstrapBrokersSaslIam": (9098, cluster["clientAuthentication.sasl.iam"] is True),
    }
    brokers = range(1, min(3, cluster.inputs["numberOfBrokerNodes"]) + 1)  # AWS lists three at most
    return {
        key: ",".join(f"b-{broker}.{host}:{port}" for broker in brokers) for key, (port, on) in listeners.items() if on
    } | {"currentVersion": "K3P5ROKL5A1OLE", "clusterUuid": cluster.id.rsplit("/", 1)[-1]}


def _secret_version(cloud: Cloud, version: Resource) -> Properties:
    secret = version.inputs["secretId"]
    identity = version.id.rsplit("|", 1)[-1]
    return {"arn": secret, "secretArn": secret, "versionId": identity, "versionStages": ["AWSCURRENT"]}


def _bucket(cloud: Cloud, bucket: Resource) -> Properties:
    name = bucket["bucket"]
    return {
        "bucketDomainName": f"{name}.s3.{dns_suffix(bucket.region)}",
        "bucketRegion": bucket.region,
        "bucketRegionalDomainName": f"{name}.s3.{bucket.region}.{dns_suffix(bucket.region)}",
    }


def _load_balancer(cloud: Cloud, balancer: Resource) -> Properties:
    """DNS names of network and application balancers differ: docs.aws.amazon.com/elasticloadbalancing/latest"""
    name, code = balancer["name"], balancer.id.rsplit("/", 1)[-1]
    application = balancer.inputs.get("loadBalancerType", "application") == "application"
    internal = "internal-" if balancer.inputs.get("internal") and application else ""
    subnets: list[Value] = balancer.inputs.get("subnets") or []
    subnet = cloud.get("aws:ec2/subnet:Subnet", subnets[0]) if subnets else None
    return {
        "arnSuffix": balancer.id.split(":loadbalancer/")[-1],
        "dnsName": f"{internal}{name}-{int(code, 16) % 10**9}.{balancer.region}.elb.{dns_suffix(balancer.region)}"
        if application
        else f"{name}-{code}.elb.{balancer.region}.{dns_suffix(balancer.region)}",
        "vpcId": subnet["vpcId"] if subnet else "",
        "zoneId": "Z35SXDOTRQ7X7K" if application else "Z26RNL4JYFTOTI",  # us-east-1; each region has its own
        "ipAddressType": "ipv4",
    }


def _certificate(cloud: Cloud, certificate: Resource) -> Properties:
    """A pending certificate: docs.aws.amazon.com/acm/latest/userguide/dns-validation.html"""
    domains: list[str] = [certificate.inputs["domainName"], *(certificate.inputs.get("subjectAlternativeNames") or [])]
    return {
        "status": "PENDING_VALIDATION",
        "domainValidationOptions": [
            {
                "domainName": domain,
                "resourceRecordName": f"_{_random_name(32)}.{domain}.",
                "resourceRecordType": "CNAME",
                "resourceRecordValue": f"_{_random_name(32)}.{_random_name(10)}.acm-validations.aws.",
            }
            for domain in dict.fromkeys(domains)
        ],
    }


COMPUTED: dict[str, Computing] = {
    "aws:acm/certificate:Certificate": _certificate,
    "aws:ec2/eip:Eip": _eip,
    "aws:ec2/launchTemplate:LaunchTemplate": lambda _, __: {"latestVersion": 1, "defaultVersion": 1},
    "aws:ec2/natGateway:NatGateway": _nat_gateway,
    "aws:ec2/vpc:Vpc": _vpc,
    "aws:ec2/vpcEndpointService:VpcEndpointService": lambda _, service: {
        "serviceName": f"com.amazonaws.vpce.{service.region}.{service.id}",
        "privateDnsNameConfigurations": [{"name": f"_{_random_name(20)}", "type": "TXT", "value": "vpce:proof"}],
    },
    "aws:eks/accessEntry:AccessEntry": lambda _, entry: {"userName": entry["userName"] or entry["principalArn"]},
    "aws:eks/cluster:Cluster": _cluster,
    "aws:eks/nodeGroup:NodeGroup": _node_group,
    "aws:kms/key:Key": lambda _, key: {"keyId": key.id},
    "aws:lb/loadBalancer:LoadBalancer": _load_balancer,
    "aws:lb/targetGroup:TargetGroup": lambda _, group: {"arnSuffix": group.id.split(":")[-1]},
    "aws:msk/cluster:Cluster": _kafka,
    "aws:msk/configuration:Configuration": lambda _, __: {"latestRevision": 1},
    "aws:route53/record:Record": lambda _, record: {"fqdn": record.inputs["name"]},
    "aws:s3/bucket:Bucket": _bucket,
    "aws:secretsmanager/secretVersion:SecretVersion": _secret_version,
    # Nobody follows the link in the mail during a rehearsal.
    "aws:sns/topicSubscription:TopicSubscription": lambda _, each: {"arn": each.id, "pendingConfirmation": True},
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": lambda _, rule: {"securityGroupRuleId": rule.id},
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": lambda _, rule: {"securityGroupRuleId": rule.id},
}  # fmt: skip
