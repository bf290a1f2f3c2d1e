"""Records deployments of the whole program, with settings that are merged from parts."""

import json
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from tests.components.recording import Recording
from tests.program import run

Sections = dict[str, Any]

LARGE: Sections = {"workload": {"vectors": 50_000_000, "dimension": 768}}
VPC = {
    "vpcId": "vpc-0123456789abcdef0",
    "privateSubnetIds": {"us-east-1a": "subnet-0000000000000000a", "us-east-1b": "subnet-0000000000000000b"},
    "publicSubnetIds": {"us-east-1a": "subnet-0000000000000000c", "us-east-1b": "subnet-0000000000000000d"},
}
PUBLIC: Sections = {
    "access": {
        "public": True,
        "clientCidrs": ["192.0.2.0/24"],
        "domain": {"zoneId": "Z0123456789ABC", "milvus": "milvus.corp.internal", "attu": "attu.corp.internal"},
    }
}
LOGIN = {
    "issuer": "https://login.corp.internal",
    "authorizationEndpoint": "https://login.corp.internal/authorize",
    "tokenEndpoint": "https://login.corp.internal/token",
    "userInfoEndpoint": "https://login.corp.internal/user",
    "clientId": "attu",
    "clientSecret": "planted-secret",
}
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555"
ENTRY = {"principalArn": "arn:aws:iam::123456789012:role/team", "policy": "view", "namespaces": ["milvus"]}
TAKEN: Sections = {"network": {"existing": VPC}, "access": {"clientCidrs": ["10.0.0.0/16"]}}
THEIR_KAFKA: Sections = {
    "kafka": {
        "existing": {
            "bootstrap": ["b-1.corp.internal:9096"],
            "secretArn": "arn:aws:secretsmanager:us-east-1:123456789012:secret:a",
        }
    }
}
THEIR_BUCKET: Sections = {"bucket": {"existing": {"name": "team-vectors"}}}
NO_NAT: Sections = {
    "network": {"interfaceEndpoints": True},
    "milvus": {"registry": "123456789012.dkr.ecr.us-east-1.amazonaws.com/hub"},
}


def workload(index: str, **more: Any) -> Sections:
    return {"workload": {**LARGE["workload"], "index": index, **more}}


def merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> Sections:
    both = {**one, **other}
    for key in one.keys() & other.keys():
        if isinstance(one[key], dict) and isinstance(other[key], dict):
            both[key] = merged(one[key], other[key])
    return both


def buckets(key: str | None = None, objects: Mapping[str, str] = MappingProxyType({}), **changed: Any) -> Sections:
    """What AWS answers about a bucket with a key and objects, by key; `changed` are settings of CloudFormation's."""
    closed = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    settings: Sections = {"PublicAccessBlockConfiguration": dict.fromkeys(closed, True)}
    if key:
        by_default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
        settings["BucketEncryption"] = {
            "ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": by_default}]
        }

    def found(arguments: Sections) -> Sections:
        return {"arn": f"arn:aws:s3:::{arguments['bucket']}", "bucketRegion": "us-east-1"}

    def listed(arguments: Sections) -> Sections:
        return {"keys": [name for name in sorted(objects) if name.startswith(arguments["prefix"])]}

    return {
        "aws:s3/getBucket:getBucket": found,
        "aws:cloudcontrol/getResource:getResource": {"properties": json.dumps(settings | changed)},
        "aws:kms/getKey:getKey": {"arn": key, "keyManager": "CUSTOMER", "keyState": "Enabled"},
        "aws:s3/getObjects:getObjects": listed,
        "aws:s3/getObject:getObject": lambda arguments: {"body": objects[arguments["key"]]},
    }


@cache
def recorded(sections: str) -> Recording:
    content = json.loads(sections)
    vpc = {
        "id": content["network"].get("existing", {}).get("vpcId"),
        "cidrBlock": "10.0.0.0/16",
        "enableDnsHostnames": True,
        "enableDnsSupport": True,
        "cidrBlockAssociations": [{"associationId": "a", "cidrBlock": "10.0.0.0/16", "state": "associated"}],
    }

    def subnet(arguments: dict[str, Any]) -> dict[str, Any]:
        zone = "us-east-1b" if arguments["id"][-1] in "bd" else "us-east-1a"
        free = {"availableIpAddressCount": 4000, "cidrBlock": f"10.0.{16 * int(arguments['id'][-1], 16)}.0/20"}
        return {"id": arguments["id"], "vpcId": vpc["id"], "availabilityZone": zone, **free}

    clusters: dict[str, Any] = {"names": []}

    def secret(arguments: dict[str, Any]) -> dict[str, Any]:
        user = {"username": f"milvus-{arguments['secretId'][-1]}", "password": "planted-password-of-theirs"}
        return {"arn": arguments["secretId"], "secretString": json.dumps(user)}

    networks = [{"cidr": "192.0.2.0/24", "description": ""}]
    looked_up = {
        "aws:ec2/getManagedPrefixList:getManagedPrefixList": {
            "addressFamily": "IPv4",
            "entries": networks,
            "maxEntries": 1,
        },
        "aws:ec2/getVpc:getVpc": vpc,
        "aws:ec2/getSubnet:getSubnet": subnet,
        "aws:eks/getClusters:getClusters": clusters,
        "aws:secretsmanager/getSecretVersion:getSecretVersion": secret,
        "aws:route53/getZone:getZone": {"name": "corp.internal", "privateZone": False},
        **buckets(content.get("bucket", {}).get("existing", {}).get("keyArn")),
    }
    return run(content.pop("stack", "dev"), answers=looked_up, **content)


def deployed(*sections: Sections) -> Recording:
    whole: Sections = {"network": {}, "workload": {"vectors": 1_000_000, "dimension": 1024}}
    for each in sections:
        whole = merged(whole, each)
    return recorded(json.dumps(whole, sort_keys=True))
