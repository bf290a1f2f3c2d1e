"""Lists the inputs whose change replaces the resource, which neither the SDKs nor the service models say.

The lists are keyed by resource type. Paths are written as Pulumi writes them, and include everything below them. For a
type that is not listed, every change is taken for an update, which may be wrong.
"""

from rehearsal.protocol.wire import Properties

# AWS: `ForceNew: true` or RequiresReplace in hashicorp/terraform-provider-aws, internal/service/<service>/*.go.
AWS = {
    # ec2/vpc_.go, vpc_subnet.go, vpc_route_table*.go, vpc_nat_gateway.go, ec2_eip.go, vpc_security_group*.go
    "aws:ec2/vpc:Vpc": ("cidrBlock", "ipv4IpamPoolId", "ipv4NetmaskLength"),
    "aws:ec2/subnet:Subnet": ("vpcId", "cidrBlock", "availabilityZone", "availabilityZoneId", "outpostArn",
                              "ipv4IpamPoolId", "ipv4NetmaskLength", "ipv6IpamPoolId", "ipv6Native",
                              "ipv6NetmaskLength"),
    "aws:ec2/routeTable:RouteTable": ("vpcId",),
    "aws:ec2/route:Route": ("routeTableId", "destinationCidrBlock", "destinationIpv6CidrBlock",
                            "destinationPrefixListId"),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": ("subnetId", "gatewayId"),
    "aws:ec2/natGateway:NatGateway": ("allocationId", "availabilityMode", "connectivityType", "subnetId", "privateIp",
                                      "vpcId"),
    "aws:ec2/eip:Eip": ("address", "domain", "ipamPoolId", "customerOwnedIpv4Pool", "networkBorderGroup",
                        "publicIpv4Pool"),
    "aws:ec2/vpcEndpoint:VpcEndpoint": ("vpcId", "serviceName", "vpcEndpointType", "resourceConfigurationArn",
                                        "serviceNetworkArn", "serviceRegion", "dnsOptions.privateDnsPreference",
                                        "dnsOptions.privateDnsSpecifiedDomains"),
    "aws:ec2/securityGroup:SecurityGroup": ("name", "namePrefix", "description", "vpcId"),
    "aws:ec2/securityGroupRule:SecurityGroupRule": ("type", "fromPort", "toPort", "protocol", "cidrBlocks", "self",
                                                    "securityGroupId", "sourceSecurityGroupId"),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": ("securityGroupId",),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": ("securityGroupId",),
    "aws:ec2/flowLog:FlowLog": ("vpcId", "subnetId", "trafficType", "logDestination", "logDestinationType",
                                "iamRoleArn", "maxAggregationInterval", "logFormat", "deliverCrossAccountRole",
                                "destinationOptions", "tagFieldSpecifications"),
    "aws:ec2/launchTemplate:LaunchTemplate": ("name", "namePrefix"),
    # eks/cluster.go, node_group.go, addon.go, access_entry.go, access_policy_association.go
    "aws:eks/cluster:Cluster": ("name", "roleArn", "bootstrapSelfManagedAddons", "kubernetesNetworkConfig.ipFamily",
                                "accessConfig.bootstrapClusterCreatorAdminPermissions",
                                "kubernetesNetworkConfig.serviceIpv4Cidr", "encryptionConfig", "outpostConfig",
                                "remoteNetworkConfig"),
    "aws:eks/nodeGroup:NodeGroup": ("amiType", "capacityType", "clusterName", "diskSize", "instanceTypes",
                                    "launchTemplate.id", "launchTemplate.name", "nodeGroupName", "nodeRoleArn",
                                    "nodeGroupNamePrefix", "remoteAccess", "subnetIds"),
    "aws:eks/addon:Addon": ("addonName", "clusterName", "namespaceConfig"),
    "aws:eks/accessEntry:AccessEntry": ("clusterName", "principalArn", "type"),
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": ("clusterName", "principalArn", "policyArn",
                                                                "accessScope"),
    # kafka/cluster.go, configuration.go, scram_secret_association.go
    "aws:msk/cluster:Cluster": ("clusterName", "brokerNodeGroupInfo.azDistribution",
                                "brokerNodeGroupInfo.clientSubnets", "brokerNodeGroupInfo.securityGroups",
                                "encryptionInfo.encryptionAtRestKmsKeyArn",
                                "encryptionInfo.encryptionInTransit.inCluster"),
    "aws:msk/configuration:Configuration": ("name", "kafkaVersions"),
    "aws:msk/scramSecretAssociation:ScramSecretAssociation": ("clusterArn",),
    "aws:msk/singleScramSecretAssociation:SingleScramSecretAssociation": ("clusterArn", "secretArn"),
    # iam, kms, logs, secretsmanager, s3, ssm
    "aws:iam/role:Role": ("name", "namePrefix", "path"),
    "aws:iam/rolePolicy:RolePolicy": ("name", "namePrefix", "role"),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": ("role", "policyArn"),
    "aws:iam/policy:Policy": ("name", "namePrefix", "path", "description"),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": ("url",),
    "aws:kms/key:Key": ("customerMasterKeySpec", "keyUsage", "multiRegion", "customKeyStoreId"),
    "aws:kms/alias:Alias": ("name", "namePrefix"),
    "aws:cloudwatch/logGroup:LogGroup": ("name", "namePrefix", "logGroupClass"),
    "aws:cloudwatch/metricAlarm:MetricAlarm": ("name",),
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": ("alarmName",),
    "aws:cloudwatch/dashboard:Dashboard": ("dashboardName",),
    "aws:sns/topic:Topic": ("name", "namePrefix", "fifoTopic"),
    "aws:sns/topicSubscription:TopicSubscription": ("endpoint", "protocol", "topic"),
    "aws:secretsmanager/secret:Secret": ("name", "namePrefix"),
    "aws:secretsmanager/secretVersion:SecretVersion": ("secretId", "secretString", "secretBinary"),
    "aws:secretsmanager/secretPolicy:SecretPolicy": ("secretArn",),
    "aws:s3/bucket:Bucket": ("bucket", "bucketPrefix", "bucketNamespace", "objectLockEnabled"),
    "aws:s3/bucketPolicy:BucketPolicy": ("bucket",),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": ("bucket",),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": ("bucket",),
    "aws:s3/bucketVersioning:BucketVersioning": ("bucket",),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": ("bucket",),
    "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration": ("bucket", "expectedBucketOwner"),
    "aws:s3/bucketReplicationConfig:BucketReplicationConfig": ("bucket",),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": ("bucket",),
    "aws:ssm/parameter:Parameter": ("name",),
    # elbv2, acm, route53, appautoscaling
    "aws:lb/loadBalancer:LoadBalancer": ("name", "namePrefix", "internal", "loadBalancerType"),
    "aws:lb/targetGroup:TargetGroup": ("name", "namePrefix", "port", "protocol", "protocolVersion", "targetType",
                                       "vpcId", "ipAddressType"),
    "aws:lb/listener:Listener": ("loadBalancerArn",),
    "aws:acm/certificate:Certificate": ("domainName", "certificateAuthorityArn", "subjectAlternativeNames",
                                            "validationMethod", "keyAlgorithm"),
    "aws:acm/certificateValidation:CertificateValidation": ("certificateArn", "validationRecordFqdns"),
    "aws:route53/record:Record": ("zoneId", "name", "type"),
    "aws:route53/zone:Zone": ("name",),
    "aws:appautoscaling/target:Target": ("resourceId", "scalableDimension", "serviceNamespace"),
    "aws:appautoscaling/policy:Policy": ("name", "resourceId", "scalableDimension", "serviceNamespace"),
}  # fmt: skip


