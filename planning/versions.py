"""Lists the versions of Milvus, chart, Kafka and Kubernetes that work together or are known to be bad, with sources.

It does not choose for the user: `check` returns everything that is wrong at once, and settings/ reports it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

MILVUS = "2.6.20"
"""2.6.19 is the first with the Kafka WAL recovery fixes (milvus#50242); only 2.6.20 can be upgraded to 3.0.
The tag was seen as the Go module pkg/v2.6.20 of 2026-07-10; checked 2026-11-21."""
CHART = "5.0.19"
"""The newest chart whose source could be read and rendered, and facts derived from it (tests/chart). Later 5.0 charts
differ in the default image (milvus-helm#292, #293, #304), which is pinned here anyway; Milvus' own upgrade guide keeps
the installed chart and changes the image (milvus-docs#3574). Checked 2026-11-21."""
CHART_REPOSITORY = "https://zilliztech.github.io/milvus-helm/"
KAFKA = "3.9.x.kraft"
KUBERNETES = "1.35"
LOAD_BALANCER_CONTROLLER_CHART = "3.5.0"
"""Chart of app version v3.5.0 of 2026-08, github.com/aws/eks-charts; 3.2.1 crash-looped without the ListenerSet CRD."""

BACKUP = "0.6.0"
"""milvus-backup of 2026-09-16, the first whose configuration takes IAM roles and the management endpoint by keys of
their own (configVersion v2). Tags of its images are its releases' with a v. Checked 2026-11-25."""


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One wrong version, with everything that a user needs to correct it."""

    key: str
    """Key in the settings, for example `milvus.version`."""
    value: str
    allowed: str
    reason: str
    link: str
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        return f"{self.key}: {self.value} - {self.reason}. Use {self.allowed}. See {self.link}"


@dataclass(frozen=True, kw_only=True)
class Kubernetes:
    """A version that EKS offers, with the versions of its add-ons."""

    standard_support_ends: date
    """Source: docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html"""
    coredns: str
    kube_proxy: str

    @property
    def addons(self) -> dict[str, str]:
        """Versions of EKS add-ons, by name. They are pinned, or EKS' changing defaults would show up in previews."""
        return {"coredns": self.coredns, "kube-proxy": self.kube_proxy, **ADDONS}


ADDONS = {
    # This version runs on every Kubernetes version below, and enforces network policies.
    "vpc-cni": "v1.23.1-eksbuild.1",
    # Taken from public repositories of 2026 that deploy these together on 1.35, not from AWS' own table.
    "aws-ebs-csi-driver": "v1.60.1-eksbuild.1",
    "metrics-server": "v0.8.1-eksbuild.6",
}
# The guide's tables (docs.aws.amazon.com/eks/latest/userguide: managing-coredns, managing-kube-proxy, managing-vpc-cni)
# of 2026-09-26, as copied by github.com/stackshy/cloudemu; `aws eks describe-addon-versions` is authoritative.
KUBERNETES_VERSIONS = {
    "1.33": Kubernetes(
        standard_support_ends=date(2026, 7, 29), coredns="v1.12.4-eksbuild.31", kube_proxy="v1.33.10-eksbuild.25"
    ),
    "1.34": Kubernetes(
        standard_support_ends=date(2026, 12, 2), coredns="v1.13.2-eksbuild.24", kube_proxy="v1.34.6-eksbuild.25"
    ),
    "1.35": Kubernetes(
        standard_support_ends=date(2027, 3, 27), coredns="v1.14.3-eksbuild.16", kube_proxy="v1.35.3-eksbuild.25"
    ),
    "1.36": Kubernetes(
        standard_support_ends=date(2027, 8, 2), coredns="v1.14.3-eksbuild.16", kube_proxy="v1.36.0-eksbuild.21"
    ),
}

KAFKA_SMALL = "3.8.x"
"""Version for kafka.t3.small, which MSK does not offer in KRaft mode (AWS::MSK::Cluster BrokerNodeGroupInfo)."""
KAFKA_VERSIONS = (KAFKA_SMALL, "3.8.x.kraft", "3.9.x.kraft")
"""Versions that MSK offers (docs.aws.amazon.com/msk/latest/developerguide, supported versions)
and Milvus can talk to."""
CHARTS = (
    (5, 0, 19),  # rendered in tests/chart
    (5, 0, 20),  # Milvus 2.6.16, milvus-helm#292: defaults only
    (5, 0, 21),  # Milvus 2.6.17, milvus-helm#293: defaults only
    (5, 0, 22),  # the chart on which milvus-docs#3574 validated 2.6.20
    (5, 0, 23),  # Milvus 2.6.19, milvus-helm#304: defaults only
)


@dataclass(frozen=True, kw_only=True)
class Images:
    """A range of Milvus versions, first and last included, with what is known about their images."""

    first: tuple[int, int, int]
    last: tuple[int, int, int]
    verdict: Literal["good", "warning", "error"]
    reason: str = ""
    link: str = "https://github.com/milvus-io/milvus/releases"


MILVUS_IMAGES = (
    Images(
        first=(0, 0, 0),
        last=(2, 5, 99),
        verdict="error",
        reason="older than 2.6, whose roles this program deploys; an existing cluster goes by 2.5.16 first",
        link="https://milvus.io/docs/upgrade_milvus_cluster-helm.md",
    ),
    Images(
        first=(2, 6, 0),
        last=(2, 6, 9),
        verdict="error",
        reason="port 9091 lets anybody run expressions (CVE-2026-26190, CVSS 9.8)",
        link="https://nvd.nist.gov/vuln/detail/CVE-2026-26190",
    ),
    Images(
        first=(2, 6, 10),
        last=(2, 6, 18),
        verdict="warning",
        reason="streaming nodes may not recover once Kafka has dropped expired messages; fixes came up to 2.6.19",
        link="https://github.com/milvus-io/milvus/issues/47802",
    ),
    Images(first=(2, 6, 19), last=(2, 6, 21), verdict="good"),
    Images(
        first=(2, 6, 22),
        last=(2, 6, 22),
        verdict="error",
        reason="S3 answers AccessDenied now and then when the pod's role comes by IRSA, as here",
        link="https://github.com/milvus-io/milvus/issues/53169",
    ),
    Images(
        first=(2, 6, 23),
        last=(2, 6, 23),
        verdict="warning",
        reason="not known to be free of 2.6.22's intermittent AccessDenied on S3 by IRSA",
        link="https://github.com/milvus-io/milvus/issues/53169",
    ),
    Images(
        first=(3, 0, 0),
        last=(99, 0, 0),
        verdict="error",
        reason="3.0 is reached from 2.6.20 only, after a backup, and cannot be rolled back",
        link="https://github.com/milvus-io/milvus/issues/51788",
    ),
)


WITH_WOODPECKER = (2, 6, 17)
"""First Milvus whose Woodpecker is fit for use: before, a writer that another one had taken over could skip segments of
the log (milvus#49670). 2.6.24 also recovers empty segments (milvus#53294)."""


def without_woodpecker(milvus: str) -> str | None:
    """The reason why a Milvus must not keep its log by Woodpecker; None if it may, or if the version is no release."""
    numbers = _numbers(milvus)
    if numbers is None or numbers >= WITH_WOODPECKER:
        return None
    first = ".".join(map(str, WITH_WOODPECKER))
    return f"{milvus}: its Woodpecker can skip segments of the log (milvus#49670); use {first} or later, or kafka"


def kafka_for(instance_type: str) -> str:
    """Kafka version for a broker type, for settings that name no version."""
    return KAFKA_SMALL if instance_type == "kafka.t3.small" else KAFKA


def check(*, milvus: str, chart: str, kafka: str, kubernetes: str, today: date) -> list[Problem]:
    """Everything that is wrong with a combination of versions; it may be deployed if the list has no errors."""
    return [*_milvus(milvus), *_chart(chart), *_kafka(kafka), *_kubernetes(kubernetes, today)]


def _numbers(version: str) -> tuple[int, int, int] | None:
    parts = version.removeprefix("v").split(".")
    return (int(parts[0]), int(parts[1]), int(parts[2])) if len(parts) == 3 and all(map(str.isdecimal, parts)) else None


def _milvus(version: str) -> Iterator[Problem]:
    numbers = _numbers(version)
    # Applies to versions that the table does not know, and to tags such as `latest`, which change under a cluster.
    found = Images(first=(0, 0, 0), last=(0, 0, 0), verdict="error", reason="not a release that was looked at here")
    if numbers is not None:
        found = next((row for row in MILVUS_IMAGES if row.first <= numbers <= row.last), found)
    if found.verdict != "good":
        yield Problem(
            key="milvus.version",
            value=version,
            allowed=f"2.6.19, 2.6.20 or 2.6.21 (the default is {MILVUS})",
            reason=found.reason,
            link=found.link,
            severity=found.verdict,
        )


def _chart(version: str) -> Iterator[Problem]:
    if _numbers(version) not in CHARTS:
        yield Problem(
            key="milvus.chartVersion",
            value=version,
            allowed=", ".join(".".join(map(str, numbers)) for numbers in CHARTS),
            reason="this chart's values are not known here: an unknown key is ignored by Helm without a word",
            link="https://github.com/zilliztech/milvus-helm/releases",
        )


def _kafka(version: str) -> Iterator[Problem]:
    if version in KAFKA_VERSIONS:
        return
    if version.startswith("4."):
        # librdkafka 2.6.1 came to branch 2.6 by milvus#52666, after the last release seen, 2.6.23.
        reason, link = "Milvus' librdkafka 1.9.1 cannot log in to Kafka 4 by SCRAM", "milvus/issues/52601"
    elif not version.endswith(".kraft"):
        reason, link = "MSK cannot move a cluster from ZooKeeper to KRaft later", "milvus/issues/17981"
    else:
        reason, link = "MSK no longer supports it, or Milvus was never tried on it", "milvus/issues/52601"
    yield Problem(
        key="kafka.version",
        value=version,
        allowed=", ".join(KAFKA_VERSIONS),
        reason=reason,
        link=f"https://github.com/milvus-io/{link}",
    )


def _kubernetes(version: str, today: date) -> Iterator[Problem]:
    known = KUBERNETES_VERSIONS.get(version)
    if known is None:
        yield Problem(
            key="cluster.version",
            value=version,
            allowed=", ".join(KUBERNETES_VERSIONS),
            reason="not a version that EKS offers and this program was checked on",
            link="https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html",
        )
    elif today > known.standard_support_ends:
        yield Problem(
            key="cluster.version",
            value=version,
            allowed=", ".join(v for v, k in KUBERNETES_VERSIONS.items() if today <= k.standard_support_ends),
            reason=f"standard support ended on {known.standard_support_ends}; EKS upgrades such clusters by itself",
            link="https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html",
            severity="warning",
        )
