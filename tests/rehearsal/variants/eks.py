"""Broken variants of EKS, its nodes and its add-ons."""

from tests.rehearsal.variants.variants import variant

CLUSTER = "components/cluster/cluster.py"
NODES = "components/cluster/nodes.py"
ADDONS = "components/cluster/addons.py"
IDENTITY = "components/identity/workload_identity.py"

CONTROL_PLANE = (
    variant(
        "dev",
        "a_clusters_role_may_manage_it",
        r"cluster-eksCluster: InvalidParameterException: The provided role doesn't have the Amazon EKS Managed",
        CLUSTER,
        '["AmazonEKSClusterPolicy"]',
        "[]",
    ),
    variant(
        "private",
        "a_cluster_needs_subnets_in_two_zones",
        r"cluster-eksCluster: InvalidParameterException: Subnets specified must be in at least two different AZs",
        CLUSTER,
        "private_subnet_ids=list(args.subnet_ids.values()),",
        "private_subnet_ids=list(args.subnet_ids.values())[:1],",
    ),
    variant(
        "dev",
        "a_clusters_secrets_have_a_usable_key",
        r"cluster-eksCluster: InvalidParameterException: The keyArn in encryptionConfig provider is invalid",
        CLUSTER,
        "encryption_config_key_arn=key.arn,",
        'encryption_config_key_arn="arn:aws:kms:us-east-1:123456789012:key/other",',
    ),
    variant(
        "dev",
        "eks_makes_the_log_group_that_it_misses",
        r"cluster-eksCluster needs cluster-logs first, but does not depend on it",
        CLUSTER,
        "depends_on=[logs, *attached],",
        "depends_on=[*attached],",
    ),
    variant(
        "dev",
        "a_protected_cluster_stays",
        r"cluster-eksCluster: InvalidRequestException: Cluster milvus-on-aws-dev has deletion protection enabled",
        CLUSTER,
        "deletion_protection=args.deletion_protection,",
        "deletion_protection=True,",
    ),
    variant(
        "tls",
        "who_made_the_cluster_has_an_entry_already",
        r"cluster-access-team: ResourceInUseException: The specified access entry resource is already in use",
        CLUSTER,
        "principal_arn=entry.principal_arn, opts=child",
        'principal_arn="arn:aws:iam::123456789012:user/rehearsal", opts=child',
    ),
    variant(
        "tls",
        "an_access_policy_needs_its_entry",
        r"cluster-access-team: ResourceNotFoundException: The policyArn \S+/AmazonEKSReadPolicy does not exist",
        CLUSTER,
        '"AmazonEKSViewPolicy"',
        '"AmazonEKSReadPolicy"',
    ),
    variant(
        "prod",
        "an_access_policy_needs_its_entry",
        r"cluster-access-team needs cluster-access-team first, but does not|The specified principalArn could not be fo",
        CLUSTER,
        "principal_arn=access.principal_arn,",
        "principal_arn=entry.principal_arn,",
    ),
    variant(
        "going",
        "a_cluster_with_nodes_stays",
        r"cluster-eksCluster: ResourceInUseException: Cluster has nodegroups attached: cluster-shared-",
        NODES,
        "depends_on=needs,",
        "depends_on=needs, retain_on_delete=True,",
    ),
)

