"""The layers of a deployed stack that AWS itself runs: who asks, the state, the cluster, Kafka, secrets, balancer."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from operations.destroyable import accounts
from operations.doctor.check import Finding, SkipError
from operations.doctor.subject import Subject

SOON = timedelta(days=14)
HEALTHY = {"healthy", "initial", "draining"}
"""States of a target that pass by themselves."""


def account(subject: Subject) -> Iterable[Finding]:
    if (theirs := accounts(subject.state)) and subject.caller["Account"] not in theirs:
        yield Finding(
            f"the stack is in account {', '.join(sorted(theirs))}, and you are {subject.caller['Arn']}",
            "take credentials of that account: export AWS_PROFILE=...",
        )


def state(subject: Subject) -> Iterable[Finding]:
    """What an interrupted deployment leaves."""
    deployment: dict[str, Any] = subject.state.get("deployment") or {}
    if pending := deployment.get("pending_operations"):
        names = ", ".join(each["resource"]["urn"].rsplit("::", 1)[1] for each in pending)
        yield Finding(
            f"a deployment was interrupted while it worked on {names}",
            f"make up STACK={subject.stack}: it looks at what became of them, and goes on",
        )
    elif "milvus_uri" not in subject.outputs:
        yield Finding("the deployment did not come to its end", f"make up STACK={subject.stack}: it goes on")


def cluster(subject: Subject) -> Iterable[Finding]:
    from botocore.exceptions import ClientError

    try:
        found = subject.cluster
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        yield Finding(f"EKS has no cluster {subject.name} any more", f"make drift STACK={subject.stack}")
        return
    if issues := _issues(found):
        said = "; ".join(f"{each['code']}: {each['message']}" for each in issues)
        yield Finding(f"cluster {subject.name} is not healthy: {said}", "mend what it names, then look again")
    elif found["status"] not in ("ACTIVE", "UPDATING"):
        yield Finding(f"cluster {subject.name} is {found['status']}", "look at it in the EKS console")


def _issues(found: dict[str, Any]) -> list[dict[str, Any]]:
    """What EKS says is wrong with a cluster, a node group or an add-on."""
    return found.get("health", {}).get("issues") or []


def key(subject: Subject) -> Iterable[Finding]:
    """The stack's keys: with a disabled one, secrets and data can't be read."""
    kms = subject.client("kms")
    for made in subject.made("aws:kms/key:Key"):
        found = kms.describe_key(KeyId=str(made["id"]))["KeyMetadata"]
        if found["KeyState"] != "Enabled":
            name = made["urn"].rsplit("::", 1)[1]
            again = "cancel-key-deletion" if found["KeyState"] == "PendingDeletion" else "enable-key"
            yield Finding(f"key {name} ({made['id']}) is {found['KeyState']}", f"aws kms {again} --key-id {made['id']}")


def node_groups(subject: Subject) -> Iterable[Finding]:
    eks = subject.client("eks")
    for name in subject.names("eks", "list_nodegroups", "nodegroups", clusterName=subject.name):
        found = eks.describe_nodegroup(clusterName=subject.name, nodegroupName=name)["nodegroup"]
        issues = _issues(found)
        if issues or found["status"] not in ("ACTIVE", "UPDATING", "CREATING"):
            said = "; ".join(f"{each['code']}: {each['message']}" for each in issues)
            yield Finding(
                f"node group {name} is {found['status']}{': ' if said else ''}{said}", _node_fix(issues, name)
            )


def _node_fix(issues: list[dict[str, Any]], name: str) -> str:
    codes = {each["code"] for each in issues}
    if codes & {"InsufficientFreeAddresses", "Ec2SubnetNotFound"}:
        return "make room in the subnets of network.existing, or name larger ones"
    if codes & {"AsgInstanceLaunchFailures", "InstanceLimitExceeded"}:
        return "aws autoscaling describe-scaling-activities says why: quota, capacity of the zone, or the disks' key"
    return f"aws eks describe-nodegroup --nodegroup-name {name} has the machines that it is about"


def addons(subject: Subject) -> Iterable[Finding]:
    eks = subject.client("eks")
    for name in subject.names("eks", "list_addons", "addons", clusterName=subject.name):
        found = eks.describe_addon(clusterName=subject.name, addonName=name)["addon"]
        issues = _issues(found)
        if found["status"] not in ("ACTIVE", "UPDATING", "CREATING"):
            said = "; ".join(f"{each['code']}: {each['message']}" for each in issues)
            yield Finding(
                f"add-on {name} is {found['status']}{': ' if said else ''}{said}",
                f"kubectl describe pods --namespace kube-system, those of {name}",
            )


def kafka(subject: Subject) -> Iterable[Finding]:
    client = subject.client("kafka")
    for arn in subject.ids("aws:msk/cluster:Cluster"):
        found = client.describe_cluster_v2(ClusterArn=arn)["ClusterInfo"]
        if found["State"] not in ("ACTIVE", "UPDATING", "MAINTENANCE"):
            said = found.get("StateInfo", {}).get("Message", "")
            yield Finding(
                f"Kafka ({found['ClusterName']}) is {found['State']}{': ' if said else ''}{said}",
                "HEALING passes by itself within an hour; else open a case with AWS",
            )
            continue
        there = set(subject.names("kafka", "list_scram_secrets", "SecretArnList", ClusterArn=arn))
        active = subject.outputs.get("kafka_secret_arn")
        if active and active not in there:
            yield Finding(
                f"Kafka does not know the user in {active}, with which Milvus logs in",
                f"make up STACK={subject.stack}, or aws kafka batch-associate-scram-secret",
            )


def secrets(subject: Subject) -> Iterable[Finding]:
    client = subject.client("secretsmanager")
    for arn in subject.ids("aws:secretsmanager/secret:Secret"):
        if found := client.describe_secret(SecretId=arn).get("DeletedDate"):
            yield Finding(
                f"secret {arn} is marked as deleted since {found:%Y-%m-%d}",
                f"aws secretsmanager restore-secret --secret-id {arn}",
            )


def bucket(subject: Subject) -> Iterable[Finding]:
    from botocore.exceptions import ClientError

    if not (name := subject.outputs.get("bucket_name")):
        raise SkipError("this stack names no bucket")
    try:
        subject.client("s3").head_bucket(Bucket=name)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("404", "NoSuchBucket"):
            raise
        yield Finding(f"bucket {name}, with Milvus' data, is gone", "restore a backup (docs/backup.md)")


def certificate(subject: Subject) -> Iterable[Finding]:
    arns = {*subject.ids("aws:acm/certificate:Certificate"), subject.settings.access.certificate_arn}
    for arn in sorted(each for each in arns if each):
        found = subject.client("acm").describe_certificate(CertificateArn=arn)["Certificate"]
        if found["Status"] != "ISSUED":
            yield Finding(f"certificate {arn} is {found['Status']}", "is its CNAME still in the zone? ACM renews by it")
        elif "NotAfter" in found and found["NotAfter"] < datetime.now(UTC) + SOON:
            yield Finding(f"certificate {arn} ends on {found['NotAfter']:%Y-%m-%d}", "renew it")


def balancer(subject: Subject) -> Iterable[Finding]:
    from botocore.exceptions import ClientError

    if not (arn := subject.outputs.get("nlb_arn")):
        raise SkipError("this stack has no load balancer")
    elb = subject.client("elbv2")
    try:
        [found] = elb.describe_load_balancers(LoadBalancerArns=[arn])["LoadBalancers"]
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("LoadBalancerNotFound", "LoadBalancerNotFoundException"):
            raise
        yield Finding("Milvus' load balancer is gone", f"make drift STACK={subject.stack}")
        return
    if found["State"]["Code"] != "active":
        yield Finding(f"Milvus' load balancer is {found['State']['Code']}", "look at it in the EC2 console")


def targets(subject: Subject) -> Iterable[Finding]:
    """Pods behind the load balancer, as it sees them."""
    if not (arn := subject.outputs.get("nlb_arn")):
        raise SkipError("this stack has no load balancer")
    for group in subject.all("elbv2", "describe_target_groups", "TargetGroups", LoadBalancerArn=arn):
        name = group["TargetGroupName"]
        found = subject.client("elbv2").describe_target_health(TargetGroupArn=group["TargetGroupArn"])
        states = [each["TargetHealth"] for each in found["TargetHealthDescriptions"]]
        bad = [each for each in states if each["State"] not in HEALTHY]
        if not states:
            yield Finding(
                f"no pod is behind target group {name}, although pods are ready",
                "the load balancer controller: kubectl logs --namespace kube-system deployment/"
                "aws-load-balancer-controller, and kubectl get targetgroupbindings",
            )
        elif bad:
            reasons = sorted({f"{each.get('Reason', each['State'])}: {each.get('Description', '')}" for each in bad})
            yield Finding(
                f"{len(bad)} of {len(states)} pods behind target group {name} are not healthy ({'; '.join(reasons)})",
                "security groups between load balancer and nodes, the network policies, then the pods' logs",
            )
