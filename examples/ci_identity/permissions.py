"""The permissions in AWS that reading and changing a stack of milvus-on-aws need, limited to the stack's resources.

They are derived from the calls of pulumi-aws for the types that the program creates (hashicorp/terraform-provider-aws,
internal/service/*), and from docs.aws.amazon.com/service-authorization/latest/reference; a test holds them against the
permissions that CloudFormation's registry schemas name for these types. They are limited by name if the program's
resources have names of their own. Emptying and deleting the bucket and destroying a stack are left out, because no
workflow does this, and so are certificates and DNS records unless `hosted_zone_id` is given.
"""

from dataclasses import dataclass

from components.identity.policy import Statement, allow
from planning.regions import partition

ROLES = ("backup-*", "canary-*", "cluster-*", "controller-identity-*", "milvus-s3-*", "network-flow-*")
"""Patterns for the names of the roles that the program creates: its logical names and Pulumi's suffix."""
SECRETS, BUCKETS = ("AmazonMSK_kafka-*", "milvus-root-*"), ("backup-*", "bucket-*")
ALARMS, TOPICS = "alarm:milvus-on-aws-*", "observability-*"
DASHBOARDS = "dashboard/milvus-on-aws-*"
LOG_GROUPS = ("/aws/eks/*", "/aws/vendedlogs/kafka-*", "network-flow-*")
PASSED_TO = ("ec2.amazonaws.com", "eks.amazonaws.com", "s3.amazonaws.com", "vpc-flow-logs.amazonaws.com")
LINKED = (
    "autoscaling.amazonaws.com",
    "eks-nodegroup.amazonaws.com",
    "eks.amazonaws.com",
    "elasticloadbalancing.amazonaws.com",
    "kafka.amazonaws.com",
    "kafka.application-autoscaling.amazonaws.com",
)
"""Services whose service-linked role AWS creates at their first use in an account."""


def _of(service: str, *names: str) -> list[str]:
    """IAM actions of a service, from their names without the prefix."""
    return [f"{service}:{name}" for name in names]


