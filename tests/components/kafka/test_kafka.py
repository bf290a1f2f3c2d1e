"""Kafka waits for the network only, keeps its secrets encrypted, and admits only the given clients."""

import json
from functools import cache
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from components.kafka.kafka import Kafka, KafkaArgs, key_policy, server_properties
from tests.components.clouds import OUTPUTS, PASSWORD
from tests.components.recording import Recording, record
from tests.components.wire import Secret

MSK = "aws:msk/cluster:Cluster"
RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"


def kafka(**settings: Any) -> Recording:
    """Kafka beside a cluster whose group may connect, and a client that takes everything it has to offer."""

    def program() -> None:
        vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16")
        subnets = {zone: aws.ec2.Subnet(f"private-{zone}", vpc_id=vpc.id).id for zone in ("a", "b", "c")}
        eks = aws.ec2.SecurityGroup("eks", vpc_id=vpc.id)
        usual: dict[str, Any] = {
            "region": "us-east-1",
            "account_id": "123456789012",
            "vpc_id": vpc.id,
            "subnet_ids": subnets,
            "client_security_group_ids": {"cluster": eks.id},
            "version": "3.9.x.kraft",
            "instance_type": "kafka.m7g.large",
            "volume_gib": 100,
            "protect": True,
        }
        made = Kafka("kafka", KafkaArgs(**{**usual, **settings}))
        pulumi.export("servers", made.bootstrap_servers)
        pulumi.export("username", made.username)
        pulumi.export("password", made.password)
        pulumi.export("hash", made.credentials_hash)
        pulumi.export("secret", made.secret_arn)
        aws.ssm.Parameter("client", type="String", value=made.bootstrap_servers)

    return record(program, outputs=OUTPUTS)


@cache
def usual() -> Recording:
    """The same for every test that changes nothing: a program takes its time to build."""
    return kafka()


def test_a_version_that_nobody_wrote_counts_at_creation_only() -> None:
    assert kafka(keeps_version=True).one(MSK).ignore_changes == ("kafkaVersion",)


def test_brokers_wait_for_their_network_and_for_no_client() -> None:
    recording = usual()
    cluster = recording.one(MSK)
    assert recording.depends(cluster, recording.one("aws:ec2/subnet:Subnet", "private-c"))
    assert not recording.depends(cluster, recording.one("aws:ec2/securityGroup:SecurityGroup", "eks"))


def test_a_client_learns_the_servers_once_it_can_log_in_and_get_in() -> None:
    recording = usual()
    client = recording.one("aws:ssm/parameter:Parameter")
    assert recording.depends(client, recording.one("aws:msk/scramSecretAssociation:ScramSecretAssociation"))
    assert recording.depends(client, recording.one(RULE))
    assert recording.stack_outputs["servers"] == "b-1.kafka:9096,b-2.kafka:9096"


def test_the_one_way_in_is_scram_over_tls() -> None:
    cluster = usual().one(MSK).inputs
    assert cluster["clientAuthentication"] == {"sasl": {"scram": True}, "unauthenticated": False}
    assert cluster["encryptionInfo"]["encryptionInTransit"] == {"clientBroker": "TLS", "inCluster": True}
    assert cluster["encryptionInfo"]["encryptionAtRestKmsKeyArn"] == "arn:kafka-key"


def test_named_groups_reach_9096_and_nothing_else_is_open() -> None:
    recording = usual()
    assert "ingress" not in recording.one("aws:ec2/securityGroup:SecurityGroup", "kafka-brokers").inputs
    assert [
        (rule.inputs["fromPort"], rule.inputs["toPort"], rule.inputs["referencedSecurityGroupId"])
        for rule in recording.all(RULE)
    ] == [(9096, 9096, "eks-id")]
    ports = {rule.name: rule.inputs["fromPort"] for rule in kafka(open_monitoring=True).all(RULE)}
    assert ports == {
        "kafka-scram-from-cluster": 9096,
        "kafka-jmx-from-cluster": 11001,
        "kafka-node-from-cluster": 11002,
    }


def test_the_association_is_the_only_owner_and_waits_for_values_and_policies() -> None:
    recording = kafka(users=("a", "b"))
    association = recording.one("aws:msk/scramSecretAssociation:ScramSecretAssociation")
    assert association.inputs["secretArnLists"] == ["arn:kafka-a", "arn:kafka-b"]
    assert recording.all("aws:msk/singleScramSecretAssociation:SingleScramSecretAssociation") == []
    for kind in ("aws:secretsmanager/secretVersion:SecretVersion", "aws:secretsmanager/secretPolicy:SecretPolicy"):
        assert len(recording.all(kind)) == 2
        assert all(recording.depends(association, each) for each in recording.all(kind))


def test_a_secret_has_the_name_key_and_fields_that_msk_asks_for() -> None:
    recording = usual()
    secret = recording.one("aws:secretsmanager/secret:Secret").inputs
    assert secret["namePrefix"].startswith("AmazonMSK_")
    assert secret["kmsKeyId"] == "arn:kafka-key"
    version = recording.one("aws:secretsmanager/secretVersion:SecretVersion")
    assert json.loads(version.inputs["secretString"]) == {"username": "milvus-a", "password": PASSWORD}
    statement = json.loads(recording.one("aws:secretsmanager/secretPolicy:SecretPolicy").inputs["policy"])["Statement"]
    assert statement == [
        {
            "Sid": "AWSKafkaResourcePolicy",
            "Effect": "Allow",
            "Principal": {"Service": "kafka.amazonaws.com"},
            "Action": ["secretsmanager:getSecretValue"],
            "Resource": "arn:kafka-a",
        }
    ]


