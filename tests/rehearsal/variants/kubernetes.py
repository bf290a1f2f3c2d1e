"""Broken variants of Kubernetes objects, pods, and the path from load balancers to pods."""

from tests.rehearsal.variants.variants import variant

CLUSTER = "components/cluster/cluster.py"
ATTU = "components/endpoints/attu.py"
BINDING = "components/pods/target_binding.py"
CONTROLLER = "components/cluster/load_balancer_controller.py"
MILVUS = "components/milvus/milvus.py"
PROBE = "components/milvus/probe.py"
NOWHERE = 'k8s.Provider("nowhere", kubeconfig=json.dumps({"clusters": [{"cluster": {"server": "https://nowhere"}}]}))'

OBJECTS = (
    variant(
        "disk",
        "an_object_needs_its_cluster",
        r"cluster-storage-class: configured Kubernetes cluster is unreachable: https://nowhere",
        CLUSTER,
        "import pulumi\nimport pulumi_aws as aws\nimport pulumi_eks",
        "import json\nimport pulumi\nimport pulumi_aws as aws\nimport pulumi_eks",
        "provider=self.kubernetes,\n",
        f"provider={NOWHERE},\n",
    ),
    variant(
        "disk",
        "deleting_needs_the_cluster_too",
        r"cluster-storage-class: configured Kubernetes cluster is unreachable: https://nowhere",
        CLUSTER,
        "import pulumi\nimport pulumi_aws as aws\nimport pulumi_eks",
        "import json\nimport pulumi\nimport pulumi_aws as aws\nimport pulumi_eks",
        "provider=self.kubernetes,\n",
        f"provider={NOWHERE},\n",
    ),
    variant(
        "tls",
        "an_object_needs_its_namespace",
        r'milvus-probe-script: namespaces "elsewhere" not found',
        PROBE,
        'metadata={"namespace": namespace},\n        data=',
        'metadata={"namespace": "elsewhere"},\n        data=',
    ),
    variant(
        "tls",
        "pods_find_what_they_refer_to",
        r'milvus-probe: FailedMount: configmap "milvus-probe-script-\w+" not found',
        PROBE,
        'metadata={"namespace": namespace},\n        data=',
        'metadata={"namespace": "elsewhere"},\n        data=',
    ),
    variant(
        "disk",
        "pods_find_what_they_refer_to",
        r"milvus-probe: CreateContainerConfigError: couldn't find key secret in Secret milvus/milvus-root-\w+",
        MILVUS,
        'password={"name": root.metadata.name, "key": "password"}',
        'password={"name": root.metadata.name, "key": "secret"}',
    ),
    variant(
        "private",
        "nodes_reach_the_images_of_their_pods",
        r"milvus-probe: .*ImagePullBackOff: public.ecr.aws/docker/library/python:3.13-slim: from",
        PROBE,
        "images.PROBE.reference(registry)",
        'images.PROBE.reference("")',
    ),
    variant(
        "private",
        "nodes_reach_the_images_of_their_pods",
        r"controller-release: .*ImagePullBackOff: public.ecr.aws/eks/aws-load-balancer-controller:v3.5.0: from",
        CONTROLLER,
        "IMAGE.name(args.registry)",
        'IMAGE.name("")',
    ),
    variant(
        "disk",
        "a_custom_resource_needs_its_definition",
        r'milvus-milvus: no matches for kind "TargetGroupBinding" in version "elb.k8s.aws/v1beta1"',
        BINDING,
        'api_version="elbv2.k8s.aws/v1beta1"',
        'api_version="elb.k8s.aws/v1beta1"',
    ),
    variant(
        "private",
        "pulumi_knows_why_a_job_failed",
        r"milvus-probe: milvus/milvus-probe-\w+: podFailurePolicy FailJob ends a Job by the reason PodFailurePolicy",
        PROBE,
        '{"action": "Ignore", "on_exit_codes"',
        '{"action": "FailJob", "on_exit_codes"',
    ),
    variant(
        "dev",
        "an_object_is_valid",
        r'Job "milvus-probe-\w+" is invalid: spec.template.spec.containers\[0\].resources.requests: Invalid value',
        PROBE,
        '"limits": {"memory": "128Mi"}',
        '"limits": {"memory": "32Mi"}',
    ),
    variant(
        "going",
        "an_object_is_valid",
        r'Deployment "attu-deployment-\w+" is invalid: spec.template.spec.containers\[0\].ports\[0\].name: Invalid',
        ATTU,
        '[{"name": "attu", "container_port"',
        '[{"name": "attu-web-console-port", "container_port"',
    ),
    variant(
        "dev",
        "somebody_enforces_network_policies",
        r"milvus-deny: milvus/milvus-deny-\w+ is accepted and ignored: the add-on vpc-cni runs without enableNetworkPo",
        "components/cluster/addons.py",
        '"enableNetworkPolicy": "true"',
        '"enableNetworkPolicy": "false"',
    ),
    variant(
        "dev",
        "pulumi_waits_for_a_services_pods",
        r"attu-service: Service initialization: \[MODIFIED\] Service does not target any Pods",
        ATTU,
        '"annotations": {"pulumi.com/skipAwait": "true"},',
        "",
    ),
    variant(
        "dev",
        "a_namespace_may_forbid_pods",
        r'attu-deployment: milvus/attu-deployment-\w+: pods are forbidden: violates PodSecurity "restricted:latest"',
        MILVUS,
        '"pod-security.kubernetes.io/enforce": "baseline"',
        '"pod-security.kubernetes.io/enforce": "restricted"',
    ),
)