EC2_READ = _of(
    "ec2", "DescribeAccountAttributes", "DescribeAddresses", "DescribeAddressesAttribute", "DescribeAvailabilityZones",
    "DescribeFlowLogs", "DescribeInternetGateways", "DescribeLaunchTemplateVersions", "DescribeLaunchTemplates",
    "DescribeManagedPrefixLists", "DescribeNatGateways", "DescribeNetworkAcls", "DescribeNetworkInterfaces",
    "DescribePrefixLists", "DescribeRouteTables", "DescribeSecurityGroupRules", "DescribeSecurityGroups",
    "DescribeSubnets", "DescribeTags", "DescribeVpcEndpointServiceConfigurations", "DescribeVpcEndpoints",
    "DescribeVpcs",
)  # fmt: skip
VPC_READ = _of("ec2", "DescribeVpcAttribute", "DescribeVpcEndpointServicePermissions", "GetManagedPrefixListEntries")
EC2_WRITE = _of(
    "ec2", "AllocateAddress", "AssociateRouteTable", "AttachInternetGateway", "AuthorizeSecurityGroupEgress",
    "AuthorizeSecurityGroupIngress", "CreateFlowLogs", "CreateInternetGateway", "CreateLaunchTemplate",
    "CreateLaunchTemplateVersion", "CreateNatGateway", "CreateRoute", "CreateRouteTable", "CreateSecurityGroup",
    "CreateSubnet", "CreateTags", "CreateVpc", "CreateVpcEndpoint", "CreateVpcEndpointServiceConfiguration",
    "DeleteFlowLogs", "DeleteInternetGateway",
    "DeleteLaunchTemplate", "DeleteNatGateway", "DeleteNetworkInterface", "DeleteRoute", "DeleteRouteTable",
    "DeleteSecurityGroup", "DeleteSubnet", "DeleteTags", "DeleteVpc", "DeleteVpcEndpointServiceConfigurations",
    "DeleteVpcEndpoints", "DetachInternetGateway",
    "DetachNetworkInterface", "DisassociateAddress", "DisassociateRouteTable", "ModifyLaunchTemplate",
    "ModifySecurityGroupRules", "ModifySubnetAttribute", "ModifyVpcAttribute", "ModifyVpcEndpoint",
    "ModifyVpcEndpointServiceConfiguration", "ModifyVpcEndpointServicePermissions", "ReleaseAddress",
    "ReplaceRoute", "ReplaceRouteTableAssociation", "RevokeSecurityGroupEgress", "RevokeSecurityGroupIngress",
    "StartVpcEndpointServicePrivateDnsVerification", "RunInstances",  # EKS looks whether its caller may start machines
)  # fmt: skip
EC2_KINDS = (
    "elastic-ip", "instance", "internet-gateway", "launch-template", "natgateway", "network-interface", "route-table",
    "security-group", "security-group-rule", "subnet", "volume", "vpc", "vpc-endpoint", "vpc-endpoint-service",
    "vpc-flow-log",
)  # fmt: skip
QUOTAS_READ = _of("servicequotas", "GetAWSDefaultServiceQuota", "GetServiceQuota")
ELB_READ = _of(
    "elasticloadbalancing", "DescribeListenerAttributes", "DescribeListenerCertificates", "DescribeListeners",
    "DescribeLoadBalancerAttributes", "DescribeLoadBalancers", "DescribeSSLPolicies", "DescribeTags",
    "DescribeTargetGroupAttributes", "DescribeTargetGroups", "DescribeTargetHealth",
)  # fmt: skip
ELB_WRITE = _of(
    "elasticloadbalancing", "AddTags", "CreateListener", "CreateLoadBalancer", "CreateTargetGroup", "DeleteListener",
    "DeleteLoadBalancer", "DeleteTargetGroup", "ModifyListener", "ModifyListenerAttributes",
    "ModifyLoadBalancerAttributes", "ModifyTargetGroup", "ModifyTargetGroupAttributes", "RemoveTags",
    "SetIpAddressType", "SetSecurityGroups", "SetSubnets",
)  # fmt: skip
ELB_KINDS = (
    "loadbalancer/app/*/*", "loadbalancer/net/*/*", "listener/app/*/*/*", "listener/net/*/*/*", "targetgroup/*/*",
)  # fmt: skip
EKS_READ = _of(
    "eks", "DescribeAccessEntry", "DescribeAddon", "DescribeCluster", "DescribeNodegroup", "DescribeUpdate",
    "ListAssociatedAccessPolicies", "ListTagsForResource",
)  # fmt: skip
EKS_WRITE = _of(
    "eks", "AssociateAccessPolicy", "CreateAccessEntry", "CreateAddon", "CreateNodegroup",
    "DeleteAccessEntry", "DeleteAddon", "DeleteCluster", "DeleteNodegroup", "DisassociateAccessPolicy", "TagResource",
    "UntagResource", "UpdateAccessEntry", "UpdateAddon", "UpdateClusterConfig", "UpdateClusterVersion",
    "UpdateNodegroupConfig", "UpdateNodegroupVersion",
)  # fmt: skip
KAFKA_READ = _of(
    "kafka", "DescribeCluster", "DescribeClusterV2", "DescribeConfiguration", "DescribeConfigurationRevision",
    "ListScramSecrets", "ListTagsForResource",
)  # fmt: skip
KAFKA_LOOK_UP = _of("kafka", "DescribeClusterOperation", "GetBootstrapBrokers")
KAFKA_WRITE = _of(
    "kafka", "BatchAssociateScramSecret", "BatchDisassociateScramSecret", "CreateCluster", "CreateConfiguration",
    "DeleteCluster", "DeleteConfiguration", "TagResource", "UntagResource", "UpdateBrokerCount", "UpdateBrokerStorage",
    "UpdateBrokerType", "UpdateClusterConfiguration", "UpdateClusterKafkaVersion", "UpdateConfiguration",
    "UpdateMonitoring", "UpdateSecurity",
)  # fmt: skip
IAM_READ = _of(
    "iam", "GetRole", "GetRolePolicy", "ListAttachedRolePolicies", "ListInstanceProfilesForRole", "ListRolePolicies",
)  # fmt: skip
IAM_WRITE = _of(
    "iam", "AttachRolePolicy", "CreateRole", "DeleteRole", "DeleteRolePolicy", "DetachRolePolicy", "PutRolePolicy",
    "TagRole", "UntagRole", "UpdateAssumeRolePolicy", "UpdateRole", "UpdateRoleDescription",
)  # fmt: skip
OIDC_WRITE = _of(
    "iam", "CreateOpenIDConnectProvider", "DeleteOpenIDConnectProvider", "TagOpenIDConnectProvider",
    "UntagOpenIDConnectProvider", "UpdateOpenIDConnectProviderThumbprint",
)  # fmt: skip
KMS_READ = _of("kms", "DescribeKey", "GetKeyPolicy", "GetKeyRotationStatus", "ListResourceTags")
KMS_WRITE = _of(
    "kms", "CreateGrant", "EnableKeyRotation", "PutKeyPolicy", "ScheduleKeyDeletion", "TagResource", "UntagResource",
    "UpdateKeyDescription",
)  # fmt: skip
S3_READ = _of(
    "s3", "GetAccelerateConfiguration", "GetBucketAcl", "GetBucketCORS", "GetBucketLocation", "GetBucketLogging",
    "GetBucketObjectLockConfiguration", "GetBucketOwnershipControls", "GetBucketPolicy", "GetBucketPublicAccessBlock",
    "GetBucketRequestPayment", "GetBucketTagging", "GetBucketVersioning", "GetBucketWebsite",
    "GetEncryptionConfiguration", "GetLifecycleConfiguration", "GetReplicationConfiguration", "ListBucket",
)  # fmt: skip
S3_WRITE = _of(
    "s3", "CreateBucket", "DeleteBucketPolicy", "PutBucketObjectLockConfiguration", "PutBucketOwnershipControls",
    "PutBucketPolicy", "PutBucketPublicAccessBlock", "PutBucketTagging", "PutBucketVersioning",
    "PutEncryptionConfiguration", "PutLifecycleConfiguration", "PutReplicationConfiguration",
)  # fmt: skip
SECRETS_WRITE = _of(
    "secretsmanager", "CreateSecret", "DeleteResourcePolicy", "DeleteSecret", "PutResourcePolicy", "PutSecretValue",
    "TagResource", "UntagResource", "UpdateSecret", "UpdateSecretVersionStage",
)  # fmt: skip
PARAMETERS_WRITE = _of("ssm", "AddTagsToResource", "DeleteParameter", "PutParameter", "RemoveTagsFromResource")
LOGS_WRITE = _of(
    "logs", "CreateLogGroup", "DeleteLogGroup", "DeleteRetentionPolicy", "PutRetentionPolicy", "TagResource",
    "UntagResource",
)  # fmt: skip
LOG_DELIVERY = _of(
    # MSK's broker logs need these: docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html
    "logs", "CreateLogDelivery", "DeleteLogDelivery", "DescribeResourcePolicies", "GetLogDelivery",
    "ListLogDeliveries", "PutResourcePolicy", "UpdateLogDelivery",
)  # fmt: skip
SCALING_READ = _of("application-autoscaling", "DescribeScalableTargets", "DescribeScalingPolicies")
SCALING_WRITE = _of(
    "application-autoscaling", "DeleteScalingPolicy", "DeregisterScalableTarget", "PutScalingPolicy",
    "RegisterScalableTarget", "TagResource", "UntagResource",
)  # fmt: skip
ALARMS_OF_SCALING = _of("cloudwatch", "DeleteAlarms", "DescribeAlarms", "PutMetricAlarm")
"""Actions on the alarms that a target tracking policy creates on behalf of its caller
(docs.aws.amazon.com/autoscaling/application/userguide/security_iam_id-based-policy-examples.html).
"""
ALARMS_READ = _of("cloudwatch", "DescribeAlarms", "ListTagsForResource")
ALARMS_WRITE = _of("cloudwatch", "DeleteAlarms", "PutCompositeAlarm", "PutMetricAlarm", "TagResource", "UntagResource")
TOPICS_READ = _of("sns", "GetTopicAttributes", "ListTagsForResource")
TOPICS_WRITE = _of(
    "sns", "CreateTopic", "DeleteTopic", "SetTopicAttributes", "Subscribe", "TagResource", "UntagResource",
)  # fmt: skip
SUBSCRIPTIONS_WRITE = _of("sns", "SetSubscriptionAttributes", "Unsubscribe")


