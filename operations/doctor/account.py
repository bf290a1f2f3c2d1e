"""What the settings name and the account must have: a free name, keys, roles, certificates, domains, subnets."""

import ipaddress
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from operations.doctor.check import Finding, SkipError
from operations.doctor.dns import name_servers
from operations.doctor.subject import Subject
from operations.own_address import own_address

SOON = timedelta(days=14)
"""A certificate that ends sooner is not worth a deployment."""


def address(subject: Subject) -> Iterable[Finding]:
    """Whether this machine is let in to the API server, which pulumi-eks polls in vain for 6 minutes if it is not."""
    networks = subject.settings.cluster.public_access_cidrs
    if not networks:
        raise SkipError("the Kubernetes API is not open to the internet")
    if (found := own_address()) is None:
        raise SkipError("nobody says which address this machine has on the internet (checkip.amazonaws.com)")
    if not any(ipaddress.ip_address(found) in ipaddress.ip_network(each) for each in networks):
        yield Finding(
            f"this machine's address on the internet is {found}, and cluster.publicAccessCidrs has"
            f" {', '.join(networks)}: pulumi-eks would ask the Kubernetes API in vain for 6 minutes",
            f"add {ipaddress.ip_network(found)} to cluster.publicAccessCidrs, or deploy from such a network",
        )


def cluster_name(subject: Subject) -> Iterable[Finding]:
    from botocore.exceptions import ClientError

    try:
        subject.client("eks").describe_cluster(name=subject.name)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        return
    yield Finding(
        f"there is an EKS cluster {subject.name} in {subject.region} already, which this stack does not know",
        "is it deployed from another backend? Else name this stack otherwise, or delete that cluster",
    )


