"""Rules of Milvus and its Kafka: Kafka must be reachable, know Milvus' user, and be configured as Milvus needs it."""

from rehearsal.cloud.cloud import Cloud, rule
from rehearsal.cloud.resource import Resource, dig, parts
from rehearsal.rules import msk, msk_users, security_groups
from rehearsal.rules.eks import NODE_GROUP
from rehearsal.rules.eks_nodes import node_end
from rehearsal.rules.kubernetes import RELEASE
from rehearsal.rules.milvus import configuration, environment, is_milvus, never, roles, values
from rehearsal.rules.pods import secret_value

SCRAM_PORT = 9096
"""Source: docs.aws.amazon.com/msk/latest/developerguide/port-info.html"""


def brokers(cloud: Cloud, release: Resource) -> Resource | None:
    """The MSK cluster whose SCRAM listeners the release names; None if there is none."""
    named = values(release, "externalKafka.brokerList")
    return next(iter(cloud.all(msk.CLUSTER, bootstrapBrokersSaslScram=named)), None) if named else None


@rule(RELEASE, "ready", source="docs.aws.amazon.com/msk/latest/developerguide/port-info.html")
def milvus_finds_its_kafka(cloud: Cloud, release: Resource) -> None:
    named = values(release, "externalKafka.brokerList")
    if not is_milvus(release) or not values(release, "externalKafka.enabled"):
        return
    cluster = brokers(cloud, release)
    if cluster is None:
        raise never(release, f"no Kafka answers at {named}")
    cloud.relies(release, cluster, "Milvus needs its Kafka")
    protocol, mechanism = (
        values(release, "externalKafka.securityProtocol"),
        values(release, "externalKafka.sasl.mechanisms"),
    )
    if (protocol, mechanism) != ("SASL_SSL", "SCRAM-SHA-512"):
        raise never(
            release, f"SASL handshake failed: MSK takes SCRAM-SHA-512 over SASL_SSL, not {mechanism} over {protocol}"
        )


@rule(RELEASE, "ready", source="docs.aws.amazon.com/msk/latest/developerguide/client-access.html")
def milvus_connects_to_its_kafka(cloud: Cloud, release: Resource) -> None:
    cluster = brokers(cloud, release)
    if not is_milvus(release) or cluster is None:
        return
    info = cluster["brokerNodeGroupInfo"]
    server = security_groups.end(cloud, cluster.name, info["securityGroups"], info["clientSubnets"])
    for group in cloud.all(NODE_GROUP):
        if reason := security_groups.blocked(cloud, release, node_end(cloud, group), server, SCRAM_PORT):
            raise never(release, f"Kafka connection timed out: {reason}")


@rule(RELEASE, "ready", source="docs.aws.amazon.com/msk/latest/developerguide/msk-password.html")
def milvus_logs_into_its_kafka(cloud: Cloud, release: Resource) -> None:
    """Milvus logs in as a user whose secret is associated with the cluster, with the password in that secret."""
    cluster = brokers(cloud, release)
    if not is_milvus(release) or cluster is None:
        return
    users = msk_users.associated(cloud, cluster)
    for association, _ in users:
        cloud.relies(release, association, "Milvus logs into Kafka")
    known = [msk_users.credentials(cloud, arn) for _, arn in users]
    for role in roles(release):
        variables = environment(cloud, release, role)
        user = {"username": variables.get("KAFKA_SASLUSERNAME"), "password": variables.get("KAFKA_SASLPASSWORD")}
        if None in user.values():
            raise never(release, f"{role}: panic: Kafka credentials are incomplete, both of its variables must be set")
        if user not in known:
            raise never(
                release,
                f"{role}: SASL authentication error: Authentication failed during authentication due to invalid"
                f" credentials with SASL mechanism SCRAM-SHA-512: no associated secret holds {user['username']} with"
                " this password",
            )


@rule(RELEASE, "ready", source="github.com/confluentinc/librdkafka, CONFIGURATION.md: ssl.ca.location")
def milvus_trusts_its_kafka(cloud: Cloud, release: Resource) -> None:
    """Brokers of an authority that no image knows: both clients must be told of it, and find its certificate."""
    cluster = brokers(cloud, release)
    if not is_milvus(release) or cluster is None or not cluster["certificateAuthority"]:
        return
    for client in ("producer", "consumer"):
        path = parts(dig(configuration(release), f"kafka.{client}")).get("ssl.ca.location")
        if mounted(cloud, release, path) != cluster["certificateAuthority"]:
            raise never(release, f"{client}: SSL handshake failed: certificate verify failed: no local issuer")


def mounted(cloud: Cloud, release: Resource, path: object) -> str | None:
    """What Milvus' pods read at a path, of Secrets that the release mounts."""
    folder, _, name = str(path).rpartition("/")
    namespace = release.id.split("/")[0]
    for mount in values(release, "volumeMounts") or ():
        for volume in values(release, "volumes") or ():
            if (mount["mountPath"], mount["name"]) == (folder, volume["name"]):
                return secret_value(cloud, release, namespace, {"name": dig(volume, "secret.secretName"), "key": name})
    return None


@rule(RELEASE, "ready", source="github.com/milvus-io/milvus/issues/52601")
def milvus_client_knows_its_kafka(cloud: Cloud, release: Resource) -> None:
    cluster = brokers(cloud, release)
    if is_milvus(release) and cluster and int(str(cluster["kafkaVersion"]).split(".")[0]) >= 4:
        raise never(
            release, f"SASL SCRAM fails against Kafka {cluster['kafkaVersion']}: librdkafka 1.9.1 of Milvus ends at 3.x"
        )


@rule(RELEASE, "ready", source="github.com/milvus-io/milvus/issues/17981; github.com/milvus-io/milvus/issues/45210")
def milvus_kafka_is_configured_for_it(cloud: Cloud, release: Resource) -> None:
    cluster = brokers(cloud, release)
    if not is_milvus(release) or cluster is None:
        return
    configuration = cloud.get(msk.CONFIGURATION, cluster["configurationInfo.arn"])
    properties = msk.properties(configuration) if configuration else {}
    replicas = int(properties.get("default.replication.factor", "3"))
    wrong = {
        "external kafka not usable: it makes no topics": properties.get("auto.create.topics.enable") != "true",
        "Milvus uses partition 0 only: num.partitions must be 1": properties.get("num.partitions", "1") != "1",
        "MSG_SIZE_TOO_LARGE: Milvus' messages have up to 10485760 bytes": int(
            properties.get("message.max.bytes", "1048588")
        )
        < 10485760,
        f"INVALID_REPLICATION_FACTOR: {replicas} copies on {cluster['numberOfBrokerNodes']} brokers": replicas
        > cluster["numberOfBrokerNodes"],
        "NOT_ENOUGH_REPLICAS: min.insync.replicas is more than default.replication.factor": int(
            properties.get("min.insync.replicas", "1")
        )
        > replicas,
    }
    for reason, holds in wrong.items():
        if holds:
            raise never(release, reason)
