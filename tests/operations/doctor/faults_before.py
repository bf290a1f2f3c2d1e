"""The faults that are planted in an account before a deployment, one a line."""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from tests.operations.doctor import healthy
from tests.operations.doctor.answers import Planned, RefusalError
from tests.operations.doctor.healthy import BOUNDARY, CERTIFICATE, EXISTING, IMPORTED, KEY, TOPIC, WRITTEN

R = RefusalError
NOBODY = R("UnauthorizedOperation", "You are not authorized. Encoded authorization failure message: abc")
BUSY = {"InstanceType": "m7g.16xlarge", "CpuOptions": {"CoreCount": 64, "ThreadsPerCore": 4}}
OFF = {"Regions": [{"RegionName": "us-east-1", "OptInStatus": "not-opted-in"}]}
OWN, SILENT = {"KmsKeyId": KEY}, {"Policy": "{}"}
OLD = {"clusterVersions": [{"clusterVersion": "1.35", "versionStatus": "EXTENDED_SUPPORT"}]}
GROUP = {"ClientSubnets": ["subnet-1"], "InstanceType": "kafka.m5.large"}
BROKERS = {"ClusterInfoList": [{"Provisioned": {"BrokerNodeGroupInfo": GROUP, "NumberOfBrokerNodes": 89}}]}
ADDON = {"cluster": {**WRITTEN["cluster"], "addonVersions": {"coredns": "v0.0.1-eksbuild.1"}}}


class Fault(NamedTuple):
    check: str
    """The row of the doctor's table that must name it."""
    what: str
    """Part of what it says."""
    planned: dict[str, Planned]
    """What AWS answers instead."""
    sections: dict[str, Any]
    """Settings that differ."""


def fault(check: str, what: str, sections: dict[str, Any] | None = None, **planned: Planned) -> Fault:
    """A fault, with AWS' answers by service and operation."""
    operations = {name.replace("_", ".", 1).replace("quotas.", "service-quotas."): planned[name] for name in planned}
    return Fault(check, what, operations, sections or {})


def quota(**changed: float) -> Planned:
    return healthy.quota(**changed)


def certificate(**changed: Any) -> dict[str, Any]:
    return healthy.certificate(**changed)


