"""An account in which nothing is wrong, as AWS' APIs describe it, for a development stack in us-east-1."""

from datetime import UTC, datetime, timedelta
from typing import Any

from operations.doctor.subject import Clients, Subject
from planning import versions
from tests.operations.doctor.answers import Answers, Planned, RefusalError
from tests.settings.written import settings

ACCOUNT = "210987654321"
ROLE = f"arn:aws:sts::{ACCOUNT}:assumed-role/deployer/session"
CERTIFICATE = f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate/11111111-2222-3333-4444-555555555555"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/boundary"
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:pager"
SERVERS = ["ns-1.awsdns-01.org.", "ns-2.awsdns-02.com."]
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/disks"
GROUPS = ("us-east-1a", "us-east-1b", "us-east-1c")
WRITTEN: dict[str, Any] = {
    "target": "aws",
    "region": "us-east-1",
    "tier": "development",
    "workload": {"vectors": 1_000_000, "dimension": 1024},
    "cluster": {"publicAccessCidrs": ["52.1.2.0/24"], "permissionsBoundary": BOUNDARY},
    "attu": {"exposure": "internal"},
    "alarms": {"topicArns": [TOPIC]},
    "access": {
        "public": True,
        "clientCidrs": ["52.1.2.0/24"],
        "clientPrefixLists": ["pl-01234567"],
        "domain": {"zoneId": "Z0123456789ABC", "milvus": "milvus.corp.test", "attu": "attu.corp.test"},
    },
}
EXISTING: dict[str, Any] = {
    "network": {
        "existing": {
            "vpcId": "vpc-01234567",
            "privateSubnetIds": {"us-east-1a": "subnet-0000000a", "us-east-1b": "subnet-0000000b"},
            "publicSubnetIds": {"us-east-1a": "subnet-0000000c", "us-east-1b": "subnet-0000000d"},
        }
    }
}
IMPORTED: dict[str, Any] = {
    "access": {
        "clientCidrs": ["10.0.0.0/8"],
        "certificateArn": CERTIFICATE,
        "domain": {"milvus": "milvus.corp.test", "attu": "attu.corp.test"},
    }
}
QUOTAS = {
    "L-1216C47A": ("Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances", 256.0),
    "L-0263D0A3": ("EC2-VPC Elastic IPs", 5.0),
    "L-7A658B76": ("Storage for General Purpose SSD (gp3) volumes, in TiB", 50.0),
    "L-F678F1CE": ("VPCs per Region", 5.0),
    "L-A4707A72": ("Internet gateways per Region", 5.0),
    "L-FE5A380F": ("NAT gateways per Availability Zone", 5.0),
    "L-69A177A2": ("Network Load Balancers per Region", 50.0),
    "L-53DA6B97": ("Application Load Balancers per Region", 50.0),
    "L-1194D53C": ("Clusters", 100.0),
    "L-EDD31C36": ("Number of brokers per account", 90.0),
    "L-0EA8095F": ("Inbound or outbound rules per security group", 60.0),
}


def quota(**changed: float) -> Planned:
    """Service Quotas' answer, with other values by code (`L_1216C47A=8`)."""
    values = {code: changed.get(code.replace("-", "_"), value) for code, (_, value) in QUOTAS.items()}
    return lambda asked: {"Quota": {"QuotaName": QUOTAS[asked["QuotaCode"]][0], "Value": values[asked["QuotaCode"]]}}


def offerings(*missing: str, more: str = "us-east-1c") -> Planned:
    """All machines in all zones but those that are missing."""

    def answer(asked: dict[str, Any]) -> dict[str, Any]:
        return {
            "InstanceTypeOfferings": [
                {"InstanceType": kind, "Location": zone}
                for kind in asked["Filters"][0]["Values"]
                for zone in {*GROUPS, more}
                if zone not in missing
            ]
        }

    return answer


def decisions(*denied: str) -> Planned:
    return lambda asked: {
        "EvaluationResults": [
            {"EvalActionName": action, "EvalDecision": "implicitDeny" if action in denied else "allowed"}
            for action in asked["ActionNames"]
        ]
    }


def subnets(free: int) -> Planned:
    return lambda asked: {
        "Subnets": [
            {"SubnetId": each, "AvailabilityZone": "us-east-1a", "AvailableIpAddressCount": free}
            for each in asked.get("SubnetIds", [])
        ]
    }


