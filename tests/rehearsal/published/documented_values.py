"""Sample values for each documented limit: one at the limit, which AWS accepts, and one beyond it."""

from typing import Any

ACM = "aws:acm/certificate:Certificate"
ADDON = "aws:eks/addon:Addon"
BUCKET = "aws:s3/bucket:Bucket"
CLUSTER = "aws:eks/cluster:Cluster"
CONFIGURATION = "aws:msk/configuration:Configuration"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
KAFKA = "aws:msk/cluster:Cluster"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
LOCK = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"
REPLICATION = "aws:s3/bucketReplicationConfig:BucketReplicationConfig"
LISTENER = "aws:lb/listener:Listener"
LOAD_BALANCER = "aws:lb/loadBalancer:LoadBalancer"
NODES = "aws:eks/nodeGroup:NodeGroup"
OIDC = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
PARAMETER = "aws:ssm/parameter:Parameter"
RECORD = "aws:route53/record:Record"
ROLE = "aws:iam/role:Role"
SECRET = "aws:secretsmanager/secret:Secret"
TARGETS = "aws:lb/targetGroup:TargetGroup"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"

SERVICE = "aws:ec2/vpcEndpointService:VpcEndpointService"
VERIFICATION = "aws:vpc/endpointServicePrivateDnsVerification:EndpointServicePrivateDnsVerification"

ACCOUNT = "123456789012"
ID = "0123456789abcdef0"
KAFKA_ARN = f"arn:aws:kafka:us-east-1:{ACCOUNT}:cluster/kafka/0a-1"
CERTIFICATE = f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate/1-2"
BALANCERS = f"arn:aws:elasticloadbalancing:us-east-1:{ACCOUNT}:loadbalancer"
OIDC_PATH = "defaultActions[].authenticateOidc"
LABEL = "l" * 63
WORDS = {f"t{number}": "" for number in range(50)}

