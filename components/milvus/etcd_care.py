"""A CronJob that defragments etcd every night, member by member, if a file is mostly free space.

etcd's files never shrink by themselves, and at 4 GiB (the chart's ETCD_QUOTA_BACKEND_BYTES) etcd takes no writes.
The Job runs etcd_care_script.py. Left out: `--experimental-stop-grpc-service-on-defrag` (etcd 3.5.14 and later), which
sends clients away from a member meanwhile, but only those that ask for its health. Whether Milvus' client does is not
known, and setting it would restart all members of existing stacks.
"""

from pathlib import Path

import pulumi
from pulumi_kubernetes.batch import v1 as batch
from pulumi_kubernetes.core import v1 as core

from components.milvus import etcd_care_script
from components.pods.access import admit, pods
from components.pods.security import restricted
from planning import images
from planning.chart.names import ETCD_CLIENT_PORT, etcd_labels, fullname

SCRIPT = Path(etcd_care_script.__file__).read_text(encoding="utf-8")
LABELS = {"milvus-on-aws/access": "etcd-care"}
"""Label of the pods that may reach etcd for it."""
SCHEDULE = "17 2 * * *"
"""Every night, in UTC, and before backups."""
LATE_SECONDS = 3600
DEADLINE_SECONDS = 3600


def care_for_etcd(
    name: str, namespace: pulumi.Input[str], *, release: str, registry: str, opts: pulumi.ResourceOptions
) -> batch.CronJob:
    """Creates the CronJob, its script, and the policy by which it reaches etcd. `registry` is the mirror of its image;
    empty: there is none.
    """
    admit(name, namespace, etcd_labels(release), [([pods(LABELS)], [ETCD_CLIENT_PORT])], opts)
    script = core.ConfigMap(
        f"{name}-script", metadata={"namespace": namespace}, data={"etcd_care.py": SCRIPT}, opts=opts
    )
    container: core.ContainerArgsDict = {
        "name": "etcd-care",
        "image": images.PROBE.reference(registry),
        "command": ["python", "/etcd-care/etcd_care.py"],
        "env": [{"name": "ETCD_URL", "value": f"http://{fullname(release)}-etcd:{ETCD_CLIENT_PORT}"}],
        "volume_mounts": [{"name": "script", "mount_path": "/etcd-care", "read_only": True}],
        "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "128Mi"}},
    }
    volume: core.VolumeArgsDict = {"name": "script", "config_map": {"name": script.metadata.name}}
    return batch.CronJob(
        name,
        metadata={"namespace": namespace},
        spec={
            "schedule": SCHEDULE,
            "concurrency_policy": "Forbid",
            # Without it, a CronJob that was away for 100 runs never runs again (kubernetes#42649).
            "starting_deadline_seconds": LATE_SECONDS,
            "job_template": {
                "spec": {
                    # A member that is not healthy now will be looked at tomorrow.
                    "backoff_limit": 0,
                    "active_deadline_seconds": DEADLINE_SECONDS,
                    "template": {
                        "metadata": {"labels": LABELS},
                        "spec": restricted([container], [volume]),
                    },
                }
            },
        },
        opts=opts,
    )