def certificate(**changed: Any) -> dict[str, Any]:
    whole: dict[str, Any] = {
        "CertificateArn": CERTIFICATE,
        "DomainName": "milvus.corp.test",
        "SubjectAlternativeNames": ["milvus.corp.test", "*.corp.test"],
        "Status": "ISSUED",
        "NotAfter": datetime.now(UTC) + timedelta(days=200),
    }
    return {"Certificate": whole | changed}


def zone(name: str = "corp.test.", *, private: bool = False) -> dict[str, Any]:
    found = {"Id": "Z0123456789ABC", "Name": name, "CallerReference": "x", "Config": {"PrivateZone": private}}
    return {"HostedZone": found, "DelegationSet": {"NameServers": SERVERS}}


def key(manager: str = "CUSTOMER", state: str = "Enabled") -> dict[str, Any]:
    return {"KeyMetadata": {"KeyId": "disks", "Arn": KEY, "KeyManager": manager, "KeyState": state}}


def addons() -> dict[str, Any]:
    known = versions.KUBERNETES_VERSIONS[versions.KUBERNETES].addons
    return {
        "addons": [
            {"addonName": name, "addonVersions": [{"addonVersion": "v99"}, {"addonVersion": version}]}
            for name, version in known.items()
        ]
    }


HEALTHY: dict[str, Planned] = {
    "sts.GetCallerIdentity": {"Account": ACCOUNT, "Arn": ROLE, "UserId": "x"},
    "ec2.DescribeRegions": {"Regions": [{"RegionName": "us-east-1", "OptInStatus": "opt-in-not-required"}]},
    "ec2.DescribeAvailabilityZones": {
        "AvailabilityZones": [{"ZoneName": name, "ZoneId": f"use1-az{n}"} for n, name in enumerate(GROUPS, 4)]
    },
    "ec2.DescribeInstanceTypeOfferings": offerings(),
    "ec2.DescribeInstances": {"Reservations": []},
    "ec2.DescribeAddresses": {"Addresses": []},
    "ec2.DescribeVolumes": {"Volumes": []},
    "ec2.DescribeVpcs": {"Vpcs": [{"VpcId": "vpc-default"}]},
    "ec2.DescribeInternetGateways": {"InternetGateways": []},
    "ec2.DescribeNatGateways": {"NatGateways": []},
    "ec2.DescribeSubnets": subnets(4000),
    "ec2.DescribeManagedPrefixLists": {"PrefixLists": [{"PrefixListId": "pl-01234567", "MaxEntries": 5}]},
    "ec2.GetEbsDefaultKmsKeyId": {"KmsKeyId": "alias/aws/ebs"},
    "ec2.CreateVpc": RefusalError("DryRunOperation"),
    "ec2.CreateInternetGateway": RefusalError("DryRunOperation"),
    "ec2.AllocateAddress": RefusalError("DryRunOperation"),
    "ec2.CreateLaunchTemplate": RefusalError("DryRunOperation"),
    "elbv2.DescribeLoadBalancers": {"LoadBalancers": []},
    "eks.ListClusters": {"clusters": []},
    "eks.DescribeCluster": RefusalError("ResourceNotFoundException"),
    "eks.DescribeClusterVersions": {
        "clusterVersions": [
            {"clusterVersion": "1.34", "versionStatus": "EXTENDED_SUPPORT"},
            {"clusterVersion": "1.35", "versionStatus": "STANDARD_SUPPORT"},
        ]
    },
    "eks.DescribeAddonVersions": addons(),
    "kafka.ListClustersV2": {"ClusterInfoList": []},
    "kafka.ListKafkaVersions": {
        "KafkaVersions": [{"Version": each, "Status": "ACTIVE"} for each in versions.KAFKA_VERSIONS]
    },
    "service-quotas.GetServiceQuota": quota(),
    "iam.GetRole": {
        "Role": {"Path": "/", "RoleName": "r", "RoleId": "A" * 16, "Arn": "a" * 20, "CreateDate": datetime.now(UTC)}
    },
    "iam.GetPolicy": {"Policy": {}},
    "iam.SimulatePrincipalPolicy": decisions(),
    "sns.GetTopicAttributes": {"Attributes": {}},
    "acm.DescribeCertificate": certificate(),
    "route53.GetHostedZone": zone(),
    "kms.DescribeKey": key("AWS"),
}
ANSWERS = Answers()
CLIENTS = Clients(ANSWERS.session)


def subject(sections: dict[str, Any] | None = None, **state: Any) -> Subject:
    return Subject("dev", settings(WRITTEN | (sections or {})), CLIENTS, state)