WORKERS = (
    variant(
        "dev",
        "a_groups_machines_fit_its_image",
        r"cluster-shared-\S+: InvalidParameterException: \[\w+g.large\] is not a valid instance type for requested ami",
        NODES,
        '"AL2023_ARM_64_STANDARD" if',
        '"AL2023_x86_64_STANDARD" if',
    ),
    variant(
        "tls",
        "a_groups_template_has_nothing_that_eks_decides",
        r"Ec2LaunchTemplateInvalidConfiguration: User data was not in the MIME multipart format",
        NODES,
        "user_data=base64.b64encode(LOCAL_DISKS.encode()).decode() if group.local_disks else None,",
        'user_data=base64.b64encode(b"#!/bin/sh").decode(),',
    ),
    variant(
        "prod",
        "nodes_may_join_and_pull",
        r"NodeCreationFailure: Instances failed to join the kubernetes cluster: cluster-node lacks AmazonEC2Container",
        NODES,
        ', "AmazonEC2ContainerRegistryPullOnly")',
        ",)",
    ),
    variant(
        "dev",
        "nodes_may_join_and_pull",
        r"NodeCreationFailure: Instances failed to join the kubernetes cluster: cluster-node does not trust ec2",
        NODES,
        '"ec2.amazonaws.com",',
        '"eks.amazonaws.com",',
    ),
    variant(
        "private",
        "nodes_may_join_and_pull",
        r"cluster-shared-\S+ needs cluster-node-Amazon\w+ first, but does not depend on it|cluster-node lacks",
        NODES,
        "known_after(role.arn, *(each.id for each in attached))",
        "known_after(role.arn)",
    ),
    variant(
        "disk",
        "an_attached_policy_exists",
        r"cluster-node-AmazonEKSNodePolicy: NoSuchEntity: Policy \S+ does not exist or is not attachable",
        NODES,
        '"AmazonEKSWorkerNodePolicy", ',
        '"AmazonEKSNodePolicy", ',
    ),
    variant(
        "tls",
        "nodes_need_a_way_out",
        r"cluster-shared-\S+ needs network-private-\S+ first, but does not depend on it|no route to the internet",
        "arguments/cluster.py",
        "node_subnet_ids=network.node_subnet_ids,",
        "node_subnet_ids=network.private_subnet_ids,",
    ),
    variant(
        "prod",
        "nodes_reach_the_api_server",
        r"NodeCreationFailure: .* the API server admits 198.51.100.0/24, and has no private address",
        CLUSTER,
        "endpoint_private_access=True",
        "endpoint_private_access=False",
    ),
    variant(
        "private",
        "nodes_need_a_network_plugin",
        r"NodeCreationFailure: Unhealthy nodes in the kubernetes cluster: .* cni plugin not initialized",
        CLUSTER,
        "for each in BEFORE_NODES]",
        "for each in BEFORE_NODES[:1]]",
    ),
    variant(
        "dev",
        "nodes_need_a_network_plugin",
        r"cluster-shared-\S+ needs cluster-vpc-cni first, but does not depend on it|cni plugin not initialized",
        NODES,
        "depends_on=needs,",
        "",
    ),
)

EXTENSIONS = (
    variant(
        "dev",
        "an_addon_needs_its_cluster",
        r"cluster-metrics-server: ResourceNotFoundException: No cluster found",
        ADDONS,
        "cluster_name=cluster_name,",
        'cluster_name="other" if addon_name == "metrics-server" else cluster_name,',
    ),
    variant(
        "dev",
        "an_addon_with_pods_needs_nodes",
        r"cluster-coredns needs cluster-shared-\S+ first, but does not depend on it|InsufficientNumberOfReplicas",
        CLUSTER,
        "self._addon(name, each, args, nodes) for",
        "self._addon(name, each, args) for",
    ),
    variant(
        "private",
        "an_addon_that_calls_aws_needs_a_role",
        r"cluster-aws-ebs-csi-driver: .* AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity: cluste",
        ADDONS,
        'name="ebs-csi-controller-sa"',
        'name="ebs-csi-sa"',
    ),
    variant(
        "prod",
        "an_addon_that_calls_aws_needs_a_role",
        r"cluster-vpc-cni: unexpected state 'DEGRADED', .* UnauthorizedOperation: \S+ lacks AmazonEKS_CNI_Policy",
        ADDONS,
        'managed_policy="AmazonEKS_CNI_Policy"',
        'managed_policy="AmazonEKSVPCResourceController"',
    ),
    variant(
        "disk",
        "an_addon_that_calls_aws_needs_a_role",
        r"cluster-vpc-cni: .* InvalidIdentityToken: Incorrect token audience: cluster-oidc does not list sts",
        CLUSTER,
        'client_id_lists=["sts.amazonaws.com"]',
        'client_id_lists=["milvus"]',
    ),
    variant(
        "tls",
        "an_addon_that_calls_aws_needs_a_role",
        r"cluster-vpc-cni needs cluster-vpc-cni-AmazonEKS_CNI_Policy first, but does not|UnauthorizedOperation",
        IDENTITY,
        "known_after(role.arn, *attached)",
        "known_after(role.arn)",
    ),
)
VARIANTS = (*CONTROL_PLANE, *WORKERS, *EXTENSIONS)
