"""What pods that this program creates itself, such as the probe, may do. The chart's pods have their own contexts."""

from collections.abc import Sequence

import pulumi
from pulumi_kubernetes.core import v1 as core

POD: core.PodSecurityContextArgsDict = {
    "run_as_non_root": True,
    "run_as_user": 65534,
    "run_as_group": 65534,
    "seccomp_profile": {"type": "RuntimeDefault"},
}
CONTAINER: core.SecurityContextArgsDict = {
    "allow_privilege_escalation": False,
    "read_only_root_filesystem": True,
    "capabilities": {"drop": ["ALL"]},
}


def restricted(
    containers: Sequence[core.ContainerArgsDict],
    volumes: Sequence[core.VolumeArgsDict],
    *,
    account: pulumi.Input[str] | None = None,
    init_containers: Sequence[core.ContainerArgsDict] = (),
) -> core.PodSpecArgsDict:
    """A pod that ends by itself, at level `restricted`, and keeps the last words of a container that fails.

    It has no token of the Kubernetes API; that of the role of an `account` is mounted by EKS all the same.
    """
    pod: core.PodSpecArgsDict = {
        "restart_policy": "Never",
        "automount_service_account_token": False,
        # Else Kubernetes gives the pod MILVUS_PORT=tcp://..., which clients take for their own (milvus-backup#197).
        "enable_service_links": False,
        "security_context": POD,
        "containers": [_hardened(each) for each in containers],
        "volumes": volumes,
    }
    if account is not None:
        pod["service_account_name"] = account
    if init_containers:
        pod["init_containers"] = [_hardened(each) for each in init_containers]
    return pod


def _hardened(container: core.ContainerArgsDict) -> core.ContainerArgsDict:
    said: core.ContainerArgsDict = {**container, "termination_message_policy": "FallbackToLogsOnError"}
    return {**said, "security_context": CONTAINER}
