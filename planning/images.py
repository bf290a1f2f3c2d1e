"""The container images of all pods that this program runs itself, and where nodes pull them from.

Left out: images of EKS' add-ons, which EKS itself takes from its own registry in the cluster's region
(docs.aws.amazon.com/eks/latest/userguide/add-ons-images.html).
"""

import re
from dataclasses import dataclass, replace

from planning import versions
from planning.regions import DNS_SUFFIX


@dataclass(frozen=True, kw_only=True)
class Image:
    """One image: where its publisher has it, and where a mirror must."""

    purpose: str
    source: str
    """Its name at its publisher; without a host, that is Docker Hub."""
    path: str
    """Its name below `milvus.registry`. For Docker Hub's images it is the one that an ECR pull-through cache gives."""
    tag: str

    def name(self, mirror: str) -> str:
        """The image's name without its tag, from the mirror if there is one (not empty)."""
        return f"{mirror}/{self.path}" if mirror else self.source

    def reference(self, mirror: str) -> str:
        """What a pod's `image` says."""
        return f"{self.name(mirror)}:{self.tag}"


MILVUS = Image(purpose="Milvus, all roles", source="milvusdb/milvus", path="milvusdb/milvus", tag=f"v{versions.MILVUS}")
ETCD = Image(purpose="etcd", source="milvusdb/etcd", path="milvusdb/etcd", tag="3.5.25-r1")
"""The etcd image that chart 5.0.19 uses by default."""
ATTU = Image(purpose="Attu, if it is on", source="zilliz/attu", path="zilliz/attu", tag="v2.5.12")
"""The last Attu under the Apache-2.0 licence; 2.6 has a licence of its own."""
PROBE = Image(
    purpose="the probe of a new release, the canary, and what looks after backups",
    source="public.ecr.aws/docker/library/python",
    path="library/python",
    tag="3.13-slim",
)
"""From AWS' mirror of Docker's official images: Docker Hub's limit for anonymous pulls would count all clusters behind
one NAT address together."""
BACKUP = Image(
    purpose="backups, if they are on",
    source="milvusdb/milvus-backup",
    path="milvusdb/milvus-backup",
    tag=f"v{versions.BACKUP}",
)
LOAD_BALANCER_CONTROLLER = Image(
    purpose="AWS Load Balancer Controller",
    source="public.ecr.aws/eks/aws-load-balancer-controller",
    path="eks/aws-load-balancer-controller",
    tag=f"v{versions.LOAD_BALANCER_CONTROLLER_CHART}",
)
"""Repository and tag are the chart's own defaults: since 3.0 chart and controller have the same number."""

ALL = (MILVUS, ETCD, ATTU, PROBE, BACKUP, LOAD_BALANCER_CONTROLLER)


def milvus(version: str) -> Image:
    """The image of Milvus in this version."""
    return replace(MILVUS, tag=f"v{version}")


def in_private_ecr(registry: str, region: str) -> bool:
    """Whether a mirror is a private ECR registry of this region. The endpoints `ecr.api` and `ecr.dkr` reach no other:
    not public.ecr.aws, and not another region (docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html)."""
    return re.match(rf"\d{{12}}\.dkr\.ecr\.{region}\.{re.escape(DNS_SUFFIX)}(/|$)", registry) is not None


def table() -> str:
    """The images in Markdown, for docs/adopting.md."""
    rows = [
        f"| {each.purpose} | `{each.source}:{each.tag}` | `<milvus.registry>/{each.path}:{each.tag}` |" for each in ALL
    ]
    return "\n".join(["| pods | published as | in the mirror |", "|---|---|---|", *rows])