VALUES: list[tuple[str, str, Any, Any]] = [
    (BUCKET, "tags", WORDS, {**WORDS, "t50": ""}),
    (BUCKET, "tags", {"k" * 128: ""}, {"k" * 129: ""}),
    (BUCKET, "tags", {"awsome": "R-D_.:/=+@ é"}, {"aws:team": "a"}),
    (BUCKET, "tags", {"k": "v" * 256}, {"k": "v" * 257}),
    (KAFKA, "tags", {"team": "R and D"}, {"team": "R&D"}),
    (GROUP, "tags", {"k" * 127: "R&D"}, {"k" * 128: "R&D"}),
    (GROUP, "tags", {"k": "v" * 256}, {"k": "v" * 257}),
    (GROUP, "tags", WORDS, {**WORDS, "t50": ""}),
    (ROLE, "tags", {"team": "a", "Group": "b"}, {"team": "a", "Team": "b"}),
    (OIDC, "tags", {"team": "a"}, {"team": "a", "TEAM": "b"}),
    ("aws:iam/policy:Policy", "tags", {"team": "a"}, {"team": "a", "TEAM": "b"}),
    (SERVICE, "allowedPrincipals[]", f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT),
    (SERVICE, "networkLoadBalancerArns[]", f"{BALANCERS}/net/a/1", f"{BALANCERS}/app/a/1"),
    (SERVICE, "privateDnsName", f"{'l' * 63}.example.org", f"{'l' * 64}.example.org"),
    (VERIFICATION, "serviceId", f"vpce-svc-{ID}", f"vpce-{ID}"),
    (LOAD_BALANCER, "enforceSecurityGroupInboundRulesOnPrivateLinkTraffic", "off", "no"),
    ("aws:s3/bucketObjectv2:BucketObjectv2", "key", "k" * 1024, "k" * 1025),
    (LOCK, "rule.defaultRetention.days", 36500, 36501),
    (REPLICATION, "rules", [{}] * 1000, [{}] * 1001),
    (REPLICATION, "rules[].id", "r" * 255, "r" * 256),
    (REPLICATION, "rules[].destination.bucket", "arn:aws-us-gov:s3:::copies", "copies"),
    (ACM, "domainName", f"{'d' * 52}.example.org", f"{'d' * 53}.example.org"),
    (ACM, "subjectAlternativeNames", ["a.example.org"] * 9, ["a.example.org"] * 10),
    (ACM, "validationMethod", "DNS", "dns"),
    ("aws:acm/certificateValidation:CertificateValidation", "certificateArn", CERTIFICATE, "certificate/1"),
    (RECORD, "aliases[].name", f"{'l' * 63}.example.org", f"{'l' * 64}.example.org"),
    ("aws:appautoscaling/policy:Policy", "targetTrackingScalingPolicyConfiguration.targetValue", 80, 81),
    ("aws:appautoscaling/target:Target", "resourceId", KAFKA_ARN, KAFKA_ARN.replace("kafka/", "a_b/")),
    ("aws:appautoscaling/target:Target", "maxCapacity", 16384, 16385),
    ("aws:cloudwatch/logGroup:LogGroup", "name", "/aws/eks/a#b/cluster", "aws/eks"),
    ("aws:cloudwatch/logGroup:LogGroup", "namePrefix", "n" * 512, "n" * 513),
    ("aws:ec2/internetGateway:InternetGateway", "vpcId", f"vpc-{ID}", "vpc-0123456789"),
    ("aws:ec2/flowLog:FlowLog", "iamRoleArn", f"arn:aws:iam::{ACCOUNT}:role/a/b", f"arn:aws:iam::{ACCOUNT}:user/b"),
    ("aws:ec2/flowLog:FlowLog", "logDestination", f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:a", "a"),
    ("aws:ec2/flowLog:FlowLog", "maxAggregationInterval", 60, 61),
    (TEMPLATE, "name", "abc", "ab"),
    (TEMPLATE, "name", "n" * 128, "n" * 129),
    (TEMPLATE, "userData", "A" * 21848, "A" * 21852),
    (TEMPLATE, "blockDeviceMappings[].deviceName", "/dev/xvda", "xvd/a"),
    (TEMPLATE, "blockDeviceMappings[].ebs.volumeSize", 65536, 65537),
    (TEMPLATE, "blockDeviceMappings[].ebs.throughput", 125, 124),
    (TEMPLATE, "metadataOptions.httpPutResponseHopLimit", 64, 65),
    (TEMPLATE, "tagSpecifications[].tags", {"k" * 127: ""}, {"AWS:team": ""}),
    ("aws:ec2/natGateway:NatGateway", "allocationId", f"eipalloc-{ID}", f"eip-{ID}"),
    ("aws:ec2/route:Route", "routeTableId", f"rtb-{ID}", f"rt-{ID}"),
    ("aws:ec2/route:Route", "gatewayId", f"igw-{ID}", f"nat-{ID}"),
    ("aws:ec2/route:Route", "natGatewayId", f"nat-{ID}", f"igw-{ID}"),
    (GROUP, "name", "n" * 255, "n" * 256),
    (GROUP, "name", "a sg-1", "sg-1"),
    (GROUP, "description", "d" * 255, "d" * 256),
    (GROUP, "description", "Load balancer of Milvus", "Milvus' load balancer"),
    (GROUP, "description", "a-Z 0 ._-:/()#,@[]+=&;{}!$*", "Attu's load balancer"),
    (GROUP, "ingress", [{}] * 60, [{}] * 61),
    (GROUP, "egress[].description", "d" * 255, "d" * 256),
    ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "description", "", "clients'"),
    ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "fromPort", 65535, 65536),
    ("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "ipProtocol", "255", "256"),
    ("aws:ec2/subnet:Subnet", "availabilityZone", "us-gov-west-1a", "us-east-1"),
    ("aws:ec2/subnet:Subnet", "cidrBlock", "10.0.0.0/28", "10.0.0.0/29"),
    ("aws:ec2/vpc:Vpc", "cidrBlock", "10.0.0.0/16", "10.0.0.0/15"),
    ("aws:ec2/vpcEndpoint:VpcEndpoint", "subnetIds[]", f"subnet-{ID}", "subnet-1"),
    ("aws:ec2/vpcEndpoint:VpcEndpoint", "securityGroupIds", [f"sg-{ID}"] * 5, [f"sg-{ID}"] * 6),
    ("aws:ec2/vpcEndpoint:VpcEndpoint", "policy", "p" * 20480, "p" * 20481),
    ("aws:ec2/vpcEndpoint:VpcEndpoint", "serviceName", "com.amazonaws.us-east-1.ecr.api", "ecr"),
    (NODES, "clusterName", "c" * 100, "c" * 101),
    (
        "aws:eks/accessEntry:AccessEntry",
        "principalArn",
        f"arn:aws:iam::{ACCOUNT}:user/a",
        f"arn:aws:iam::{ACCOUNT}:root",
    ),
    (
        "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
        "policyArn",
        "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy",
        "arn:aws:iam::aws:policy/AmazonEKSViewPolicy",
    ),
    ("aws:eks/accessPolicyAssociation:AccessPolicyAssociation", "accessScope.namespaces[]", LABEL, "Vectors"),
    (ADDON, "addonName", "vpc-cni", "VPC CNI"),
    (ADDON, "addonVersion", "v1.18.1-eksbuild.1", "1.18.1"),
    (ADDON, "configurationValues", "{}", "{"),
    (CLUSTER, "encryptionConfig.provider.keyArn", f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1-2", "1-2"),
    (CLUSTER, "encryptionConfig.resources[]", "secrets", "configmaps"),
    (CLUSTER, "kubernetesNetworkConfig.serviceIpv4Cidr", "172.20.0.0/24", "172.20.0.0/25"),
    (CLUSTER, "kubernetesNetworkConfig.serviceIpv4Cidr", "10.0.0.0/12", "100.64.0.0/16"),
    (CLUSTER, "vpcConfig.publicAccessCidrs", ["10.0.0.0/8"] * 40, ["10.0.0.0/8"] * 41),
    (CLUSTER, "vpcConfig.subnetIds", [f"subnet-{ID}"] * 2, [f"subnet-{ID}"]),
    (NODES, "nodeGroupName", "n" * 63, "n" * 64),
    (NODES, "instanceTypes", ["m7g.large"] * 20, ["m7g.large"] * 21),
    (NODES, "labels", {f"example.org/{LABEL[12:]}": "a"}, {f"example.org/{LABEL[11:]}": "a"}),
    (NODES, "labels", {"pool": "a"}, {"pool!": "a"}),
    (NODES, "labels", {"a": LABEL}, {"a": f"{LABEL}l"}),
    (NODES, "taints", [{}] * 50, [{}] * 51),
    (NODES, "taints[].key", "example.org/pool", "pool!"),
    (NODES, "taints[].value", "", "query node"),
    (NODES, "launchTemplate.id", f"lt-{ID}", "template"),
    (NODES, "launchTemplate.version", "$Latest", "latest"),
    (NODES, "scalingConfig.maxSize", 450, 451),
    (NODES, "updateConfig.maxUnavailable", 100, 101),
    (NODES, "version", "1.35", "1.35.4"),
    (OIDC, "url", "https://oidc.example.org/id/1", "http://oidc.example.org"),
    ("aws:iam/policy:Policy", "policy", "p" * 6144 + " " * 9, "p" * 6145),
    (ROLE, "assumeRolePolicy", "p" * 2048 + " " * 9, "p" * 2049),
    (ROLE, "permissionsBoundary", "arn:aws:iam::aws:policy/PowerUserAccess", f"arn:aws:iam::{ACCOUNT}:role/a"),
    ("aws:iam/rolePolicy:RolePolicy", "policy", "p" * 10240, "p" * 10241),
    ("aws:kms/alias:Alias", "name", "alias/milvus", "alias/aws/milvus"),
    ("aws:kms/key:Key", "policy", "p" * 32768, "p" * 32769),
    (
        LISTENER,
        "loadBalancerArn",
        f"arn:aws:elasticloadbalancing:us-east-1:{ACCOUNT}:loadbalancer/net/a/0",
        f"arn:aws:elasticloadbalancing:us-east-1:{ACCOUNT}:targetgroup/a/0",
    ),
    (
        LISTENER,
        "defaultActions[].targetGroupArn",
        f"arn:aws:elasticloadbalancing:us-east-1:{ACCOUNT}:targetgroup/a/0",
        f"arn:aws:elasticloadbalancing:us-east-1:{ACCOUNT}:loadbalancer/net/a/0",
    ),
    (LISTENER, "alpnPolicy", "HTTP2Only", "HTTP2"),
    (LISTENER, "sslPolicy", "ELBSecurityPolicy-TLS13-1-2-2021-06", "TLS13"),
    (LISTENER, "tcpIdleTimeoutSeconds", 60, 59),
    (LISTENER, "tcpIdleTimeoutSeconds", 6000, 6001),
    (LISTENER, "defaultActions[].redirect.port", "65535", "65536"),
    (LISTENER, f"{OIDC_PATH}.issuer", "https://idp.example.org", "http://idp.example.org"),
    (LISTENER, f"{OIDC_PATH}.authorizationEndpoint", "https://idp.example.org/a", "idp.example.org"),
    (LISTENER, f"{OIDC_PATH}.tokenEndpoint", "https://idp.example.org/a", "idp.example.org"),
    (LISTENER, f"{OIDC_PATH}.userInfoEndpoint", "https://idp.example.org/a", "idp.example.org"),
    (LOAD_BALANCER, "name", "n" * 32, "n" * 33),
    (LOAD_BALANCER, "name", "my-internal-1", "internal-1"),
    (LOAD_BALANCER, "name", "a-b", "a_b"),
    (LOAD_BALANCER, "enableDeletionProtection", True, "yes"),
    (LOAD_BALANCER, "idleTimeout", 4000, 4001),
    (LOAD_BALANCER, "clientKeepAlive", 604800, 604801),
    (TARGETS, "name", "n" * 32, "n" * 33),
    (TARGETS, "name", "a-b", "a-"),
    (TARGETS, "preserveClientIp", "false", "no"),
    (TARGETS, "deregistrationDelay", 3600, 3601),
    (TARGETS, "slowStart", 0, 29),
    (TARGETS, "slowStart", 900, 901),
    (TARGETS, "healthCheck.matcher", "200,202-299", "OK"),
    (KAFKA, "clusterName", "k" * 64, "k" * 65),
    (KAFKA, "clusterName", "a-b", "a_b"),
    (KAFKA, "clusterName", "ab", "a.b"),
    (KAFKA, "kafkaVersion", "3.9.x.kraft", "3.9"),
    (KAFKA, "brokerNodeGroupInfo.instanceType", "kafka.m7g.16xlarge", "kafka.m7g.24xlarge"),
    (KAFKA, "brokerNodeGroupInfo.clientSubnets", [f"subnet-{ID}"] * 3, [f"subnet-{ID}"] * 4),
    (KAFKA, "brokerNodeGroupInfo.securityGroups", [f"sg-{ID}"] * 5, [f"sg-{ID}"] * 6),
    (KAFKA, "numberOfBrokerNodes", 60, 61),
    (KAFKA, "configurationInfo.arn", f"arn:aws:kafka:us-east-1:{ACCOUNT}:configuration/a/0", KAFKA_ARN),
    (KAFKA, "configurationInfo.revision", 1, 0),
    (KAFKA, "loggingInfo.brokerLogs.cloudwatchLogs.logGroup", "/aws/kafka", "a b"),
    (CONFIGURATION, "name", "a-b", "a_b"),
    (CONFIGURATION, "serverProperties", "# a\nauto.create.topics.enable=true\n", "auto create"),
    (
        "aws:msk/scramSecretAssociation:ScramSecretAssociation",
        "secretArnLists",
        [f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:AmazonMSK_a"],
        [f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:a"],
    ),
    (RECORD, "name", "*.example.org", "a b.example.org"),
    (RECORD, "zoneId", "Z" + "0" * 31, "Z" + "0" * 32),
    (RECORD, "type", "CNAME", "ALIAS"),
    (RECORD, "ttl", 2147483647, -1),
    (BUCKET, "bucket", "b" * 63, "b" * 64),
    (BUCKET, "bucket", "abc", "ab"),
    (BUCKET, "bucket", "a.b", "192.168.5.4"),
    (BUCKET, "bucket", "a-s3alias-b", "a-s3alias"),
    (LIFECYCLE, "rules", [{}] * 1000, [{}] * 1001),
    (LIFECYCLE, "rules[].id", "i" * 255, "i" * 256),
    (LIFECYCLE, "rules[].expiration.days", 1, 0),
    (LIFECYCLE, "rules[].noncurrentVersionExpiration.noncurrentDays", 1, 0),
    (LIFECYCLE, "rules[].abortIncompleteMultipartUpload.daysAfterInitiation", 1, 0),
    (LIFECYCLE, "rules[].filter.prefix", "p" * 1024, "p" * 1025),
    ("aws:s3/bucketPolicy:BucketPolicy", "policy", "p" * 20480, "p" * 20481),
    (SECRET, "name", "a/b_+=.@-c", "a b"),
    (SECRET, "namePrefix", "AmazonMSK_", "AmazonMSK "),
    (SECRET, "recoveryWindowInDays", 7, 6),
    (SECRET, "recoveryWindowInDays", 0, 31),
    (
        "aws:secretsmanager/secretVersion:SecretVersion",
        "secretId",
        f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:a",
        "a",
    ),
    (PARAMETER, "value", "v" * 4096, "v" * 4097),
    (PARAMETER, "value", "é" * 2048, "é" * 2049),
    (PARAMETER, "name", "/milvus/dev/awsome", "/aws/dev"),
    (PARAMETER, "name", "/" + "/".join("abcdefghijklmno"), "/" + "/".join("abcdefghijklmnop")),
    (PARAMETER, "name", "/" + "n" * 1010, "/" + "n" * 1011),
]