@dataclass(frozen=True, kw_only=True)
class Place:
    """The account and region of a stack, and where Pulumi keeps its state."""

    account: str
    region: str
    state_bucket: str
    secrets_key_arn: str
    """KMS key of the stack's secrets provider, awskms://."""
    hosted_zone_id: str | None = None
    """Route 53 zone of the stack's domain; None if it has no domain."""

    def arn(self, service: str, *names: str, regional: bool = True) -> list[str]:
        """ARNs of resources in the stack's account."""
        region = self.region if regional else ""
        return [f"arn:{partition(self.region)}:{service}:{region}:{self.account}:{name}" for name in names]

    def s3(self, *names: str) -> list[str]:
        return [f"arn:{partition(self.region)}:s3:::{name}" for name in names]

    @property
    def roles(self) -> list[str]:
        return self.arn("iam", *(f"role/{name}" for name in ROLES), regional=False)

    @property
    def issuers(self) -> list[str]:
        """Patterns for the OIDC issuers of EKS clusters, which do not include GitHub's."""
        return self.arn("iam", f"oidc-provider/oidc.eks.{self.region}.amazonaws.com/*", regional=False)

    @property
    def secrets(self) -> list[str]:
        return self.arn("secretsmanager", *(f"secret:{name}" for name in SECRETS))

    @property
    def parameters(self) -> list[str]:
        return self.arn("ssm", "parameter/milvus/*")

    @property
    def log_groups(self) -> list[str]:
        return self.arn("logs", *(f"log-group:{name}" for name in LOG_GROUPS))


