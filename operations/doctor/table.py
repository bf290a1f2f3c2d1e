"""Everything that the doctor looks at, in one table: before a stack is there, and once it is.

Before, rows do not depend on each other, and all are made at once. After, layers go from the outside in: what lies
behind the first that fails is not asked, since it would only fail because of it.
"""

from operations.doctor import account, deployed, milvus, offers, permissions, pods, quotas
from operations.doctor.check import Check
from operations.doctor.pods import readable

BEFORE = (
    Check("account", "region switched on", "ec2:DescribeRegions", offers.region),
    Check("account", "cluster's name is free", "eks:DescribeCluster", account.cluster_name),
    Check("account", "default key for disks", "ec2:GetEbsDefaultKmsKeyId, kms:DescribeKey, GetKeyPolicy, ListGrants",
          account.disk_key),
    Check("account", "permissions boundary", "iam:GetPolicy", account.boundary),
    Check("account", "topics of alarms", "sns:GetTopicAttributes", account.topics),
    Check("account", "certificate", "acm:DescribeCertificate", account.certificate),
    Check("account", "domain", "route53:GetHostedZone, DNS", account.domain),
    Check("account", "free addresses", "ec2:DescribeSubnets", account.subnets),
    Check("access", "this machine's address", "checkip.amazonaws.com", account.address),
    Check("access", "permissions on EC2", "ec2:* with DryRun and our tags", permissions.dry_runs),
    Check("access", "permissions elsewhere", "iam:SimulatePrincipalPolicy", permissions.simulation),
    Check("access", "roles of services", "iam:GetRole, iam:SimulatePrincipalPolicy", permissions.linked_roles),
    Check("offer", "zones", "ec2:DescribeAvailabilityZones", offers.zones),
    Check("offer", "machines in each zone", "ec2:DescribeInstanceTypeOfferings", offers.machines),
    Check("offer", "Kafka's version", "kafka:ListKafkaVersions", offers.kafka),
    Check("offer", "Kubernetes' version", "eks:DescribeClusterVersions", offers.kubernetes),
    Check("offer", "add-ons' versions", "eks:DescribeAddonVersions", offers.addons),
    *(Check("quota", each.name, f"servicequotas:GetServiceQuota, {each.asks}", each.find) for each in quotas.QUOTAS),
    Check("quota", quotas.RULES.name, "servicequotas:GetServiceQuota, ec2:DescribeManagedPrefixLists", quotas.rules),
)  # fmt: skip

AFTER = (
    Check("identity", "account", "sts:GetCallerIdentity", deployed.account),
    Check("deployment", "state", "the Pulumi backend", deployed.state),
    Check("cluster", "control plane", "eks:DescribeCluster", deployed.cluster),
    Check("cluster", "keys", "kms:DescribeKey", deployed.key),
    Check("API server", "lets us in", "get namespaces", pods.api),
    Check("nodes", "node groups", "eks:ListNodegroups, DescribeNodegroup", deployed.node_groups),
    Check("nodes", "nodes", "list nodes", readable(pods.nodes)),
    Check("nodes", "add-ons", "eks:ListAddons, DescribeAddon", deployed.addons),
    Check("system pods", "kube-system", "list deployments, daemonsets", readable(pods.system)),
    Check("release", "Helm", "list secrets", readable(pods.release)),
    Check("pods", "made", "list deployments, statefulsets", readable(pods.replicas)),
    Check("scheduling", "pods find nodes", "list pods", readable(pods.scheduling)),
    Check("images", "images", "list pods", readable(pods.images)),
    Check("images", "Secrets and settings", "list pods", readable(pods.configuration)),
    Check("services", "Kafka", "kafka:DescribeClusterV2, ListScramSecrets", deployed.kafka),
    Check("services", "bucket", "s3:ListBucket", deployed.bucket),
    Check("services", "secrets", "secretsmanager:DescribeSecret", deployed.secrets),
    Check("containers", "last end", "list pods", readable(pods.ends)),
    Check("volumes", "claims", "list persistentvolumeclaims", readable(pods.volumes)),
    Check("volumes", "mounts", "list pods, events", readable(pods.mounts)),
    Check("ready", "pods are ready", "list pods", readable(pods.ready)),
    Check("balancer", "certificate", "acm:DescribeCertificate", deployed.certificate),
    Check("balancer", "load balancer", "elasticloadbalancing:DescribeLoadBalancers", deployed.balancer),
    Check("targets", "targets", "elasticloadbalancing:DescribeTargetHealth", deployed.targets),
    Check("Milvus", "answers", "DNS, TCP, TLS, login", milvus.answers),
)
