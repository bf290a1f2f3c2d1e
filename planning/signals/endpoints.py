"""Signals of what clients connect to: load balancers and their certificate."""

from functools import partial

from planning.signals.signal import DAY, MINUTE, Signal

NLB = "docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-cloudwatch-metrics.html"
ALB = "docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html"
ACM = "docs.aws.amazon.com/acm/latest/userguide/cloudwatch-metrics.html"

of_nlb = partial(Signal, resource="milvus", namespace="AWS/NetworkELB", period_seconds=MINUTE, source=NLB)
"""A signal of the network load balancer, which reports every minute."""
of_certificate = partial(
    Signal,
    resource="certificate",
    namespace="AWS/CertificateManager",
    metric="DaysToExpiry",
    dimensions=("CertificateArn",),
    statistic="Minimum",
    wrong="below",
    period_seconds=DAY,
    datapoints=1,
    periods=1,
    missing="ignore",  # an expired certificate reports nothing, and must not look repaired
    source=ACM,
)
"""A signal of how many days a certificate has left."""

SIGNALS = (
    of_nlb(
        name="MilvusNoHealthyProxy",
        meaning="The load balancer finds no proxy that accepts connections, in no zone.",
        metric="HealthyHostCount",
        dimensions=("LoadBalancer", "TargetGroup"),
        # Not the minimum: in a zone without a proxy it is always 0, and the balancer reaches the other zones' proxies.
        statistic="Maximum",
        wrong="below",
        threshold=1,
        datapoints=3,
        periods=3,
        missing="breaching",
        severity="page",
        unreachable=True,
        why="One proxy serves. A proxy that is replaced is back in less than three minutes",
    ),
    of_nlb(
        name="MilvusConnectionsRefused",
        meaning="The load balancer has no ports left towards the proxies, and new connections fail.",
        metric="PortAllocationErrorCount",
        dimensions=("LoadBalancer",),
        statistic="Sum",
        wrong="above",
        threshold=0,
        datapoints=3,
        periods=5,
        missing="notBreaching",
        severity="page",
        unreachable=True,
        why="Each is a client that was refused; three minutes of five, because pymilvus tries again",
    ),
    of_nlb(
        name="MilvusProxyUnhealthy",
        meaning="A proxy is registered with the load balancer, but does not accept connections.",
        metric="UnHealthyHostCount",
        dimensions=("LoadBalancer", "TargetGroup"),
        statistic="Maximum",
        wrong="above",
        threshold=0,
        datapoints=10,
        periods=10,
        missing="notBreaching",
        severity="mail",
        tiers=("production",),
        why="The other proxy serves meanwhile. A rolling update replaces a proxy in less than ten minutes",
    ),
    Signal(
        name="AttuDown",
        meaning="Attu's load balancer finds no pod that answers.",
        resource="attu",
        namespace="AWS/ApplicationELB",
        metric="HealthyHostCount",
        dimensions=("LoadBalancer", "TargetGroup"),
        statistic="Maximum",
        wrong="below",
        threshold=1,
        period_seconds=MINUTE,
        datapoints=10,
        periods=10,
        missing="breaching",
        severity="mail",
        source=ALB,
        why="Attu is one pod, which needs minutes to move to another node",
    ),
    of_certificate(
        name="CertificateExpiring",
        meaning="The endpoints' certificate expires in less than 30 days, and ACM has not renewed it.",
        threshold=30,
        severity="mail",
        why="ACM begins to renew 60 days before the end, so that half of that time has passed without success"
        " (docs.aws.amazon.com/acm/latest/userguide/managed-renewal.html)",
    ),
    of_certificate(
        name="CertificateExpiresThisWeek",
        meaning="The endpoints' certificate expires in less than 7 days; then no client can connect.",
        threshold=7,
        severity="page",
        why="A new certificate needs a DNS record, and up to a day until it is issued",
    ),
)
