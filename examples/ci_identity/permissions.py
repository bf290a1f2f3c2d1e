"""The permissions in AWS that reading and changing a stack of milvus-on-aws need, limited to the stack's resources.

They are derived from the calls of pulumi-aws for the types that the program creates (hashicorp/terraform-provider-aws,
internal/service/*), and from docs.aws.amazon.com/service-authorization/latest/reference; a test holds them against the
permissions that CloudFormation's registry schemas name for these types. They are limited by name if the program's
resources have names of their own. Emptying and deleting the bucket and destroying a stack are left out, because no
workflow does this, and so are certificates and DNS records unless `hosted_zone_id` is given.
"""

from dataclasses import dataclass

from components.identity.policy import Statement, allow
from examples.ci_identity import actions
from planning.regions import partition

ROLES = ("backup-*", "canary-*", "cluster-*", "controller-identity-*", "milvus-s3-*", "network-flow-*")
"""Patterns for the names of the roles that the program creates: its logical names and Pulumi's suffix."""
SECRETS, BUCKETS = ("AmazonMSK_kafka-*", "milvus-root-*"), ("backup-*", "bucket-*")
ALARMS, TOPICS = "alarm:milvus-on-aws-*", "observability-*"
DASHBOARDS = "dashboard/milvus-on-aws-*"
CLUSTER_KINDS = ("cluster/*", "nodegroup/*", "addon/*", "access-entry/*")
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
    objects = actions.of("s3", "DeleteObject", "GetObject", "PutObject") if change else ["s3:GetObject"]
    return [
        allow("FindTheState", ["s3:ListBucket"], place.s3(place.state_bucket)),
        allow("WriteTheState" if change else "ReadTheState", objects, place.s3(f"{place.state_bucket}/.pulumi/*")),
        allow("ReadSecretsOfTheState", ["kms:Decrypt"], place.secrets_key_arn),
    ]


def reading(place: Place) -> list[Statement]:
    """Everything that a preview looks up, and that `--refresh` reads of each resource."""
    return [
        allow("LookUp", [*actions.EC2_READ, *actions.ELB_READ, *actions.SCALING_READ, *actions.KAFKA_LOOK_UP,
                         *actions.QUOTAS_READ, "logs:DescribeLogGroups", "sns:GetSubscriptionAttributes",
                         "ssm:DescribeParameters"], "*"),
        allow("ReadNetwork", actions.VPC_READ, place.arn("ec2", "vpc/*", "prefix-list/*", "vpc-endpoint-service/*")),
        allow("ReadCluster", actions.EKS_READ, place.arn("eks", *CLUSTER_KINDS)),
        allow("ReadKafka", actions.KAFKA_READ, place.arn("kafka", "cluster/*", "configuration/*")),
        allow("ReadRoles", actions.IAM_READ, place.roles),
        allow("ReadIssuer", ["iam:GetOpenIDConnectProvider"], place.issuers),
        allow("ReadKeys", actions.KMS_READ, place.arn("kms", "key/*")),
        allow("ReadBucketButNoObject", actions.S3_READ, place.s3(*BUCKETS)),
        allow("ReadParameters", actions.of("ssm", "GetParameter", "ListTagsForResource"), place.parameters),
        allow("ReadLogGroups", ["logs:ListTagsForResource"], place.log_groups),
        allow("ReadAlarms", actions.ALARMS_READ, place.arn("cloudwatch", ALARMS)),
        allow("ReadDashboards", ["cloudwatch:GetDashboard"], place.arn("cloudwatch", DASHBOARDS, regional=False)),
        allow("ReadTopics", actions.TOPICS_READ, place.arn("sns", TOPICS)),
        allow("ReadScaling", ["application-autoscaling:ListTagsForResource"],
              place.arn("application-autoscaling", "scalable-target/*")),
        # This includes the secrets' values, because pulumi-aws compares them. A role that may decrypt the state can
        # read them anyway.
        allow("ReadSecrets", actions.of("secretsmanager", "DescribeSecret", "GetResourcePolicy", "GetSecretValue"),
              place.secrets),
        allow("OpenSecrets", ["kms:Decrypt"], place.arn("kms", "key/*"),
              condition={"StringEquals": {"kms:ViaService": f"secretsmanager.{place.region}.amazonaws.com"}}),
        *([allow("ReadDomain", actions.of("route53", "GetHostedZone", "ListResourceRecordSets"), _zone(place)),
           allow("ReadCertificates", actions.of("acm", "DescribeCertificate", "ListTagsForCertificate"),
                 place.arn("acm", "certificate/*"))]
          if place.hosted_zone_id else []),
    ]  # fmt: skip


