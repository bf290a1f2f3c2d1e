"""A Job that proves from inside the cluster that Milvus works, for every new release and every change of credentials.

The Job runs probe_script.py. It does not monitor Milvus: alarms report failures that happen later. The finished Job is
kept for its logs, and because a Job that deleted itself would show up as drift.
"""

from pathlib import Path

import pulumi
from pulumi_kubernetes.batch import v1 as batch
from pulumi_kubernetes.core import v1 as core

from components.milvus import probe_script
from components.pods.access import CLIENT
from components.pods.security import restricted
from planning import images

SCRIPT = Path(probe_script.__file__).read_text(encoding="utf-8")
START_SECONDS = 180
"""Until the pod runs: a node without the image has to pull it."""
USER_SECONDS = 600
"""MSK may need 10 minutes to accept a new SCRAM user
(docs.aws.amazon.com/msk/latest/developerguide/msk-password-tutorial.html)."""
STEPS = 7
DEADLINE_SECONDS = START_SECONDS + USER_SECONDS + 60 * STEPS
"""After this the Job fails. Until then a probe that failed is followed by another one, unless it was refused."""


def prove(
    name: str,
    namespace: pulumi.Input[str],
    *,
    service: str,
    port: int,
    registry: str,
    password: core.SecretKeySelectorArgsDict,
    revision: pulumi.Input[str],
    within: pulumi.ResourceOptions,
    opts: pulumi.ResourceOptions,
) -> batch.Job:
    """A Job that succeeds when Milvus has created, written, found and dropped data. A changed `revision` runs it again.
    `registry` is the mirror of its image; empty: there is none. `within` are options of the script, which need not wait
    for Milvus, as the Job must by `opts`.

    If it fails, the pod's termination message, which Pulumi prints, names the failed step and its layer.
    """
    script = core.ConfigMap(
        f"{name}-script",
        metadata={"namespace": namespace},
        data={"probe.py": SCRIPT},
        opts=within,
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
    }
    return batch.Job(
        name,
        # The next `up` replaces a failed Job instead of waiting for it again.
        metadata={"namespace": namespace, "annotations": {"pulumi.com/replaceUnready": "true"}},
        spec={
            # A refused password fails the Job at once, by the limit. The action FailJob would end in a reason that
            # Pulumi does not know, and `up` would wait until its timeout
            # (pulumi/pulumi-kubernetes, provider/pkg/await: jobs know BackoffLimitExceeded and DeadlineExceeded).
            "backoff_limit": 0,
            "active_deadline_seconds": DEADLINE_SECONDS,
            "pod_failure_policy": {
                "rules": [
                    {"action": "Ignore", "on_exit_codes": {"operator": "In", "values": [probe_script.EXIT_FAILED]}},
                    # Its node was drained.
                    {"action": "Ignore", "on_pod_conditions": [{"type": "DisruptionTarget", "status": "True"}]},
                ]
            },
            "template": {
                # Kubernetes refuses to change a Job's template, so a new revision makes Pulumi replace the Job.
                "metadata": {"labels": CLIENT, "annotations": {"milvus-on-aws/revision": revision}},
                "spec": restricted([container], [{"name": "script", "config_map": {"name": script.metadata.name}}]),
            },
        },
        opts=pulumi.ResourceOptions.merge(
            opts, pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create=f"{DEADLINE_SECONDS + 120}s"))
        ),
    )