PODS = (
    variant(
        "dev",
        "pods_fit_on_the_nodes",
        r"milvus-release: milvus/milvus: timed out .*: pod standalone-0 is Pending: 0/\d nodes .* Insufficient memory",
        "arguments/cluster.py",
        "instance_type=group.instance,",
        'instance_type="c7g.large",',
    ),
    variant(
        "disk",
        "pods_fit_on_the_nodes",
        r"milvus-release: .* pod queryNode-\d is Pending: .* Insufficient ephemeral-storage",
        "components/cluster/nodes.py",
        "if group.local_disks else None",
        "if not group else None",
    ),
)

CONTROLLERS = (
    variant(
        "dev",
        "a_bindings_webhook_needs_the_controller",
        r"milvus-milvus needs controller-release first, but does not depend on it|failed calling webhook",
        BINDING,
        "known_after(binding.target_group_arn, admitted.id, binding.controller)",
        "known_after(binding.target_group_arn, admitted.id)",
    ),
    variant(
        "dev",
        "a_custom_resource_needs_its_definition",
        r"milvus-milvus needs controller-release first, but does not depend on it|no matches for kind",
        BINDING,
        "known_after(binding.target_group_arn, admitted.id, binding.controller)",
        "known_after(binding.target_group_arn, admitted.id)",
    ),
    variant(
        "private",
        "a_bindings_finalizer_needs_the_controller",
        r"milvus-milvus: .* finalizer elbv2.k8s.aws/resources: AccessDenied: .* elasticloadbalancing:DeregisterTargets",
        CONTROLLER,
        '["elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:RegisterTargets"]',
        '["elasticloadbalancing:RegisterTargets"]',
    ),
    variant(
        "private",
        "milvus_targets_become_healthy",
        r"milvus-release: .* of milvus-milvus: Target.NotRegistered: AccessDenied: .* elasticloadbalancing:DeregisterT",
        CONTROLLER,
        '["elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:RegisterTargets"]',
        '["elasticloadbalancing:RegisterTargets"]',
    ),
    variant(
        "tls",
        "a_binding_comes_before_its_pods",
        r"milvus-release needs milvus-milvus first, but does not depend on it: pods that do not find their binding",
        MILVUS,
        "        bindings = (\n            [bind(",
        "        late = lambda: (\n            [bind(",
        "port=MILVUS_PORT, opts=child)]",
        "port=MILVUS_PORT, opts=pulumi.ResourceOptions(parent=self, depends_on=release))]",
        "depends_on=[*policies, *bindings],",
        "depends_on=[*policies],",
        "        revision = values.apply(",
        "        late()\n        revision = values.apply(",
    ),
    variant(
        "dev",
        "services_wait_for_the_webhook_that_sees_them",
        r"attu-service needs controller-release first, but does not depend on it: no Service is created while",
        CONTROLLER,
        '"enableServiceMutatorWebhook": False',
        '"enableServiceMutatorWebhook": True',
    ),
    variant(
        "going",
        "a_deployments_targets_become_healthy",
        r"attu-deployment: .* Target.FailedHealthChecks: no NetworkPolicy admits endpoints-attu \(10.42.\S+, .*to port",
        ATTU,
        "[(addresses(args.binding.load_balancer_cidrs), [ATTU_PORT])]",
        "[(addresses(args.binding.load_balancer_cidrs), [80])]",
    ),
    variant(
        "prod",
        "milvus_targets_become_healthy",
        r"milvus-release: .* Target.NotRegistered: the load balancer controller watches namespace kube-system, not mil",
        CONTROLLER,
        '"watchNamespace": args.watch_namespace',
        '"watchNamespace": "kube-system"',
    ),
    variant(
        "tls",
        "a_deployments_targets_become_healthy",
        r"attu-deployment: .* Target.FailedHealthChecks: nodes does not admit endpoints-attu on port 3000|before, node",
        BINDING,
        "        from_port=port,\n        to_port=port,",
        "        from_port=port + 1,\n        to_port=port + 1,",
    ),
    variant(
        "going-tls",
        "milvus_targets_become_healthy",
        r"milvus-release needs endpoints-milvus-19530-pods-\S+ first, but does not depend on it|FailedHealthChecks",
        "components/endpoints/endpoints.py",
        "parent=self, depends_on=rules",
        "parent=self",
    ),
)
VARIANTS = (*OBJECTS, *PODS, *CONTROLLERS)
