"""Whether the account's region and zones offer what is planned: machines, versions of Kafka and Kubernetes, add-ons."""

from collections.abc import Iterable

from operations.doctor.check import Finding, SkipError
from operations.doctor.subject import Subject
from planning import versions


def region(subject: Subject) -> Iterable[Finding]:
    """Regions made since 2019 are off until an account switches them on."""
    ec2 = subject.client("ec2", subject.global_region)
    known = {each["RegionName"]: each for each in ec2.describe_regions(AllRegions=True)["Regions"]}
    if subject.region not in known:
        yield Finding(f"{subject.region} is no region of this account's partition", "choose another `region`")
    elif known[subject.region].get("OptInStatus") == "not-opted-in":
        yield Finding(
            f"{subject.region} is not switched on in this account",
            f"aws account enable-region --region-name {subject.region}, and wait until it is ENABLED (hours)",
        )


def zones(subject: Subject) -> Iterable[Finding]:
    there = {each["ZoneName"] for each in subject.account_zones}
    if missing := [zone for zone in subject.settings.zones if zone not in there] if _named(subject) else []:
        yield Finding(
            f"this account has no {', '.join(missing)}", f"name some of {', '.join(sorted(there))} in network.zones"
        )


def _named(subject: Subject) -> bool:
    return bool(subject.settings.network.zones or subject.settings.network.existing)


def machines(subject: Subject) -> Iterable[Finding]:
    """Every zone must have every planned type, because each has nodes of its own."""
    planned = {group.instance: len(group.zones) for group in subject.plan.fleet.groups}
    answer = subject.all(
        "ec2",
        "describe_instance_type_offerings",
        "InstanceTypeOfferings",
        LocationType="availability-zone",
        Filters=[{"Name": "instance-type", "Values": sorted(planned)}],
    )
    offered = {(each["InstanceType"], each["Location"]) for each in answer}
    of_plan = dict(zip(subject.plan.zones, subject.zones, strict=False))
    for group in subject.plan.fleet.groups:
        zones = [of_plan.get(zone, zone) for zone in group.zones]
        if missing := [zone for zone in zones if (group.instance, zone) not in offered]:
            yield Finding(
                f"{group.instance}, planned for pool {group.pool}, is not offered in {', '.join(missing)}",
                "name other zones (network.zones), or other processors (cluster.architectures): make estimate shows"
                " what is then planned",
            )


def kafka(subject: Subject) -> Iterable[Finding]:
    if not subject.plan.kafka:
        raise SkipError("no brokers are made")
    version = subject.settings.kafka.version or versions.kafka_for(subject.plan.kafka.type.name)
    found = {each["Version"]: each["Status"] for each in subject.all("kafka", "list_kafka_versions", "KafkaVersions")}
    if found.get(version) != "ACTIVE":
        usable = [each for each in versions.KAFKA_VERSIONS if found.get(each) == "ACTIVE"]
        yield Finding(
            f"MSK offers no {version} any more in {subject.region}" if version in found else f"MSK has no {version}",
            f"set kafka.version to one of {', '.join(usable)}" if usable else "update this program",
        )


def kubernetes(subject: Subject) -> Iterable[Finding]:
    version = subject.settings.cluster.version
    answer = subject.all("eks", "describe_cluster_versions", "clusterVersions")
    offered = {each["clusterVersion"]: each.get("versionStatus", "") for each in answer}
    if version not in offered:
        usable = [each for each in versions.KUBERNETES_VERSIONS if each in offered]
        yield Finding(
            f"EKS makes no clusters of {version}", f"set cluster.version to one of {', '.join(usable) or 'its own'}"
        )
    elif offered[version] == "EXTENDED_SUPPORT":
        yield Finding(
            f"{version} has left standard support: EKS upgrades such clusters by itself, since this program does not"
            " pay for extended support",
            "set cluster.version to a newer one (docs/upgrades.md)",
        )


def addons(subject: Subject) -> Iterable[Finding]:
    cluster = subject.settings.cluster
    if not (known := versions.KUBERNETES_VERSIONS.get(cluster.version)):
        raise SkipError(f"no add-ons are known for {cluster.version}")
    answer = subject.all("eks", "describe_addon_versions", "addons", kubernetesVersion=cluster.version)
    offered = {each["addonName"]: [one["addonVersion"] for one in each["addonVersions"]] for each in answer}
    for name, version in (known.addons | cluster.addon_versions).items():
        if version not in offered.get(name, ()):
            newest = (offered.get(name) or ["none"])[0]
            yield Finding(
                f"EKS offers no {name} {version} for {cluster.version}", f"cluster.addonVersions: {{{name}: {newest}}}"
            )