def changing_network(place: Place) -> list[Statement]:
    """Changes of the VPC, load balancers, certificates and DNS records."""
    images = f"arn:{partition(place.region)}:ec2:{place.region}::image/*"  # AWS' own images, which belong to no account
    return [
        allow("ChangeNetwork", actions.EC2_WRITE,
              [*place.arn("ec2", *(f"{kind}/*" for kind in actions.EC2_KINDS)), images]),
        allow("ChangeLoadBalancers", actions.ELB_WRITE, place.arn("elasticloadbalancing", *actions.ELB_KINDS)),
        *([allow("ChangeDomain", ["route53:ChangeResourceRecordSets"], _zone(place)),
           allow("WaitForDomain", ["route53:GetChange"], [f"arn:{partition(place.region)}:route53:::change/*"]),
           allow("ChangeCertificates",
                 actions.of("acm", "AddTagsToCertificate", "DeleteCertificate", "RemoveTagsFromCertificate"),
                 place.arn("acm", "certificate/*")),
           allow("AskForCertificates", ["acm:RequestCertificate"], "*")]
          if place.hosted_zone_id else []),
    ]  # fmt: skip


def changing_services(place: Place) -> list[Statement]:
    """Changes of EKS, MSK, S3, keys, secrets, parameters and logs."""
    return [
        allow("ChangeCluster", actions.EKS_WRITE, place.arn("eks", *CLUSTER_KINDS)),
        allow("ChangeKafka", actions.KAFKA_WRITE, place.arn("kafka", "cluster/*", "configuration/*")),
        allow("MakeClusterAndKeys", ["eks:CreateCluster", "kms:CreateKey"], "*"),
        allow("DeliverLogs", actions.LOG_DELIVERY, "*"),
        allow("ChangeKeys", actions.KMS_WRITE, place.arn("kms", "key/*")),
        allow("ChangeBucketButNoObject", actions.S3_WRITE, place.s3(*BUCKETS)),
        allow("ChangeSecrets", actions.SECRETS_WRITE, place.secrets),
        allow("EncryptSecrets", ["kms:GenerateDataKey"], place.arn("kms", "key/*"),
              condition={"StringEquals": {"kms:ViaService": f"secretsmanager.{place.region}.amazonaws.com"}}),
        allow("ChangeParameters", actions.PARAMETERS_WRITE, place.parameters),
        allow("ChangeLogGroups", actions.LOGS_WRITE, place.log_groups),
        allow("ChangeAlarms", actions.ALARMS_WRITE, place.arn("cloudwatch", ALARMS)),
        allow("ChangeDashboards", actions.of("cloudwatch", "DeleteDashboards", "PutDashboard"),
              place.arn("cloudwatch", DASHBOARDS, regional=False)),
        allow("ChangeTopics", actions.TOPICS_WRITE, place.arn("sns", TOPICS)),
        allow("ChangeSubscriptions", actions.SUBSCRIPTIONS_WRITE, "*"),
        allow("GrowVolumes", actions.SCALING_WRITE, place.arn("application-autoscaling", "scalable-target/*")),
        allow("WatchVolumes", actions.ALARMS_OF_SCALING, place.arn("cloudwatch", "alarm:TargetTracking-*")),
    ]  # fmt: skip


def changing_identities(place: Place) -> list[Statement]:
    """Changes of the program's roles only. The workflows' own roles are not included,
    because their names begin otherwise."""
    linked = place.arn("iam", "role/aws-service-role/*", regional=False)
    return [
        allow("ChangeRoles", actions.IAM_WRITE, place.roles),
        allow("GiveRoles", ["iam:PassRole"], place.roles,
              condition={"StringEquals": {"iam:PassedToService": list(PASSED_TO)}}),
        allow("LetServicesMakeTheirRoles", ["iam:CreateServiceLinkedRole"], linked,
              condition={"StringEquals": {"iam:AWSServiceName": list(LINKED)}}),
        # On behalf of its caller, EKS looks up the role of its node groups (terraform-aws-eks#823).
        allow("FindRolesOfServices", ["iam:GetRole"], linked),
        allow("ChangeIssuer", actions.OIDC_WRITE, place.issuers),
    ]  # fmt: skip


def _zone(place: Place) -> list[str]:
    return [f"arn:{partition(place.region)}:route53:::hostedzone/{place.hosted_zone_id}"]
