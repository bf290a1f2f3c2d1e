"""Security contexts for pods that this program creates itself, such as the probe. The chart's pods have their own."""

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