def test_the_password_is_ciphertext_wherever_it_goes() -> None:
    recording = usual()
    assert recording.stack_outputs["password"] == Secret(PASSWORD)
    assert recording.stack_outputs["username"] == Secret("milvus-a")
    for resource in recording.resources:
        for key, value in resource.inputs.items():
            assert PASSWORD not in str(value) or resource.is_secret(key), f"{resource.name}.{key}"


def test_the_hash_moves_with_the_credentials_and_is_no_secret() -> None:
    one, other = kafka(users=("a", "b")), kafka(users=("a", "b"), active_user="b")
    assert one.stack_outputs["hash"] != other.stack_outputs["hash"]
    assert one.stack_outputs["hash"] == usual().stack_outputs["hash"]
    assert len(one.stack_outputs["hash"]) == 16
    assert (one.stack_outputs["secret"], other.stack_outputs["secret"]) == ("arn:kafka-a", "arn:kafka-b")


def test_the_second_user_leaves_the_first_ones_resources_alone() -> None:
    before, after = usual(), kafka(users=("a", "b"))
    changed = {each.urn for each in before.resources if each.inputs not in [a.inputs for a in after.resources]}
    assert changed == {before.one("aws:msk/scramSecretAssociation:ScramSecretAssociation").urn}


def test_an_active_user_who_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="active user 'b' is none of"):
        kafka(active_user="b")


def test_a_fixed_volume_follows_the_program_and_a_growing_one_does_not() -> None:
    fixed, growing = usual(), kafka(max_volume_gib=500)
    assert fixed.one(MSK).ignore_changes == ()
    assert fixed.all("aws:appautoscaling/target:Target") == []
    assert growing.one(MSK).ignore_changes == ("brokerNodeGroupInfo.storageInfo.ebsStorageInfo.volumeSize",)
    assert growing.one("aws:appautoscaling/target:Target").inputs["maxCapacity"] == 500
    policy = growing.one("aws:appautoscaling/policy:Policy").inputs["targetTrackingScalingPolicyConfiguration"]
    assert policy["disableScaleIn"] is True
    with pytest.raises(ValueError, match="50 GiB at most is less than the 100 GiB"):
        kafka(max_volume_gib=50)


def test_each_zone_gets_its_brokers() -> None:
    assert usual().one(MSK).inputs["numberOfBrokerNodes"] == 3
    assert kafka(brokers_per_zone=2).one(MSK).inputs["numberOfBrokerNodes"] == 6


# Frozen: another text is another configuration, and a rolling restart of every broker of every existing stack.
FROZEN = """\
auto.create.topics.enable=true
default.replication.factor=3
min.insync.replicas=2
num.partitions=1
message.max.bytes=10485880
replica.fetch.max.bytes=20971760
log.retention.hours=168
unclean.leader.election.enable=false
"""


def test_the_server_properties_keep_their_text() -> None:
    assert server_properties(3, 168) == FROZEN
    assert usual().one("aws:msk/configuration:Configuration").inputs["serverProperties"] == FROZEN


@pytest.mark.parametrize(("brokers", "replicas", "in_sync"), [(1, 1, 1), (2, 2, 1), (3, 3, 2), (6, 3, 2)])
def test_one_broker_may_be_away_without_writes_being_refused(brokers: int, replicas: int, in_sync: int) -> None:
    lines = server_properties(brokers, 168).splitlines()
    assert f"default.replication.factor={replicas}" in lines
    assert f"min.insync.replicas={in_sync}" in lines


def test_a_new_configuration_stands_beside_the_old_one() -> None:
    kind = "aws:msk/configuration:Configuration"
    old, new = usual().one(kind), kafka(retention_hours=336).one(kind)
    assert old.urn != new.urn
    assert "name" not in old.inputs  # named by the engine with a suffix, so that two stacks do not collide
    assert usual().one(MSK).inputs["configurationInfo"] == {"arn": f"arn:{old.name}", "revision": 1}


def test_what_cannot_be_made_again_is_protected() -> None:
    protected = {each.type for each in usual().resources if each.protect}
    assert protected == {
        MSK,
        "aws:kms/key:Key",
        "aws:secretsmanager/secret:Secret",
        "random:index/randomPassword:RandomPassword",
    }
    assert not any(each.protect for each in kafka(protect=False).resources)


def test_a_user_of_yesterday_can_be_removed() -> None:
    """The last step of a rotation deletes the user that nobody logs in with any more; the other one stays."""
    recording = kafka(users=("a", "b"), active_user="b")
    secrets = {each.name: each.protect for each in recording.all("aws:secretsmanager/secret:Secret")}
    assert secrets == {"kafka-a": False, "kafka-b": True}


def test_secrets_are_decrypted_through_secrets_manager_only() -> None:
    own_iam, anyone = json.loads(key_policy("123456789012", "eu-west-1"))["Statement"]
    assert own_iam["Principal"] == {"AWS": "arn:aws:iam::123456789012:root"}
    assert anyone["Condition"]["StringEquals"] == {
        "kms:CallerAccount": "123456789012",
        "kms:ViaService": "secretsmanager.eu-west-1.amazonaws.com",
    }


def test_broker_logs_do_not_grow_for_ever() -> None:
    logs = kafka(log_retention_days=14).one("aws:cloudwatch/logGroup:LogGroup").inputs
    assert logs["namePrefix"] == "/aws/vendedlogs/kafka-"
    assert logs["retentionInDays"] == 14
