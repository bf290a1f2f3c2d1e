"""EC2 instance types that a fleet may consist of, and the resources that each leaves to pods.

Prices are left out (prices.json), and so are burstable types, because the cost of a t4g depends on how it is used.
The images of Milvus and etcd are published for both architectures (milvusdb/milvus from 2.3, milvusdb/etcd:3.5.25-r1).
Pass `architectures=("x86_64",)` to capacity.plan if an image that you add is not.
"""

from dataclasses import dataclass
from functools import cache
from typing import Literal

Architecture = Literal["arm64", "x86_64"]

ROOT_VOLUME_GIB = 50
"""Size of every node's gp3 root volume. It holds the operating system, logs, and the Milvus image (2 GB unpacked),
twice during an upgrade."""

# Sizes of the Nitro families below: vCPU, number of network interfaces, and IPv4 addresses of each interface.
# Source: aws/karpenter-provider-aws, pkg/providers/instancetype/zz_generated.vpclimits.go of 2026-08-06.
_SIZES = {
    "large": (2, 3, 10),
    "xlarge": (4, 4, 15),
    "2xlarge": (8, 4, 15),
    "4xlarge": (16, 8, 30),
    "8xlarge": (32, 8, 30),
    "12xlarge": (48, 8, 30),
    "16xlarge": (64, 15, 50),
}

# Families: architecture, GiB for each vCPU, and GB of local NVMe disk of the size `large`. The disks of the other sizes
# are in proportion.
_FAMILIES: dict[str, tuple[Architecture, int, int]] = {
    "c7g": ("arm64", 2, 0),
    "m7g": ("arm64", 4, 0),
    "r7g": ("arm64", 8, 0),
    "m7gd": ("arm64", 4, 118),
    "r7gd": ("arm64", 8, 118),
    "i4g": ("arm64", 8, 468),
    "c7i": ("x86_64", 2, 0),
    "m6i": ("x86_64", 4, 0),
    "m7i": ("x86_64", 4, 0),
    "r7i": ("x86_64", 8, 0),
    "m6id": ("x86_64", 4, 118),
    "i4i": ("x86_64", 8, 468),
}
_MISSING = {"i4g.12xlarge"}  # AWS does not make it

# Requests of the pods that EKS puts on every node: aws-node with its network-policy agent 25m + 25m, kube-proxy 100m,
# ebs-csi-node three containers of 10m / 40Mi. Source: the add-ons' default manifests (amazon-vpc-cni-k8s, eks
# kube-proxy, aws-ebs-csi-driver charts).
DAEMON_PODS = 3
DAEMON_MILLICPU = 180
DAEMON_MIB = 120


@dataclass(frozen=True)
class Instance:
    """One EC2 instance type; `nvme_gib`, `pods`, `millicpu` and `mib` are what its daemons leave to other pods."""

    name: str
    architecture: Architecture
    vcpu: int
    gib: int
    nvme_gib: int
    interfaces: int
    """Network interfaces at most."""
    interface_addresses: int
    """IPv4 addresses on each."""
    pods: int
    """Most pods beside the daemons."""
    millicpu: int
    mib: int


@cache
def catalogue() -> dict[str, Instance]:
    """All instance types, by name."""
    return {
        name: _instance(name, architecture, gib_a_vcpu * size[0], nvme, *size)
        for family, (architecture, gib_a_vcpu, nvme) in _FAMILIES.items()
        for suffix, size in _SIZES.items()
        if (name := f"{family}.{suffix}") not in _MISSING
    }


def _instance(
    name: str, architecture: Architecture, gib: int, large_nvme_gb: int, vcpu: int, interfaces: int, addresses: int
) -> Instance:
    by_addresses = max_pods(interfaces, addresses)
    # A managed node group's kubelet accepts no more pods than this, whatever the interfaces allow
    # (EKS user guide, "Choosing an Amazon EC2 instance type": 110 below 30 vCPU, else 250).
    capped = min(by_addresses, 110 if vcpu < 30 else 250)
    return Instance(
        name=name,
        architecture=architecture,
        vcpu=vcpu,
        gib=gib,
        # The kubelet evicts pods when less than 10 % of local storage is free (nodeadm: nodefs.available 10%).
        nvme_gib=int(large_nvme_gb * vcpu / 2 * 0.9 * 1e9 / 1024**3),
        interfaces=interfaces,
        interface_addresses=addresses,
        pods=capped - DAEMON_PODS,
        millicpu=vcpu * 1000 - reserved_millicpu(vcpu) - DAEMON_MILLICPU,
        mib=_usable_mib(architecture, gib) - reserved_mib(by_addresses) - DAEMON_MIB,
    )


def max_pods(interfaces: int, addresses: int) -> int:
    """Number of pods for which the VPC CNI has addresses: ENIs x (IPv4 - 1) + 2 (nodeadm, getMaxPodsFromENIInfo)."""
    return interfaces * (addresses - 1) + 2


def reserved_millicpu(vcpu: int) -> int:
    """CPU for kubeReserved: 6 % of the first core, 1 % of the second, 0.5 % of the next two, 0.25 % of the rest.

    Source: awslabs/amazon-eks-ami, nodeadm/internal/kubelet/config.go, getCPUMillicoresToReserve.
    """
    total = vcpu * 1000
    bands = ((0, 1000, 600), (1000, 2000, 100), (2000, 4000, 50), (4000, total, 25))
    return sum((min(total, end) - start) * share // 10_000 for start, end, share in bands if total > start)


def reserved_mib(pods: int) -> int:
    """Memory that kubeReserved (11 x maxPods + 255) and the hard eviction threshold (100Mi) withhold.

    Source: the same file.
    """
    return 11 * pods + 255 + 100


def _usable_mib(architecture: Architecture, gib: int) -> int:
    """Memory that the operating system sees. AWS publishes no numbers; Karpenter's err on the safe side.

    Source: aws/karpenter-provider-aws: first 64 MiB that Graviton reserves, then 7.5 % of the rest for hypervisor and
    kernel (VM_MEMORY_OVERHEAD_PERCENT; pkg/providers/instancetype/types.go).
    """
    return int((gib * 1024 - (64 if architecture == "arm64" else 0)) * (1 - 0.075))