def state(place: Place, *, change: bool) -> list[Statement]:
    """Access to Pulumi's state. A preview only reads, and
    locks nothing (pulumi/pulumi, pkg/backend/diy/backend.go: Preview)."""
    objects = _of("s3", "DeleteObject", "GetObject", "PutObject") if change else ["s3:GetObject"]
    return [
        allow("FindTheState", ["s3:ListBucket"], place.s3(place.state_bucket)),
        allow("WriteTheState" if change else "ReadTheState", objects, place.s3(f"{place.state_bucket}/.pulumi/*")),
        allow("ReadSecretsOfTheState", ["kms:Decrypt"], place.secrets_key_arn),
    ]


def reading(place: Place) -> list[Statement]:
    """Everything that a preview looks up, and that `--refresh` reads of each resource."""
    return [
        allow("LookUp", [*EC2_READ, *ELB_READ, *SCALING_READ, *KAFKA_LOOK_UP, *QUOTAS_READ, "logs:DescribeLogGroups",
                         "sns:GetSubscriptionAttributes", "ssm:DescribeParameters"], "*"),
        allow("ReadNetwork", VPC_READ, place.arn("ec2", "vpc/*", "prefix-list/*", "vpc-endpoint-service/*")),
        allow("ReadCluster", EKS_READ, place.arn("eks", "cluster/*", "nodegroup/*", "addon/*", "access-entry/*")),
        allow("ReadKafka", KAFKA_READ, place.arn("kafka", "cluster/*", "configuration/*")),
        allow("ReadRoles", IAM_READ, place.roles),
        allow("ReadIssuer", ["iam:GetOpenIDConnectProvider"], place.issuers),
        allow("ReadKeys", KMS_READ, place.arn("kms", "key/*")),
        allow("ReadBucketButNoObject", S3_READ, place.s3(*BUCKETS)),
        allow("ReadParameters", _of("ssm", "GetParameter", "ListTagsForResource"), place.parameters),
        allow("ReadLogGroups", ["logs:ListTagsForResource"], place.log_groups),
        allow("ReadAlarms", ALARMS_READ, place.arn("cloudwatch", ALARMS)),
        allow("ReadDashboards", ["cloudwatch:GetDashboard"], place.arn("cloudwatch", DASHBOARDS, regional=False)),
        allow("ReadTopics", TOPICS_READ, place.arn("sns", TOPICS)),
        allow("ReadScaling", ["application-autoscaling:ListTagsForResource"],
              place.arn("application-autoscaling", "scalable-target/*")),
        # This includes the secrets' values, because pulumi-aws compares them. A role that may decrypt the state can
        # read them anyway.
        allow("ReadSecrets", _of("secretsmanager", "DescribeSecret", "GetResourcePolicy", "GetSecretValue"),
              place.secrets),
        allow("OpenSecrets", ["kms:Decrypt"], place.arn("kms", "key/*"),
              condition={"StringEquals": {"kms:ViaService": f"secretsmanager.{place.region}.amazonaws.com"}}),
        *([allow("ReadDomain", _of("route53", "GetHostedZone", "ListResourceRecordSets"), _zone(place)),
           allow("ReadCertificates", _of("acm", "DescribeCertificate", "ListTagsForCertificate"),
                 place.arn("acm", "certificate/*"))]
          if place.hosted_zone_id else []),
    ]  # fmt: skip


