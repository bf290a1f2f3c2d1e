"""Mistakes of a tired colleague, one input each, that unit tests and rehearsals took for right.

Rules that need a resource more or less, or two of them, have tests of their own in test_whole_stack.py.
"""

import json
from typing import Any, NamedTuple


class Bad(NamedTuple):
    """What a rule must refuse: each resource of the program of this type (and name), with one input changed."""

    rule: str
    type: str
    path: str
    value: Any
    text: str
    name: str | None = None


NODES, TEMPLATE, ADDON = "eks/nodeGroup:NodeGroup", "launchTemplate:LaunchTemplate", "eks/addon:Addon"
CNI, CSI = "cluster-vpc-cni", "cluster-aws-ebs-csi-driver"
RELEASE, MILVUS, BUDGET = "helm.sh/v3:Release", "milvus-release", "PodDisruptionBudget"
JOB, ATTU, NAMESPACE = "batch/v1:Job", "apps/v1:Deployment", "core/v1:Namespace"
CONTAINER = "spec/template/spec/containers/0"
GROUP, BALANCER, NLB = "lb/targetGroup:TargetGroup", "lb/loadBalancer:LoadBalancer", "endpoints-milvus"
EKS, MSK = "aws:eks/cluster:Cluster", "msk/cluster:Cluster"
INGRESS, EGRESS = "SecurityGroupIngressRule", "SecurityGroupEgressRule"
SPREAD: dict[str, Any] = {"maxSkew": 1, "topologyKey": "kubernetes.io/hostname"}
STRANGERS: dict[str, Any] = {
    "topologyKey": "topology.kubernetes.io/zone",
    "labelSelector": {"matchLabels": {"app": "x"}},
    "maxSkew": 2,
}
LIMITED = {"requests": {"cpu": "1", "memory": "1Gi"}}


def allow(action: str, resource: str, principal: Any = None) -> str:
    statement: dict[str, Any] = {"Effect": "Allow", "Action": [action], "Resource": resource}
    return json.dumps({"Statement": [statement | ({"Principal": principal} if principal else {})]})


def managed(name: str) -> str:
    return f"arn:aws:iam::aws:policy/{name}"