def disk_key(subject: Subject) -> Iterable[Finding]:
    """The key with which the account encrypts disks: a customer's must admit Auto Scaling, or nodes end as they start
    (karpenter#1407)."""
    from botocore.exceptions import ClientError

    key = subject.client("ec2").get_ebs_default_kms_key_id()["KmsKeyId"]
    if key.endswith("alias/aws/ebs"):
        return
    kms = subject.client("kms")
    try:
        found = kms.describe_key(KeyId=key)["KeyMetadata"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "NotFoundException":
            raise
        yield Finding(f"the account's default key for disks, {key}, is gone", "aws ec2 reset-ebs-default-kms-key-id")
        return
    if found["KeyManager"] == "AWS":
        return
    if found["KeyState"] != "Enabled":
        yield Finding(
            f"the account's default key for disks, {key}, is {found['KeyState']}: no node could start",
            f"aws kms enable-key --key-id {found['KeyId']}, or aws ec2 reset-ebs-default-kms-key-id",
        )
        return
    policy = kms.get_key_policy(KeyId=found["KeyId"], PolicyName="default")["Policy"]
    grants = [each.get("GranteePrincipal", "") for each in kms.list_grants(KeyId=found["KeyId"])["Grants"]]
    if not any("AWSServiceRoleForAutoScaling" in each for each in (policy, *grants)):
        yield Finding(
            f"the account's default key for disks is a customer's, {key}, and admits no AWSServiceRoleForAutoScaling:"
            " nodes would end as they start (Client.InternalError)",
            f"aws kms create-grant --key-id {found['KeyId']} --operations Decrypt GenerateDataKeyWithoutPlaintext"
            " CreateGrant --grantee-principal the ARN of AWSServiceRoleForAutoScaling",
        )


def boundary(subject: Subject) -> Iterable[Finding]:
    from botocore.exceptions import ClientError

    if not (arn := subject.settings.cluster.permissions_boundary):
        raise SkipError("this stack names none")
    try:
        subject.client("iam").get_policy(PolicyArn=arn)
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchEntity":
            raise
        yield Finding(f"cluster.permissionsBoundary is {arn}, which is not there", "name a policy of this account")


def topics(subject: Subject) -> Iterable[Finding]:
    from botocore.exceptions import ClientError

    if not subject.settings.alarms.topic_arns:
        raise SkipError("this stack names none")
    for arn in subject.settings.alarms.topic_arns:
        try:
            subject.client("sns").get_topic_attributes(TopicArn=arn)
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("NotFound", "NotFoundException"):
                raise
            yield Finding(f"alarms.topicArns has {arn}, which is not there", "make the topic, or name another")


def certificate(subject: Subject) -> Iterable[Finding]:
    from botocore.exceptions import ClientError

    if not (arn := subject.settings.access.certificate_arn):
        raise SkipError("this stack names none")
    try:
        found = subject.client("acm").describe_certificate(CertificateArn=arn)["Certificate"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        yield Finding(f"access.certificateArn is {arn}, which is not there", "name one of this account and region")
        return
    domain = subject.settings.access.domain
    names = [each for each in (domain.milvus, domain.attu) if each] if domain else []
    held: list[str] = [found["DomainName"], *found.get("SubjectAlternativeNames", [])]
    if found["Status"] != "ISSUED":
        yield Finding(f"the certificate in access.certificateArn is {found['Status']}", "finish or renew it in ACM")
    elif "NotAfter" in found and found["NotAfter"] < datetime.now(UTC) + SOON:
        yield Finding(f"the certificate in access.certificateArn ends on {found['NotAfter']:%Y-%m-%d}", "renew it")
    elif missing := [name for name in names if not any(_covers(one, name) for one in held)]:
        yield Finding(
            f"the certificate in access.certificateArn is for {', '.join(held)}, not for {', '.join(missing)}",
            "name another certificate, or other names in access.domain",
        )


def _covers(pattern: str, name: str) -> bool:
    """Whether a name in a certificate is for a host; a star stands for one label."""
    return pattern == name or (pattern.startswith("*.") and name.partition(".")[2] == pattern[2:])


def domain(subject: Subject) -> Iterable[Finding]:
    """The zone must hold the names, be public, and be the one that the internet is sent to."""
    from botocore.exceptions import ClientError

    settings = subject.settings.access.domain
    if not settings or not settings.zone_id:
        raise SkipError("this stack makes no records")
    try:
        found = subject.client("route53").get_hosted_zone(Id=settings.zone_id)
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchHostedZone":
            raise
        yield Finding(f"access.domain.zoneId is {settings.zone_id}, which is not there", "name a zone of this account")
        return
    zone = str(found["HostedZone"]["Name"]).rstrip(".")
    outside = [each for each in (settings.milvus, settings.attu) if each and not f".{each}".endswith(f".{zone}")]
    if outside:
        yield Finding(f"zone {settings.zone_id} is {zone}, which holds no {', '.join(outside)}", "name another zone")
    elif found["HostedZone"].get("Config", {}).get("PrivateZone"):
        if not subject.settings.access.certificate_arn:
            yield Finding(
                f"zone {zone} is private: ACM would never see the record that proves a certificate",
                "name a public zone, or give access.certificateArn",
            )
    else:
        ours = {each.rstrip(".").lower() for each in found["DelegationSet"]["NameServers"]}
        theirs = name_servers(zone)
        if not theirs & ours:
            yield Finding(
                f"{zone} is not delegated to this zone: the internet asks {', '.join(sorted(theirs)) or 'nobody'} for"
                " it, so that its certificate would never be issued",
                f"at whoever holds the domain above it: NS records {', '.join(sorted(ours))}",
            )


def subnets(subject: Subject) -> Iterable[Finding]:
    """Free addresses of existing subnets."""
    from botocore.exceptions import ClientError

    existing = subject.settings.network.existing
    if not existing:
        raise SkipError("this stack makes its own")
    demand = subject.settings.addresses(subject.plan)
    needs = {existing.private_subnet_ids[zone]: count for zone, count in demand.private.items()}
    if demand.public:
        needs |= dict.fromkeys(existing.public_subnet_ids.values(), demand.public)
    try:
        found = subject.client("ec2").describe_subnets(SubnetIds=sorted(needs))["Subnets"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "InvalidSubnetID.NotFound":
            raise
        yield Finding(error.response["Error"]["Message"], "name subnets of this account in network.existing")
        return
    for each in found:
        if each["AvailableIpAddressCount"] < needs[each["SubnetId"]]:
            yield Finding(
                f"{each['SubnetId']} ({each['AvailabilityZone']}) has {each['AvailableIpAddressCount']} free addresses,"
                f" and {needs[each['SubnetId']]} are planned",
                "name a larger subnet, or make room",
            )