def older_kafka(type_: str, old_inputs: Properties, new_inputs: Properties) -> bool:
    """Whether Kafka's version is lowered, which replaces the cluster.

    kafka/cluster.go, CustomizeDiff: ForceNewIfChange("kafka_version", to an older one).
    """
    if type_ != "aws:msk/cluster:Cluster":
        return False
    old, new = (str(each.get("kafkaVersion")).split(".")[:2] for each in (old_inputs, new_inputs))
    return [int(part) for part in new] < [int(part) for part in old]


# pulumi/pulumi-kubernetes, provider/pkg/provider/diff.go: forceNew; ConfigMaps and Secrets are replaced unless the
# provider says otherwise (enableConfigMapMutable, enableSecretMutable).
_SELECTOR = ("spec.selector",)
KUBERNETES = {
    "kubernetes:apps/v1:DaemonSet": _SELECTOR,
    "kubernetes:apps/v1:Deployment": _SELECTOR,
    "kubernetes:apps/v1:StatefulSet": (*_SELECTOR, "spec.podManagementPolicy", "spec.revisionHistoryLimit",
                                       "spec.serviceName", "spec.volumeClaimTemplates"),
    "kubernetes:batch/v1:Job": (*_SELECTOR, "spec.completions", "spec.parallelism", "spec.template"),
    "kubernetes:core/v1:ConfigMap": ("data", "binaryData"),
    "kubernetes:core/v1:Secret": ("data", "stringData", "type"),
    "kubernetes:core/v1:PersistentVolumeClaim": (*_SELECTOR, "spec.accessModes", "spec.storageClassName",
                                                 "spec.volumeName"),
    "kubernetes:core/v1:Service": ("spec.clusterIP",),
    "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding": ("roleRef",),
    "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding": ("roleRef",),
    "kubernetes:storage.k8s.io/v1:StorageClass": ("parameters", "provisioner"),
}  # fmt: skip
KUBERNETES_METADATA = ("metadata.name", "metadata.namespace")
HELM_RELEASE = ("name", "namespace")  # provider/pkg/provider/helm_release.go, Diff

# pulumi/pulumi-random replaces resources for every input (RequiresReplace in hashicorp/terraform-provider-random).
RANDOM = ("*",)
