"""The data plane of one emulated cloud: runs the real service behind each of its resources that has one here.

An MSK cluster becomes Kafka brokers, its users' secrets become SCRAM users, buckets, roles, policies and secrets are
created in moto, the release of the Milvus chart becomes a Milvus server, and the load balancer's name leads to it.
Encryption at rest, networks and security groups (the rehearsal's rules check these) and Attu are left out.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from planning.chart.names import MILVUS_PORT, fullname
from rehearsal.cloud.cloud import Cloud
from rehearsal.cloud.resource import Resource, dig
from rehearsal.rules.elb import BALANCER, LISTENER
from rehearsal.rules.iam import INLINE, ROLE
from rehearsal.rules.kubernetes import RELEASE
from rehearsal.rules.msk import CLUSTER
from rehearsal.rules.msk_users import USERS
from rehearsal.rules.s3 import BUCKET
from rehearsal.rules.secretsmanager import VERSION
from testbed.aws import ADDRESS, Aws, bucket_names, host_names
from testbed.kafka import Kafka
from testbed.kafka_admin import address
from testbed.machine import Authority, Machine
from testbed.milvus import Milvus
from testbed.translation import ROOT_PASSWORD, Pod, Tree, pod

CONFIGURATION = "aws:msk/configuration:Configuration"
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
ISSUER = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
SECRET = "kubernetes:core/v1:Secret"  # noqa: S105 - a type
BINDING = "kubernetes:elbv2.k8s.aws/v1beta1:TargetGroupBinding"
AWS_FOLDER = "aws"


class Bed:
    """The services of one namespace, which needs one bed. They end with `stop`, or with the namespace."""

    def __init__(self, folder: Path, *, more: Tree | None = None) -> None:
        """`more` is additional Milvus configuration for tests."""
        self.folder, self.more = folder, more or {}
        self.machine = Machine(folder)
        self.of_kafka, self.of_aws = Authority("MSK"), Authority("AWS")
        self.machine.trust(self.of_kafka, self.of_aws)
        self._made: set[str] = set()
        self.aws: Aws | None = None
        self.kafka: Kafka | None = None
        self.milvus: Milvus | None = None

    # --- called by the emulated cloud

    def apply(self, cloud: Cloud, resource: Resource) -> None:
        """Creates or changes what is behind a resource. Raises RuntimeError or boto3's errors
        if the real service refuses."""
        if effect := EFFECTS.get(resource.type):
            effect(self, cloud, resource)

    def remove(self, resource: Resource) -> None:
        """Stops what is behind a deleted resource."""
        if resource.type == CLUSTER and self.kafka:
            self.kafka.stop()
            self.kafka = None
        if resource.type == RELEASE and self.milvus and resource["chart"] == "milvus":
            self.milvus.kill()
            self.milvus = None

    def stop(self) -> None:
        """Stops everything."""
        for part in (self.kafka, self.aws):
            if part:
                part.stop()
        if self.milvus:
            self.milvus.kill()
        self.kafka = self.aws = self.milvus = None

    # --- effects

    def run_brokers(self, cloud: Cloud, cluster: Resource) -> None:
        if self.kafka:
            return
        configuration = cloud.get(CONFIGURATION, cluster["configurationInfo.arn"])
        hosts = broker_hosts(cluster)
        for number, host in enumerate(hosts, start=1):
            self.machine.know(address(number), host)
        certificate = self.of_kafka.issue(self.folder / "kafka.pem", hosts)
        properties = configuration["serverProperties"] if configuration else ""
        self.kafka = Kafka(self.folder / "kafka", hosts, certificate, properties)
        self.kafka.start()  # starts while other resources are created; whatever needs Kafka waits for it

    def admit_users(self, cloud: Cloud, users: Resource) -> None:
        secrets = [json.loads(secret_string(cloud, arn)) for arn in users["secretArnLists"]]
        if self.kafka:
            self.kafka.wait()
            self.kafka.admin.set_users({secret["username"]: secret["password"] for secret in secrets})

    def keep_secret(self, cloud: Cloud, version: Resource) -> None:
        manager = self._client("secretsmanager", version)
        name = version["secretId"].rpartition(":")[2]  # moto finds a secret by the end of its ARN
        try:
            manager.create_secret(Name=name, SecretString=version["secretString"])
        except manager.exceptions.ResourceExistsException:
            manager.put_secret_value(SecretId=name, SecretString=version["secretString"])

    def make_bucket(self, cloud: Cloud, bucket: Resource) -> None:
        if self._known(bucket):
            return
        s3 = self._client("s3", bucket)
        self.machine.know(ADDRESS, *bucket_names(bucket.id, bucket.region))
        elsewhere = {"CreateBucketConfiguration": {"LocationConstraint": bucket.region}}
        s3.create_bucket(Bucket=bucket.id, **({} if bucket.region == "us-east-1" else elsewhere))

    def set_bucket_policy(self, cloud: Cloud, policy: Resource) -> None:
        self._client("s3", policy).put_bucket_policy(Bucket=policy["bucket"], Policy=policy["policy"])

    def trust_issuer(self, cloud: Cloud, issuer: Resource) -> None:
        if self._known(issuer):
            return
        iam = self._client("iam", issuer)
        iam.create_open_id_connect_provider(Url=issuer["url"], ClientIDList=issuer["clientIdLists"])

    def make_role(self, cloud: Cloud, role: Resource) -> None:
        iam, trust = self._client("iam", role), role["assumeRolePolicy"]
        try:
            iam.create_role(RoleName=role.id, Path=role["path"], AssumeRolePolicyDocument=trust)
        except iam.exceptions.EntityAlreadyExistsException:
            iam.update_assume_role_policy(RoleName=role.id, PolicyDocument=trust)

    def put_role_policy(self, cloud: Cloud, policy: Resource) -> None:
        iam = self._client("iam", policy)
        iam.put_role_policy(RoleName=policy["role"], PolicyName=policy["name"], PolicyDocument=policy["policy"])

    def run_milvus(self, cloud: Cloud, release: Resource) -> None:
        if release["chart"] != "milvus":
            return
        wanted = pod(release["values"], release["name"], release["namespace"])
        environment = environment_of(cloud, wanted, release["namespace"])
        environment |= self._web_identity(cloud, wanted, release)
        if self.milvus:
            self.milvus.kill()
            self.milvus.configure(wanted, environment, self.more)
        else:
            password = environment[ROOT_PASSWORD]
            self.milvus = Milvus(self.folder / "milvus", wanted, environment, password, self.more)
            self.machine.know("127.0.0.1", *balancer_hosts(cloud, fullname(release["name"])))
        self.milvus.start()

    def _web_identity(self, cloud: Cloud, wanted: Pod, release: Resource) -> dict[str, str]:
        """Environment variables that the EKS webhook adds to pods of an annotated service account.

        github.com/aws/amazon-eks-pod-identity-webhook
        """
        issuers = [str(each["url"]).removeprefix("https://") for each in cloud.all(ISSUER)]
        region = dig(release.inputs, "values.externalS3.region")
        if not wanted.role_arn or not issuers or not self.aws:
            return {}
        subject = f"system:serviceaccount:{release['namespace']}:{wanted.service_account}"
        return {
            "AWS_ROLE_ARN": wanted.role_arn,
            "AWS_WEB_IDENTITY_TOKEN_FILE": str(self.aws.token(self.folder / "token", issuers[0], subject)),
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_STS_REGIONAL_ENDPOINTS": "regional",
        }

    def _known(self, resource: Resource) -> bool:
        """Whether a resource has been created before, for resources whose changes do not matter here."""
        known = resource.key in self._made
        self._made.add(resource.key)
        return known

    def _client(self, service: str, resource: Resource) -> Any:
        """A boto3 client for the resource's region. The first call starts the data plane's AWS."""
        if not self.aws:
            names = host_names(resource.region)
            wildcards = [f"*.{name}" for name in names if name.startswith("s3")]
            self.machine.know(ADDRESS, *names)
            certificate = self.of_aws.issue(self.folder / "aws.pem", names + wildcards)
            self.aws = Aws(self.folder / AWS_FOLDER, certificate)
        return self.aws.client(service, resource.region)


Effect: TypeAlias = Callable[[Bed, Cloud, Resource], None]
EFFECTS: dict[str, Effect] = {
    CLUSTER: Bed.run_brokers,
    USERS: Bed.admit_users,
    VERSION: Bed.keep_secret,
    BUCKET: Bed.make_bucket,
    BUCKET_POLICY: Bed.set_bucket_policy,
    ISSUER: Bed.trust_issuer,
    ROLE: Bed.make_role,
    INLINE: Bed.put_role_policy,
    RELEASE: Bed.run_milvus,
}
"""Methods that create or change what is behind a resource, by type."""


def replay(bed: Bed, cloud: Cloud) -> None:
    """Fills a bed with the resources of a recorded cloud."""
    for resource in cloud.resources():
        bed.apply(cloud, resource)


def broker_hosts(cluster: Resource) -> list[str]:
    """Host names of all brokers; AWS lists three at most."""
    first = str(cluster["bootstrapBrokersSaslScram"]).split(",")[0].partition(":")[0]
    domain = first.partition(".")[2]
    return [f"b-{number}.{domain}" for number in range(1, cluster["numberOfBrokerNodes"] + 1)]


def secret_string(cloud: Cloud, arn: str) -> str:
    """The newest value of a secret."""
    return cloud.all(VERSION, secretId=arn)[-1]["secretString"]


def environment_of(cloud: Cloud, wanted: Pod, namespace: str) -> dict[str, str]:
    """The pod's environment variables with their values.

    Raises RuntimeError for a missing Secret or key, for which Kubernetes would not start the pod.
    """
    values: dict[str, str] = {}
    for name, entry in wanted.environment.items():
        secret = cloud.get(SECRET, f"{namespace}/{entry.secret}")
        value = dig(secret.inputs, f"stringData.{entry.key}") if secret else None
        if value is None:
            raise RuntimeError(f"CreateContainerConfigError: no key {entry.key} in Secret {namespace}/{entry.secret}")
        values[name] = value
    return values


def balancer_hosts(cloud: Cloud, service: str) -> Sequence[str]:
    """DNS names of the load balancers that forward Milvus' port to this Service's pods."""
    groups = {
        binding["spec.targetGroupARN"]
        for binding in cloud.all(BINDING)
        if dig(binding.inputs, "spec.serviceRef") == {"name": service, "port": MILVUS_PORT}
    }
    balancers = [
        cloud.get(BALANCER, listener["loadBalancerArn"])
        for listener in cloud.all(LISTENER)
        if (listener["port"], listener["protocol"]) == (MILVUS_PORT, "TCP")
        and any(action.get("targetGroupArn") in groups for action in listener["defaultActions"])
    ]
    return [str(balancer["dnsName"]) for balancer in balancers if balancer]