ONLY_THE_BUCKET = json.dumps(
    {
        "Statement": {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": "arn:aws:s3:::bucket",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    }
)
"""Objects are read over plain HTTP."""
MISTAKES = [
    Bad("private-link-named", "VpcEndpointService", "allowedPrincipals", ["*"], "every AWS account may connect"),
    # nodes, disks, add-ons
    Bad("nodes-roll", NODES, "updateConfig", {"maxUnavailablePercentage": 100}, "may take 100 % of its nodes"),
    Bad("nodes-roll", NODES, "updateConfig/maxUnavailable", 3, "may take 3 nodes at once"),
    Bad("nodes-roll", NODES, "forceUpdateVersion", True, "in spite of their budgets"),
    Bad("nodes-roll", NODES, "updateConfig/updateStrategy", "MINIMAL", "before others stand in"),
    Bad("nodes-on-demand", NODES, "capacityType", "SPOT", "its nodes are SPOT"),
    Bad("nodes-one-zone", NODES, "subnetIds", ["subnet-a", "subnet-b", "subnet-c"], "is in 3 subnets"),
    Bad("nodes-stay", NODES, "scalingConfig/minSize", 0, "may shrink from"),
    Bad("nodes-supported-image", NODES, "amiType", "AL2_x86_64", "image AL2_x86_64"),
    Bad("nodes-supported-image", NODES, "amiType", "CUSTOM", "image CUSTOM"),
    Bad("node-disks-go", TEMPLATE, "blockDeviceMappings/0/ebs/deleteOnTermination", "false", "stays when its node"),
    Bad("volumes-grow", "StorageClass", "allowVolumeExpansion", False, "its volumes can't grow"),
    Bad("volumes-grow", "StorageClass", "allowVolumeExpansion", None, "its volumes can't grow"),
    Bad("volumes-grow", "StorageClass", "parameters/type", "gp2", "its volumes are gp2"),
    Bad("volumes-tagged", ADDON, "configurationValues", "{}", "no tag project, stack", CSI),
    Bad("addon-configuration", ADDON, "configurationValues", '{"enableNetworkPolicy": true}', "is no text", CNI),
    Bad("addon-configuration", ADDON, "configurationValues", '{"env": {}}', "have no effect", CNI),
    Bad("addon-configuration", ADDON, "configurationValues", "enableNetworkPolicy=true", "no JSON object", CNI),
    Bad(
        "addon-configuration",
        ADDON,
        "configurationValues",
        '{"controller": {"extraVolumeTags": {"project": "x", "stack": 1}}}',
        "stack: 1 is no text",
        CSI,
    ),
    # Milvus' pods
    *(
        Bad("pods-spread", RELEASE, f"values/{role}/topologySpreadConstraints", constraints, text, MILVUS)
        for role in ("etcd", "queryNode", "mixCoordinator")
        for constraints, text in (
            ([], f"the pods of {role} may all be in one zone"),
            ([SPREAD], f"the pods of {role} may all be in one zone"),
            ([STRANGERS], f"the constraint of {role} counts other pods"),
            ([STRANGERS], f"the constraint of {role} lets zones differ by 2 pods"),
        )
    ),
    *(
        Bad(
            "pods-spread-strictly",
            RELEASE,
            f"values/{role}/topologySpreadConstraints/0/whenUnsatisfiable",
            "ScheduleAnyway",
            f"zones of {role} are a wish: ScheduleAnyway",
            MILVUS,
        )
        for role in ("etcd", "queryNode", "proxy")
    ),
    Bad("milvus-standby", RELEASE, "values/mixCoordinator/activeStandby/enabled", False, "no standby", MILVUS),
    Bad("milvus-standby", RELEASE, "values/mixCoordinator/activeStandby", None, "no standby", MILVUS),
    Bad(
        "etcd-volumes-stay",
        RELEASE,
        "values/etcd/persistentVolumeClaimRetentionPolicy/whenScaled",
        "Delete",
        "volumes of members that are scaled away: Delete",
        MILVUS,
    ),
    Bad("etcd-odd", RELEASE, "values/etcd/replicaCount", 2, "etcd has 2 members", MILVUS),
    Bad("release-waits", RELEASE, "timeout", 300, "Helm gives up after 300 seconds"),
    Bad("release-waits", RELEASE, "timeout", None, "Helm gives up after 300 seconds"),
    Bad("release-waits", RELEASE, "skipAwait", True, "Helm does not wait"),
    Bad("budgets-allow-one", BUDGET, "spec/maxUnavailable", 0, "lets 0 pods be away"),
    Bad("budgets-allow-one", BUDGET, "spec/maxUnavailable", "0%", "lets 0% pods be away"),
    Bad("budgets-allow-one", BUDGET, "spec/maxUnavailable", 2, "lets 2 pods be away"),
    Bad("budgets-allow-one", BUDGET, "spec/maxUnavailable", None, "lets no pods be away"),
    Bad("budgets-allow-one", BUDGET, "spec/minAvailable", "100%", "keeps 100% pods"),
    Bad("budgets-allow-one", BUDGET, "spec/unhealthyPodEvictionPolicy", None, "hold up a drain"),
    Bad("budgets-allow-one", BUDGET, "spec/selector", {}, "selects no pods of its own"),
    Bad("readiness-gate", NAMESPACE, "metadata/labels", {}, "before the load balancer says so"),
    Bad("namespace-pod-security", NAMESPACE, "metadata/labels", {}, "enforces the level privileged"),
    Bad(
        "namespace-pod-security",
        NAMESPACE,
        "metadata/labels",
        {"pod-security.kubernetes.io/enforce": "privileged"},
        "enforces the level privileged",
    ),
    # our own pods
    *(
        Bad("pod-security", kind, path, value, text)
        for kind in (JOB, ATTU)
        for path, value, text in (
            (f"{CONTAINER}/securityContext", None, "allowPrivilegeEscalation is not false"),
            (f"{CONTAINER}/securityContext", None, "keeps capabilities"),
            (f"{CONTAINER}/securityContext/privileged", True, "is privileged"),
            (f"{CONTAINER}/securityContext/capabilities/add", ["NET_ADMIN"], "adds capabilities"),
            ("spec/template/spec/securityContext", None, "has no seccomp profile"),
            ("spec/template/spec/hostNetwork", True, "hostNetwork is on"),
            ("spec/template/spec/volumes", [{"name": "x", "hostPath": {"path": "/"}}], "is a folder of the node"),
            ("spec/template/spec/automountServiceAccountToken", None, "gets a token of the Kubernetes API"),
        )
    ),
    Bad("pod-security", JOB, "spec/template/spec/securityContext", None, "may run as root"),
    Bad("pods-limited", JOB, f"{CONTAINER}/resources", None, "has no requests.cpu"),
    Bad("pods-limited", ATTU, f"{CONTAINER}/resources", LIMITED, "has no limits.memory"),
    Bad("pods-limited", ATTU, f"{CONTAINER}/readinessProbe", None, "counts as ready before it answers"),
    Bad("known-images", ATTU, f"{CONTAINER}/image", "zilliz/attu:v9.9.9", "image zilliz/attu:v9.9.9 is none"),
    Bad("known-images", JOB, f"{CONTAINER}/image", "python:3.99", "image python:3.99 is none"),
    Bad("known-images", RELEASE, "values/etcd/image/tag", "3.5.99", "image milvusdb/etcd:3.5.99 is none", MILVUS),
    # load balancers
    Bad("targets-are-pods", GROUP, "targetType", "instance", "targets are of type instance"),
    Bad("targets-are-pods", GROUP, "targetType", None, "targets are of type instance"),
    Bad("targets-are-pods", "TargetGroupBinding", "spec/targetType", "instance", "targets are of type instance"),
    Bad("client-addresses-replaced", GROUP, "preserveClientIp", "true", "pods see clients' addresses"),
    Bad("client-addresses-replaced", GROUP, "proxyProtocolV2", True, "begins with a proxy protocol header"),
    Bad("targets-checked", GROUP, "healthCheck/enabled", False, "no health check"),
    Bad("targets-checked", GROUP, "healthCheck", {"interval": 300}, "found out after 900 seconds"),
    Bad("balancer-reaches-every-zone", BALANCER, "enableCrossZoneLoadBalancing", False, "that zone alone", NLB),
    Bad("balancer-has-a-group", BALANCER, "securityGroups", [], "has no security group"),
    Bad("balancer-has-a-group", BALANCER, "dropInvalidHeaderFields", None, "no standard allows", "endpoints-attu"),
    Bad("balancers-stay-with-state", BALANCER, "enableDeletionProtection", False, "what is behind it is protected"),
    # who may what
    *(
        Bad("least-privilege", "iam/rolePolicy:RolePolicy", "policy", allow(action, arn), f"allows {action} on all of")
        for action, arn in (
            ("s3:GetObject", "arn:aws:s3:::*"),
            ("s3:GetObject", "arn:aws:s3:::*/*"),
            ("kms:Decrypt", "arn:aws:kms:us-east-1:123456789012:key/*"),
            ("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:us-east-1:123456789012:secret:*"),
            ("logs:PutLogEvents", "arn:aws:logs:us-east-1:123456789012:*"),
            ("elasticloadbalancing:RegisterTargets", "arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/*"),
            ("iam:PassRole", "arn:aws:iam::*:role/milvus"),
        )
    ),
    *(
        Bad("attached-policies-fit", "RolePolicyAttachment", "policyArn", managed(policy), f"need {policy}", name)
        for name, policy in (
            (f"{CSI}-AmazonEBSCSIDriverPolicyV2", "AmazonEBSCSIDriverPolicy"),
            (f"{CNI}-AmazonEKS_CNI_Policy", "AmazonEBSCSIDriverPolicyV2"),
            ("cluster-eks-AmazonEKSClusterPolicy", "AmazonEKSWorkerNodePolicy"),
            ("cluster-node-AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy"),
            ("cluster-node-AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryFullAccess"),
        )
    ),
    Bad("secret-readers", "SecretPolicy", "policy", allow("secretsmanager:*", "*", {"Service": "kafka.amazonaws.com"}),
        "allows secretsmanager:*"),
    Bad("secret-readers", "SecretPolicy", "policy", allow("secretsmanager:GetSecretValue", "*", {"AWS": "arn:x"}),
        "lets arn:x in"),
    Bad("identity-provider-audience", "OpenIdConnectProvider", "clientIdLists", ["*"], "takes tokens for *"),
    Bad("account-looked-at", "pulumi:providers:aws", "skipRequestingAccountId", "true", "AccountId is on"),
    # what is open inside
    Bad("one-port-a-rule", INGRESS, "toPort", 65535, "to 65535"),
    Bad("one-port-a-rule", INGRESS, "ipProtocol", "-1", "takes protocol any"),
    Bad("one-port-a-rule", EGRESS, "fromPort", 0, "takes ports 0 to"),
    Bad("one-port-a-rule", INGRESS, "referencedSecurityGroupId", None, "names nobody", "kafka-scram-from-nodes"),
    Bad("no-open-egress", EGRESS, "cidrIpv4", "0.0.0.0/0", "may connect out to 0.0.0.0/0"),
    Bad("no-open-egress", "ec2/securityGroup:SecurityGroup", "egress", [{"cidrBlocks": ["0.0.0.0/0"]}], "connect out"),
    Bad("default-group-empty", "DefaultSecurityGroup", "ingress", [{"self": True}], "has ingress rules"),
    Bad("no-address-by-itself", "ec2/subnet:Subnet", "mapPublicIpOnLaunch", True, "a public address"),
    Bad("passwords-strong", "RandomPassword", "length", 8, "has 8 characters"),
    Bad("bucket-owner", "BucketOwnershipControls", "rule/objectOwnership", "ObjectWriter", "ACLs count"),
    Bad("milvus-encrypted-storage", RELEASE, "values/externalS3/useSSL", False, "useSSL is off", MILVUS),
    Bad("milvus-encrypted-storage", RELEASE, "values/externalS3/useIAM", None, "useIAM is off", MILVUS),
    # money and traces
    Bad("flow-log-of-the-refused", "FlowLog", "trafficType", "ALL", "logs all connections"),
    Bad("broker-logs", MSK, "loggingInfo", None, "go nowhere"),
    Bad("broker-logs", MSK, "loggingInfo/brokerLogs/cloudwatchLogs/enabled", False, "go nowhere"),
    Bad("standard-support", EKS, "upgradePolicy/supportType", "EXTENDED", "extended support by itself"),
    Bad("versions-kept", "BucketVersioning", "versioningConfiguration/status", "Suspended", "versioning is Suspended"),
    Bad("versions-expire", "LifecycleConfiguration", "rules", [], "uploads that broke off stay for ever"),
    Bad("key-grace", "kms/key:Key", "deletionWindowInDays", 7, "is gone 7 days after its deletion"),
    Bad("key-grace", "kms/key:Key", "isEnabled", False, "is disabled"),
    Bad("kafka-durable", "msk/configuration:Configuration", "serverProperties", "default.replication.factor=1\n",
        "on one broker alone"),
    Bad("kafka-durable", "msk/configuration:Configuration", "serverProperties",
        "default.replication.factor=3\nmin.insync.replicas=3\n", "needs all 3 replicas"),
    Bad("flow-log-interval", "FlowLog", "maxAggregationInterval", 60, "for each 60 seconds"),
    Bad("broker-metrics", MSK, "enhancedMonitoring", "PER_TOPIC_PER_PARTITION", "metrics are PER_TOPIC_PER_PARTITION"),
    Bad("broker-metrics", MSK, "enhancedMonitoring", "PER_BROKER", "metrics are PER_BROKER, which are paid"),
    Bad("controller-standby", RELEASE, "values/replicaCount", 1, "runs 1 time", "controller-release"),
    Bad("requests-within-limits", RELEASE, "values/resources/limits/memory", "64Mi", "requests 128Mi of memory",
        "controller-release"),
    Bad("requests-within-limits", RELEASE, "values/queryNode/resources/requests/cpu", "99", "requests 99 of cpu",
        MILVUS),
    Bad("requests-within-limits", JOB, f"{CONTAINER}/resources/limits/memory", "32Mi", "and may have 32Mi"),
    Bad("controller-budget", RELEASE, "values/podDisruptionBudget", {"minAvailable": 2}, "wants 2 of 2",
        "controller-release"),
    Bad("controller-budget", RELEASE, "values/podDisruptionBudget/maxUnavailable", 0, "no eviction",
        "controller-release"),
    Bad("controller-bounded", RELEASE, "values/watchNamespace", None, "has no watchNamespace", "controller-release"),
    Bad("controller-bounded", RELEASE, "values/vpcId", None, "has no vpcId", "controller-release"),
    Bad("known-chart", RELEASE, "version", "5.0.27", "the values of chart 5.0.27", MILVUS),
    Bad("nobody-is-root", JOB, "spec/template/spec/securityContext/runAsUser", 0, "its pods: runAsUser is 0"),
    Bad("bucket-transport", "BucketPolicy", "policy", ONLY_THE_BUCKET, "plain HTTP is not denied"),
    Bad("passwords-plain", "RandomPassword", "special", True, "other than letters and digits"),
    Bad("kafka-storage-target", "appautoscaling/policy:Policy",
        "targetTrackingScalingPolicyConfiguration/targetValue", 10, "when they are 10 % full"),
    Bad("bucket-keys", "ServerSideEncryptionConfiguration", "rules/0/bucketKeyEnabled", False, "a request to KMS"),
    Bad("uploads-end", "LifecycleConfiguration", "rules/0/abortIncompleteMultipartUpload/daysAfterInitiation", 3650,
        "stay for 3650 days"),
]  # fmt: skip
