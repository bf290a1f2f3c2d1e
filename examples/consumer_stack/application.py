"""The application in Kubernetes: its namespace, its identity in AWS, its network policy, and its pods.

The password is read at run time, by ARN, with the role of the service account (milvus_contract.connect). So it is in no
state, etcd or manifest, and the next connection uses a rotated password. External Secrets would copy it into a Secret,
need an operator in the producer's cluster, and let that operator read it.
"""

from dataclasses import dataclass, replace
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi_kubernetes.apps import v1 as apps
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.networking import v1 as networking

from milvus_contract import Contract
from milvus_contract.text import environment

LABELS = {"app": "consumer"}
WORK = "/work"
"""The only folder in which the container may write."""


@dataclass(frozen=True, kw_only=True)
class ApplicationArgs:
    milvus: pulumi.Output[Contract]
    auth_secret_arn: str
    """Secret of the application's own user. It must not be root's, which gives access to every database."""
    database: str
    image: str
    pool: str
    """Pool of nodes for the pods, which is their label and taint."""
    cluster_arn: pulumi.Output[str]
    oidc_issuer: pulumi.Output[str]
    vpc_cidr: pulumi.Output[str]


class Application(pulumi.ComponentResource):
    namespace: pulumi.Output[str]

    def __init__(self, name: str, args: ApplicationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("consumer:application:Application", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        namespace = core.Namespace(
            name, metadata={"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}, opts=child
        )
        self.namespace = namespace.metadata.name
        account = core.ServiceAccount(
            name,
            metadata={
                "name": name,
                "namespace": self.namespace,
                "annotations": {"eks.amazonaws.com/role-arn": self._role(name, args)},
            },
            opts=child,
        )
        # The name is generated: a changed contract creates a new ConfigMap, whose name restarts the pods.
        settings = core.ConfigMap(
            name,
            metadata={"namespace": self.namespace},
            data=args.milvus.apply(
                lambda contract: environment(replace(contract, milvus_auth_secret_arn=args.auth_secret_arn))
            ),
            immutable=True,
            opts=child,
        )
        policy = networking.NetworkPolicy(
            name, metadata={"namespace": self.namespace}, spec=_network(args.vpc_cidr), opts=child
        )
        apps.Deployment(
            name,
            metadata={"namespace": self.namespace},
            spec={
                "replicas": 1,
                "selector": {"match_labels": LABELS},
                "template": {
                    "metadata": {"labels": LABELS},
                    "spec": _pod(args, account.metadata.name, settings.metadata.name),
                },
            },
            # The policy exists before the pods, so that no pod may talk to everybody even for a second.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )
        self.register_outputs({"namespace": self.namespace})

    def _role(self, name: str, args: ApplicationArgs) -> pulumi.Output[str]:
        """ARN of a role with which one service account may read one secret, known once its policy exists."""
        child = pulumi.ResourceOptions(parent=self)
        trust = pulumi.Output.all(args.cluster_arn, args.oidc_issuer, self.namespace).apply(
            lambda known: trust_policy(known[0], known[1], f"system:serviceaccount:{known[2]}:{name}")
        )
        role = aws.iam.Role(name, assume_role_policy=pulumi.Output.json_dumps(trust), opts=child)
        policy = aws.iam.RolePolicy(
            name, role=role.name, policy=pulumi.Output.json_dumps(secret_policy(args.auth_secret_arn)), opts=child
        )
        return pulumi.Output.all(role.arn, policy.id).apply(lambda known: str(known[0]))


def trust_policy(cluster_arn: str, issuer: str, subject: str) -> dict[str, Any]:
    """Trust policy for a service account:
    docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html"""
    _, partition, _, _, account, _ = cluster_arn.split(":", 5)
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": f"arn:{partition}:iam::{account}:oidc-provider/{issuer}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {f"{issuer}:aud": "sts.amazonaws.com", f"{issuer}:sub": subject}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def secret_policy(arn: str) -> dict[str, Any]:
    """Policy for reading one secret. It allows any key, but only to decrypt this secret, by the encryption context.

    docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
    """
    context = {"StringEquals": {"kms:EncryptionContext:SecretARN": arn}}
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": arn},
            {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*", "Condition": context},
        ],
    }


def _network(vpc_cidr: pulumi.Input[str]) -> networking.NetworkPolicySpecArgsDict:
    """Network policy that admits nobody, and allows connections to DNS, to Milvus' load balancer (in the VPC), and to
    AWS (STS, Secrets Manager)."""
    dns: Any = {"namespace_selector": {"match_labels": {"kubernetes.io/metadata.name": "kube-system"}}}
    return {
        "pod_selector": {},
        "policy_types": ["Ingress", "Egress"],
        "egress": [
            {"to": [dns], "ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]},
            {"to": [{"ip_block": {"cidr": vpc_cidr}}], "ports": [{"protocol": "TCP", "port": 19530}]},
            {"to": [{"ip_block": {"cidr": "0.0.0.0/0"}}], "ports": [{"protocol": "TCP", "port": 443}]},
        ],
    }


def _pod(args: ApplicationArgs, account: pulumi.Input[str], settings: pulumi.Input[str]) -> core.PodSpecArgsDict:
    """The pod's specification."""
    return {
        "service_account_name": account,
        "node_selector": {"pool": args.pool},
        "tolerations": [{"key": "pool", "value": args.pool, "effect": "NoSchedule"}],
        "security_context": {
            "run_as_non_root": True,
            "run_as_user": 65532,
            "seccomp_profile": {"type": "RuntimeDefault"},
        },
        "containers": [
            {
                "name": "app",
                "image": args.image,
                "env_from": [{"config_map_ref": {"name": settings}}],
                "env": [{"name": "DATABASE", "value": args.database}],
                # With this probe `pulumi up` ends when the application has connected to Milvus.
                "readiness_probe": {"exec_": {"command": ["test", "-f", f"{WORK}/connected"]}},
                "resources": {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"memory": "512Mi"}},
                "security_context": {
                    "allow_privilege_escalation": False,
                    "read_only_root_filesystem": True,
                    "capabilities": {"drop": ["ALL"]},
                },
                "volume_mounts": [{"name": "work", "mount_path": WORK}],
            }
        ],
        "volumes": [{"name": "work", "empty_dir": {}}],
    }
