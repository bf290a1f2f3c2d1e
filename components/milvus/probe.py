"""A Job that proves from inside the cluster that Milvus works, for every new release and every change of credentials.

The Job runs probe_script.py. It does not monitor Milvus: alarms report failures that happen later. The finished Job is
kept for its logs, and because a Job that deleted itself would show up as drift.
"""

from pathlib import Path

import pulumi
from pulumi_kubernetes.batch import v1 as batch
from pulumi_kubernetes.core import v1 as core

from components.milvus import probe_script
from components.pods import security as pod_security
from components.pods.access import CLIENT
from planning import images

SCRIPT = Path(probe_script.__file__).read_text(encoding="utf-8")
STEPS = 7
ATTEMPTS = 6
"""Number of attempts. With Kubernetes' pauses between them (10 s, 20 s, 40 s ...) they take well over the 10
minutes that MSK may need to accept a new SCRAM user
(docs.aws.amazon.com/msk/latest/developerguide/msk-password-tutorial.html).
"""
DEADLINE_SECONDS = 60 * STEPS * ATTEMPTS


def prove(
    name: str,
    namespace: pulumi.Input[str],
    *,
    service: str,
    port: int,
    registry: str,
    password: core.SecretKeySelectorArgsDict,
    revision: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> batch.Job:
    """A Job that succeeds when Milvus has created, written, found and dropped data. A changed `revision` runs it again.
    `registry` is the mirror of its image; empty: there is none.

    If it fails, the pod's termination message, which Pulumi prints, names the failed step and its layer.
    """
    script = core.ConfigMap(
        f"{name}-script",
        metadata={"namespace": namespace},
        data={"probe.py": SCRIPT},
        opts=opts,
    )
    container: core.ContainerArgsDict = {
        "name": "probe",
        "image": images.PROBE.reference(registry),
        "command": ["python", "/probe/probe.py"],
        "env": [
            {"name": "MILVUS_URL", "value": f"http://{service}:{port}"},
            {"name": "MILVUS_ROOT_PASSWORD", "value_from": {"secret_key_ref": password}},
        ],
        "volume_mounts": [{"name": "script", "mount_path": "/probe", "read_only": True}],
        "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "128Mi"}},
        "security_context": pod_security.CONTAINER,
        "termination_message_policy": "FallbackToLogsOnError",
    }
    return batch.Job(
        name,
        # The next `up` replaces a failed Job instead of waiting for it again.
        metadata={"namespace": namespace, "annotations": {"pulumi.com/replaceUnready": "true"}},
        spec={
            "backoff_limit": ATTEMPTS - 1,
            "active_deadline_seconds": DEADLINE_SECONDS,
            "pod_failure_policy": {
                "rules": [
                    {
                        "action": "FailJob",
                        "on_exit_codes": {"operator": "In", "values": [probe_script.EXIT_REFUSED]},
                    }
                ]
            },
            "template": {
                # Kubernetes refuses to change a Job's template, so a new revision makes Pulumi replace the Job.
                "metadata": {"labels": CLIENT, "annotations": {"milvus-on-aws/revision": revision}},
                "spec": {
                    "restart_policy": "Never",
                    "automount_service_account_token": False,
                    "enable_service_links": False,
                    "security_context": pod_security.POD,
                    "containers": [container],
                    "volumes": [{"name": "script", "config_map": {"name": script.metadata.name}}],
                },
            },
        },
        opts=pulumi.ResourceOptions.merge(
            opts, pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create=f"{DEADLINE_SECONDS + 120}s"))
        ),
    )
