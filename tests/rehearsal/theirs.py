"""What somebody else has in the emulated cloud, such as a VPC and Kafka, with the settings that name it."""

import json

from rehearsal.cloud.resource import Resource
from rehearsal.existing import BUCKET, EXISTING, SUBNETS, TEAMS_BUCKET, VPC, ZONE
from tests.certificates import AUTHORITY

NETWORK = EXISTING
"""A VPC and its subnets."""
DNS_ZONE = (ZONE,)
"""The public zone of example.org."""
LIST = "pl-0123456789abcdef0"
NETWORKS = [{"cidr": "192.168.0.0/16", "description": "the office"}]
LISTED = Resource(
    "aws:ec2/managedPrefixList:ManagedPrefixList",
    LIST,
    inputs={"name": "clients", "addressFamily": "IPv4", "maxEntries": 5, "entries": NETWORKS},
    foreign=True,
)
NETWORK_SETTING = {"vpcId": VPC, "privateSubnetIds": SUBNETS}

BROKERS, GROUP = "b-1.theirs.kafka.us-east-1.amazonaws.com:9096", "sg-0123456789abcdef0"
ACCOUNT = "123456789012"
SECRET = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:AmazonMSK_theirs-1a2b3c"
KEY, TOPICS = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1", f"arn:aws:kafka:us-east-1:{ACCOUNT}:configuration/theirs/1"
CLUSTER = f"arn:aws:kafka:us-east-1:{ACCOUNT}:cluster/theirs/1"
PROPERTIES = (
    "auto.create.topics.enable=true\ndefault.replication.factor=2\nmin.insync.replicas=1\nmessage.max.bytes=10485880"
)
KAFKA = (
    Resource("aws:ec2/securityGroup:SecurityGroup", GROUP, inputs={"vpcId": VPC, "name": "theirs"}, foreign=True),
    Resource(
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        "sgr-0123456789abcdef0",
        inputs={
            "securityGroupId": GROUP,
            "ipProtocol": "tcp",
            "fromPort": 9096,
            "toPort": 9096,
            "cidrIpv4": "10.7.0.0/16",
        },
        foreign=True,
    ),
    Resource("aws:msk/configuration:Configuration", TOPICS, inputs={"serverProperties": PROPERTIES}, foreign=True),
    Resource(
        "aws:msk/cluster:Cluster",
        CLUSTER,
        inputs={
            "kafkaVersion": "3.9.x.kraft",
            "numberOfBrokerNodes": 2,
            "clientAuthentication": {"sasl": {"scram": True}},
            "brokerNodeGroupInfo": {
                "instanceType": "kafka.m7g.large",
                "securityGroups": [GROUP],
                "clientSubnets": list(SUBNETS.values()),
            },
            "configurationInfo": {"arn": TOPICS, "revision": 1},
        },
        outputs={"arn": CLUSTER, "bootstrapBrokersSaslScram": BROKERS, "certificateAuthority": AUTHORITY},
        foreign=True,
    ),
    Resource(
        "aws:secretsmanager/secret:Secret",
        SECRET,
        inputs={"name": "AmazonMSK_theirs", "kmsKeyId": KEY},
        outputs={"arn": SECRET},
        foreign=True,
    ),
    Resource(
        "aws:secretsmanager/secretVersion:SecretVersion",
        f"{SECRET}|1",
        inputs={
            "secretId": SECRET,
            "secretString": json.dumps({"username": "milvus", "password": "a-password-of-theirs"}),
        },
        foreign=True,
    ),
    Resource(
        "aws:msk/scramSecretAssociation:ScramSecretAssociation",
        CLUSTER,
        inputs={"clusterArn": CLUSTER, "secretArnLists": [SECRET]},
        foreign=True,
    ),
)
KAFKA_SETTING = {"bootstrap": [BROKERS], "secretArn": SECRET, "securityGroupId": GROUP, "caCertificate": AUTHORITY}

BUCKET_KEY_ID = "11111111-2222-3333-4444-555555555555"
BUCKET_KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/{BUCKET_KEY_ID}"
BY_THEIR_KEY = {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": BUCKET_KEY}
ENCRYPTED_BUCKET = (
    *TEAMS_BUCKET,
    Resource(
        "aws:kms/key:Key",
        BUCKET_KEY_ID,
        inputs={"keyUsage": "ENCRYPT_DECRYPT", "customerMasterKeySpec": "SYMMETRIC_DEFAULT"},
        outputs={"arn": BUCKET_KEY},
        region="us-east-1",
        foreign=True,
    ),
    Resource(
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        BUCKET,
        inputs={
            "bucket": BUCKET,
            "rules": [{"applyServerSideEncryptionByDefault": BY_THEIR_KEY}],
        },
        region="us-east-1",
        foreign=True,
    ),
)
BUCKET_SETTING = {"name": BUCKET, "keyArn": BUCKET_KEY, "prefix": "search/milvus"}
