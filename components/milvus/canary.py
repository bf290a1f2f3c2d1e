"""A canary: a CronJob that uses Milvus every five minutes, and tells CloudWatch each time that it succeeded.

An alarm counts these successes, so that a canary that fails, hangs or is suspended alarms, too. It runs inside the
cluster: that clients reach Milvus is what the load balancer's alarms watch.
"""

import hashlib
from dataclasses import dataclass

import pulumi
import pulumi_random as random
from pulumi_kubernetes.batch import v1 as batch
from pulumi_kubernetes.core import v1 as core

from components.identity.policy import allow_metrics, document
from components.identity.workload_identity import WorkloadIdentity, WorkloadIdentityArgs
from components.milvus import canary_script, probe_script
from components.order import known_after
from components.pods import aws_script
from components.pods.access import CLIENT
from components.pods.account import account_with_role
from components.pods.scripts import FOLDER, Scripts
from components.pods.security import POD, restricted
from planning import images
from planning.chart.names import MILVUS_PORT
from planning.regions import DNS_SUFFIX
from planning.signals.signal import NAMESPACE

SERVICE_ACCOUNT = "canary"
SCRIPTS = Scripts(canary_script, probe_script, aws_script)
DEADLINE_SECONDS = 180
"""Limit of a run: four steps, two calls of AWS, and the pull of the image on a new node. The next run is due later."""
PREPARATION_SECONDS = 900
"""Limit of the first run, which first makes database, role and user, and waits for the new IAM role."""
POLICY = document(allow_metrics("TellThatMilvusWorks", NAMESPACE))
"""IAM policy of its role."""


@dataclass(frozen=True, kw_only=True)
class CanaryArgs:
    namespace: pulumi.Input[str]
    """Milvus' namespace."""
    proof: pulumi.Resource
    """The Job that proves that Milvus answers, which comes before the first run."""
    service: pulumi.Input[str]
    """Name of the Service in front of Milvus."""
    root_secret: pulumi.Input[str]
    """Kubernetes Secret with root's password, with which the canary's user is made."""
    identity: WorkloadIdentityArgs
    """Role of the service account `canary`, with POLICY."""
    region: str
    stack: str
    """Value of the metric's dimension."""
    registry: str = ""
    """Mirror of the image; empty: there is none."""


class Canary(pulumi.ComponentResource):
    succeeded: pulumi.Output[str]
    """Id of the first run's Job, known once it has succeeded: an alarm made after it finds a success."""

    def __init__(self, name: str, args: CanaryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("milvus-on-aws:milvus:Canary", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        identity = WorkloadIdentity(name, args.identity, child)
        password = random.RandomPassword(f"{name}-user", length=32, special=False, opts=child)
        secret = core.Secret(
            f"{name}-user",
            metadata={"namespace": args.namespace},
            string_data={"password": password.result},
            opts=child,
        )
        scripts = core.ConfigMap(
            f"{name}-scripts", metadata={"namespace": args.namespace}, data=SCRIPTS.texts, opts=child
        )
        account = account_with_role(f"{name}-account", SERVICE_ACCOUNT, args.namespace, identity.role_arn, child)
        environment: list[core.EnvVarArgsDict] = [
            {"name": "MILVUS_URL", "value": pulumi.Output.concat("http://", args.service, f":{MILVUS_PORT}")},
            _from_secret("CANARY_PASSWORD", secret.metadata.name),
            {"name": "STACK", "value": args.stack},
            {"name": "METRICS_NAMESPACE", "value": NAMESPACE},
            {"name": "AWS_REGION", "value": args.region},
            {"name": "DNS_SUFFIX", "value": DNS_SUFFIX},
        ]

        def pod(*more: core.EnvVarArgsDict) -> core.PodSpecArgsDict:
            return _pod(args, scripts.metadata.name, account, [*environment, *more])

        revision = password.result.apply(
            lambda value: hashlib.sha256("\0".join((value, *SCRIPTS.texts.values())).encode()).hexdigest()
        )
        first = batch.Job(
            f"{name}-first",
            metadata={"namespace": args.namespace, "annotations": {"pulumi.com/replaceUnready": "true"}},
            spec={
                "backoff_limit": 3,
                "active_deadline_seconds": PREPARATION_SECONDS,
                "template": {
                    # A hash of 32 random characters reveals nothing, and would hide the Job's diff as a secret.
                    "metadata": {
                        "labels": CLIENT,
                        "annotations": {"milvus-on-aws/revision": pulumi.Output.unsecret(revision)},
                    },
                    "spec": pod(_from_secret("MILVUS_ROOT_PASSWORD", args.root_secret)),
                },
            },
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=args.proof,
                custom_timeouts=pulumi.CustomTimeouts(create=f"{PREPARATION_SECONDS + 120}s"),
            ),
        )
        batch.CronJob(
            f"{name}-runs",
            metadata={"name": "canary", "namespace": args.namespace},
            spec={
                "schedule": "*/5 * * * *",
                "concurrency_policy": "Forbid",
                # Without it Kubernetes gives up for good after a hundred missed runs (kubernetes#42649).
                "starting_deadline_seconds": 120,
                "successful_jobs_history_limit": 1,
                "failed_jobs_history_limit": 3,
                "job_template": {
                    "spec": {
                        "backoff_limit": 0,
                        "active_deadline_seconds": DEADLINE_SECONDS,
                        "template": {"metadata": {"labels": CLIENT}, "spec": pod()},
                    }
                },
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=first),
        )
        self.succeeded = known_after(first.id)
        self.register_outputs({"succeeded": self.succeeded})


def _from_secret(variable: str, secret: pulumi.Input[str]) -> core.EnvVarArgsDict:
    return {"name": variable, "value_from": {"secret_key_ref": {"name": secret, "key": "password"}}}


def _pod(
    args: CanaryArgs, scripts: pulumi.Input[str], account: pulumi.Input[str], environment: list[core.EnvVarArgsDict]
) -> core.PodSpecArgsDict:
    """The pod of both Jobs. EKS' webhook adds the token of its role, which its group may read."""
    container: core.ContainerArgsDict = {
        "name": "canary",
        "image": images.PROBE.reference(args.registry),
        "command": SCRIPTS.command(),
        "working_dir": FOLDER,
        "env": environment,
        "volume_mounts": [{"name": "scripts", "mount_path": FOLDER, "read_only": True}],
        "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "128Mi"}},
    }
    volume: core.VolumeArgsDict = {"name": "scripts", "config_map": {"name": scripts, "items": SCRIPTS.items}}
    pod = restricted([container], [volume], account=account)
    return {**pod, "security_context": {**POD, "fs_group": 65534}}