def changing_network(place: Place) -> list[Statement]:
    """Changes of the VPC, load balancers, certificates and DNS records."""
    images = f"arn:{partition(place.region)}:ec2:{place.region}::image/*"  # AWS' own images, which belong to no account
    return [
        allow("ChangeNetwork", EC2_WRITE, [*place.arn("ec2", *(f"{kind}/*" for kind in EC2_KINDS)), images]),
        allow("ChangeLoadBalancers", ELB_WRITE, place.arn("elasticloadbalancing", *ELB_KINDS)),
        *([allow("ChangeDomain", ["route53:ChangeResourceRecordSets"], _zone(place)),
           allow("WaitForDomain", ["route53:GetChange"], [f"arn:{partition(place.region)}:route53:::change/*"]),
           allow("ChangeCertificates",
                 _of("acm", "AddTagsToCertificate", "DeleteCertificate", "RemoveTagsFromCertificate"),
                 place.arn("acm", "certificate/*")),
           allow("AskForCertificates", ["acm:RequestCertificate"], "*")]
          if place.hosted_zone_id else []),
    ]  # fmt: skip


def changing_services(place: Place) -> list[Statement]:
    """Changes of EKS, MSK, S3, keys, secrets, parameters and logs."""
    return [
        allow("ChangeCluster", EKS_WRITE, place.arn("eks", "cluster/*", "nodegroup/*", "addon/*", "access-entry/*")),
        allow("ChangeKafka", KAFKA_WRITE, place.arn("kafka", "cluster/*", "configuration/*")),
        allow("MakeClusterAndKeys", ["eks:CreateCluster", "kms:CreateKey"], "*"),
        allow("DeliverLogs", LOG_DELIVERY, "*"),
        allow("ChangeKeys", KMS_WRITE, place.arn("kms", "key/*")),
        allow("ChangeBucketButNoObject", S3_WRITE, place.s3(*BUCKETS)),
        allow("ChangeSecrets", SECRETS_WRITE, place.secrets),
        allow("EncryptSecrets", ["kms:GenerateDataKey"], place.arn("kms", "key/*"),
              condition={"StringEquals": {"kms:ViaService": f"secretsmanager.{place.region}.amazonaws.com"}}),
        allow("ChangeParameters", PARAMETERS_WRITE, place.parameters),
        allow("ChangeLogGroups", LOGS_WRITE, place.log_groups),
        allow("ChangeAlarms", ALARMS_WRITE, place.arn("cloudwatch", ALARMS)),
        allow("ChangeDashboards", _of("cloudwatch", "DeleteDashboards", "PutDashboard"),
              place.arn("cloudwatch", DASHBOARDS, regional=False)),
        allow("ChangeTopics", TOPICS_WRITE, place.arn("sns", TOPICS)),
        allow("ChangeSubscriptions", SUBSCRIPTIONS_WRITE, "*"),
        allow("GrowVolumes", SCALING_WRITE, place.arn("application-autoscaling", "scalable-target/*")),
        allow("WatchVolumes", ALARMS_OF_SCALING, place.arn("cloudwatch", "alarm:TargetTracking-*")),
    ]  # fmt: skip


def changing_identities(place: Place) -> list[Statement]:
    """Changes of the program's roles only. The workflows' own roles are not included,
    because their names begin otherwise."""
    linked = place.arn("iam", "role/aws-service-role/*", regional=False)
    return [
        allow("ChangeRoles", IAM_WRITE, place.roles),
        allow("GiveRoles", ["iam:PassRole"], place.roles,
              condition={"StringEquals": {"iam:PassedToService": list(PASSED_TO)}}),
        allow("LetServicesMakeTheirRoles", ["iam:CreateServiceLinkedRole"], linked,
              condition={"StringEquals": {"iam:AWSServiceName": list(LINKED)}}),
        # On behalf of its caller, EKS looks up the role of its node groups (terraform-aws-eks#823).
        allow("FindRolesOfServices", ["iam:GetRole"], linked),
        allow("ChangeIssuer", OIDC_WRITE, place.issuers),
    ]  # fmt: skip


def _zone(place: Place) -> list[str]:
    return [f"arn:{partition(place.region)}:route53:::hostedzone/{place.hosted_zone_id}"]
