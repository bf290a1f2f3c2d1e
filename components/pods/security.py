"""How pods of our own making (Attu, the probe) are confined; the chart's pods bring their own settings."""

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
