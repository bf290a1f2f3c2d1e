"""The IAM actions that reading and changing the program's resources need, by service (permissions.py limits them)."""


def of(service: str, *names: str) -> list[str]:
    """IAM actions of a service, from their names without the prefix."""
    return [f"{service}:{name}" for name in names]


EC2_READ = of(
    "ec2", "DescribeAccountAttributes", "DescribeAddresses", "DescribeAddressesAttribute", "DescribeAvailabilityZones",
    "DescribeFlowLogs", "DescribeInternetGateways", "DescribeLaunchTemplateVersions", "DescribeLaunchTemplates",
    "DescribeManagedPrefixLists", "DescribeNatGateways", "DescribeNetworkAcls", "DescribeNetworkInterfaces",
    "DescribePrefixLists", "DescribeRouteTables", "DescribeSecurityGroupRules", "DescribeSecurityGroups",
    "DescribeSubnets", "DescribeTags", "DescribeVpcEndpointServiceConfigurations", "DescribeVpcEndpoints",
    "DescribeVpcs",
)  # fmt: skip
VPC_READ = of("ec2", "DescribeVpcAttribute", "DescribeVpcEndpointServicePermissions", "GetManagedPrefixListEntries")
EC2_WRITE = of(
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
QUOTAS_READ = of("servicequotas", "GetAWSDefaultServiceQuota", "GetServiceQuota")
ELB_READ = of(
    "elasticloadbalancing", "DescribeListenerAttributes", "DescribeListenerCertificates", "DescribeListeners",
    "DescribeLoadBalancerAttributes", "DescribeLoadBalancers", "DescribeSSLPolicies", "DescribeTags",
    "DescribeTargetGroupAttributes", "DescribeTargetGroups", "DescribeTargetHealth",
)  # fmt: skip
ELB_WRITE = of(
    "elasticloadbalancing", "AddTags", "CreateListener", "CreateLoadBalancer", "CreateTargetGroup", "DeleteListener",
    "DeleteLoadBalancer", "DeleteTargetGroup", "ModifyListener", "ModifyListenerAttributes",
    "ModifyLoadBalancerAttributes", "ModifyTargetGroup", "ModifyTargetGroupAttributes", "RemoveTags",
    "SetIpAddressType", "SetSecurityGroups", "SetSubnets",
)  # fmt: skip
ELB_KINDS = (
    "loadbalancer/app/*/*", "loadbalancer/net/*/*", "listener/app/*/*/*", "listener/net/*/*/*", "targetgroup/*/*",
)  # fmt: skip
EKS_READ = of(
    "eks", "DescribeAccessEntry", "DescribeAddon", "DescribeCluster", "DescribeNodegroup", "DescribeUpdate",
    "ListAssociatedAccessPolicies", "ListTagsForResource",
)  # fmt: skip
EKS_WRITE = of(
    "eks", "AssociateAccessPolicy", "CreateAccessEntry", "CreateAddon", "CreateNodegroup",
    "DeleteAccessEntry", "DeleteAddon", "DeleteCluster", "DeleteNodegroup", "DisassociateAccessPolicy", "TagResource",
    "UntagResource", "UpdateAccessEntry", "UpdateAddon", "UpdateClusterConfig", "UpdateClusterVersion",
    "UpdateNodegroupConfig", "UpdateNodegroupVersion",
)  # fmt: skip
KAFKA_READ = of(
    "kafka", "DescribeCluster", "DescribeClusterV2", "DescribeConfiguration", "DescribeConfigurationRevision",
    "ListScramSecrets", "ListTagsForResource",
)  # fmt: skip
KAFKA_LOOK_UP = of("kafka", "DescribeClusterOperation", "GetBootstrapBrokers")
KAFKA_WRITE = of(
    "kafka", "BatchAssociateScramSecret", "BatchDisassociateScramSecret", "CreateCluster", "CreateConfiguration",
    "DeleteCluster", "DeleteConfiguration", "TagResource", "UntagResource", "UpdateBrokerCount", "UpdateBrokerStorage",
    "UpdateBrokerType", "UpdateClusterConfiguration", "UpdateClusterKafkaVersion", "UpdateConfiguration",
    "UpdateMonitoring", "UpdateSecurity",
)  # fmt: skip
IAM_READ = of(
    "iam", "GetRole", "GetRolePolicy", "ListAttachedRolePolicies", "ListInstanceProfilesForRole", "ListRolePolicies",
)  # fmt: skip
IAM_WRITE = of(
    "iam", "AttachRolePolicy", "CreateRole", "DeleteRole", "DeleteRolePolicy", "DetachRolePolicy", "PutRolePolicy",
    "TagRole", "UntagRole", "UpdateAssumeRolePolicy", "UpdateRole", "UpdateRoleDescription",
)  # fmt: skip
OIDC_WRITE = of(
    "iam", "CreateOpenIDConnectProvider", "DeleteOpenIDConnectProvider", "TagOpenIDConnectProvider",
    "UntagOpenIDConnectProvider", "UpdateOpenIDConnectProviderThumbprint",
)  # fmt: skip
KMS_READ = of("kms", "DescribeKey", "GetKeyPolicy", "GetKeyRotationStatus", "ListResourceTags")
KMS_WRITE = of(
    "kms", "CreateGrant", "EnableKeyRotation", "PutKeyPolicy", "ScheduleKeyDeletion", "TagResource", "UntagResource",
    "UpdateKeyDescription",
)  # fmt: skip
S3_READ = of(
    "s3", "GetAccelerateConfiguration", "GetBucketAcl", "GetBucketCORS", "GetBucketLocation", "GetBucketLogging",
    "GetBucketObjectLockConfiguration", "GetBucketOwnershipControls", "GetBucketPolicy", "GetBucketPublicAccessBlock",
    "GetBucketRequestPayment", "GetBucketTagging", "GetBucketVersioning", "GetBucketWebsite",
    "GetEncryptionConfiguration", "GetLifecycleConfiguration", "GetReplicationConfiguration", "ListBucket",
)  # fmt: skip
S3_WRITE = of(
    "s3", "CreateBucket", "DeleteBucketPolicy", "PutBucketObjectLockConfiguration", "PutBucketOwnershipControls",
    "PutBucketPolicy", "PutBucketPublicAccessBlock", "PutBucketTagging", "PutBucketVersioning",
    "PutEncryptionConfiguration", "PutLifecycleConfiguration", "PutReplicationConfiguration",
)  # fmt: skip
SECRETS_WRITE = of(
    "secretsmanager", "CreateSecret", "DeleteResourcePolicy", "DeleteSecret", "PutResourcePolicy", "PutSecretValue",
    "TagResource", "UntagResource", "UpdateSecret", "UpdateSecretVersionStage",
)  # fmt: skip
PARAMETERS_WRITE = of("ssm", "AddTagsToResource", "DeleteParameter", "PutParameter", "RemoveTagsFromResource")
LOGS_WRITE = of(
    "logs", "CreateLogGroup", "DeleteLogGroup", "DeleteRetentionPolicy", "PutRetentionPolicy", "TagResource",
    "UntagResource",
)  # fmt: skip
LOG_DELIVERY = of(
    # MSK's broker logs need these: docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html
    "logs", "CreateLogDelivery", "DeleteLogDelivery", "DescribeResourcePolicies", "GetLogDelivery",
    "ListLogDeliveries", "PutResourcePolicy", "UpdateLogDelivery",
)  # fmt: skip
SCALING_READ = of("application-autoscaling", "DescribeScalableTargets", "DescribeScalingPolicies")
SCALING_WRITE = of(
    "application-autoscaling", "DeleteScalingPolicy", "DeregisterScalableTarget", "PutScalingPolicy",
    "RegisterScalableTarget", "TagResource", "UntagResource",
)  # fmt: skip
ALARMS_OF_SCALING = of("cloudwatch", "DeleteAlarms", "DescribeAlarms", "PutMetricAlarm")
"""Actions on the alarms that a target tracking policy creates on behalf of its caller
(docs.aws.amazon.com/autoscaling/application/userguide/security_iam_id-based-policy-examples.html).
"""
ALARMS_READ = of("cloudwatch", "DescribeAlarms", "ListTagsForResource")
ALARMS_WRITE = of("cloudwatch", "DeleteAlarms", "PutCompositeAlarm", "PutMetricAlarm", "TagResource", "UntagResource")
TOPICS_READ = of("sns", "GetTopicAttributes", "ListTagsForResource")
TOPICS_WRITE = of(
    "sns", "CreateTopic", "DeleteTopic", "SetTopicAttributes", "Subscribe", "TagResource", "UntagResource",
)  # fmt: skip
SUBSCRIPTIONS_WRITE = of("sns", "SetSubscriptionAttributes", "Unsubscribe")