BEFORE = [
    fault("region switched on", "is not switched on in this account", ec2_DescribeRegions=OFF),
    fault("region switched on", "us-east-1 is no region", ec2_DescribeRegions={"Regions": []}),
    fault("cluster's name is free", "an EKS cluster milvus-on-aws-dev", eks_DescribeCluster={"cluster": {}}),
    fault("default key for disks", "no AWSServiceRoleForAutoScaling", ec2_GetEbsDefaultKmsKeyId=OWN,
          kms_GetKeyPolicy=SILENT, kms_ListGrants={"Grants": []}, kms_DescribeKey=healthy.key()),
    fault("default key for disks", "is Disabled", ec2_GetEbsDefaultKmsKeyId=OWN,
          kms_DescribeKey=healthy.key(state="Disabled")),
    fault("default key for disks", "is gone", ec2_GetEbsDefaultKmsKeyId=OWN,
          kms_DescribeKey=R("NotFoundException")),
    fault("permissions boundary", f"{BOUNDARY}, which is not there", iam_GetPolicy=R("NoSuchEntity")),
    fault("topics of alarms", f"{TOPIC}, which is not there", sns_GetTopicAttributes=R("NotFound")),
    fault("certificate", f"{CERTIFICATE}, which is", IMPORTED,
          acm_DescribeCertificate=R("ResourceNotFoundException")),
    fault("certificate", "is PENDING_VALIDATION", IMPORTED,
          acm_DescribeCertificate=certificate(Status="PENDING_VALIDATION")),
    fault("certificate", "ends on ", IMPORTED,
          acm_DescribeCertificate=certificate(NotAfter=datetime.now(UTC) + timedelta(days=3))),
    fault("certificate", "is for milvus.corp.test, milvus.corp.test, not for attu.corp.test", IMPORTED,
          acm_DescribeCertificate=certificate(SubjectAlternativeNames=["milvus.corp.test"])),
    fault("domain", "Z0123456789ABC, which is not there", route53_GetHostedZone=R("NoSuchHostedZone")),
    fault("domain", "is other.test, which holds no milvus.corp.test, attu.corp.test",
          route53_GetHostedZone=healthy.zone("other.test.")),
    fault("domain", "corp.test is private", route53_GetHostedZone=healthy.zone(private=True)),
    fault("free addresses", "has 9 free addresses, and ", EXISTING, ec2_DescribeSubnets=healthy.subnets(9)),
    fault("free addresses", "subnet-0000000a is not there", EXISTING,
          ec2_DescribeSubnets=R("InvalidSubnetID.NotFound", "subnet-0000000a is not there")),
    fault("permissions on EC2", "refuses CreateVpc with this stack's tags: You are not authorized.",
          ec2_CreateVpc=NOBODY),
    fault("permissions on EC2", "refuses AllocateAddress with", ec2_AllocateAddress=NOBODY),
    fault("permissions on EC2", "refuses CreateLaunchTemplate with", ec2_CreateLaunchTemplate=NOBODY),
    fault("permissions elsewhere", "you may not kafka:CreateCluster",
          iam_SimulatePrincipalPolicy=healthy.decisions("kafka:CreateCluster")),
    fault("roles of services", "AWSServiceRoleForAutoScaling is not in this account yet",
          iam_GetRole=R("NoSuchEntity"), iam_SimulatePrincipalPolicy=healthy.decisions("iam:CreateServiceLinkedRole")),
    fault("zones", "no us-east-1f", {"network": {"zones": ["us-east-1a", "us-east-1f"]}},
          ec2_DescribeInstanceTypeOfferings=healthy.offerings(more="us-east-1f")),
    fault("machines in each zone", "is not offered in us-east-1a",
          ec2_DescribeInstanceTypeOfferings=healthy.offerings("us-east-1a")),
    fault("Kafka's version", "MSK has no 3.8.x", kafka_ListKafkaVersions={"KafkaVersions": []}),
    fault("Kafka's version", "MSK offers no 3.8.x any more",
          kafka_ListKafkaVersions={"KafkaVersions": [{"Version": "3.8.x", "Status": "DEPRECATED"}]}),
    fault("Kubernetes' version", "no clusters of 1.35", eks_DescribeClusterVersions={"clusterVersions": []}),
    fault("Kubernetes' version", "1.35 has left standard support", eks_DescribeClusterVersions=OLD),
    fault("add-ons' versions", "EKS offers no coredns v0.0.1-eksbuild.1 for 1.35", ADDON),
    fault("On-Demand Standard", "are planned, 0 are in use, and the quota is 4",
          quotas_GetServiceQuota=quota(L_1216C47A=4)),
    fault("On-Demand Standard", "256 are in use", ec2_DescribeInstances={"Reservations": [{"Instances": [BUSY]}]}),
    fault("Elastic IPs", "1 more are planned, 5 are in use", ec2_DescribeAddresses={"Addresses": [{}] * 5}),
    fault("gp3", "and the quota is 0.1", quotas_GetServiceQuota=quota(L_7A658B76=0.1)),
    fault("VPCs per Region", "5 are in use, and the quota is 5", ec2_DescribeVpcs={"Vpcs": [{}] * 5}),
    fault("Internet gateways", "and the quota is 0", quotas_GetServiceQuota=quota(L_A4707A72=0)),
    fault("NAT gateways", "and the quota is 0", quotas_GetServiceQuota=quota(L_FE5A380F=0)),
    fault("Network Load Balancers", "50 are in use",
          elbv2_DescribeLoadBalancers={"LoadBalancers": [{"Type": "network"}] * 50}),
    fault("Application Load Balancers", "and the quota is 0", quotas_GetServiceQuota=quota(L_53DA6B97=0)),
    fault("Clusters", "100 are in use", eks_ListClusters={"clusters": ["x"] * 100}),
    fault("brokers", "are planned, 89 are in use", kafka_ListClustersV2=BROKERS),
    fault("rules per security group", "6 client networks are named, and a security group of 5 rules holds 2 of them",
          quotas_GetServiceQuota=quota(L_0EA8095F=5)),
]  # fmt: skip
