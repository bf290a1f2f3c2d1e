"""Outputs that AWS would add to a resource's inputs, for tests."""

from collections.abc import Mapping
from typing import Any

from tests.components.recording import Answer, Outputs, Resource
from tests.components.wire import Secret

KUBECONFIG = '{"clusters": [], "users": []}'
PASSWORD = "planted-password-0123456789abcdef"


def eks_cluster(resource: Resource) -> Mapping[str, Any]:
    """Outputs of pulumi-eks' component, which are plain, because its provider does not hydrate resources."""
    return {
        "clusterSecurityGroupId": "sg-cluster",
        "kubeconfigJson": KUBECONFIG,
        "oidcIssuer": "oidc.eks.us-east-1.amazonaws.com/id/ABC",
        "oidcProviderUrl": "https://oidc.eks.us-east-1.amazonaws.com/id/ABC",
    }


def named(resource: Resource) -> Mapping[str, Any]:
    """Gives a resource a name, as the engine does, if the program gives none."""
    return {"name": resource.inputs.get("name", f"{resource.name}-1234567")}


def validation(resource: Resource) -> Mapping[str, Any]:
    """Validation records as ACM answers them, in an order of its own."""
    hosts = [resource.inputs["domainName"], *resource.inputs.get("subjectAlternativeNames", [])]
    options = [
        {
            "domainName": host,
            "resourceRecordName": f"_proof.{host}",
            "resourceRecordType": "CNAME",
            "resourceRecordValue": f"{host}.acm-validations.aws",
        }
        for host in hosts
    ]
    return {"domainValidationOptions": options[::-1]}


NOTHING_LEFT: Answer = {"arns": [], "id": "us-east-1", "logGroupNames": [], "region": "us-east-1"}
"""What AWS answers to getLogGroups where no cluster of the name has ever been."""
ANSWERS: Mapping[str, Answer] = {"aws:cloudwatch/getLogGroups:getLogGroups": NOTHING_LEFT}

OUTPUTS: Mapping[str, Outputs] = {
    "aws:acm/certificate:Certificate": validation,
    "aws:cloudwatch/logGroup:LogGroup": named,
    "aws:ec2/launchTemplate:LaunchTemplate": {"latestVersion": 3},
    "aws:ec2/vpcEndpointService:VpcEndpointService": {
        "serviceName": "com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0",
        "privateDnsNameConfigurations": [{"name": "_proof", "type": "TXT", "value": "vpce:proof"}],
    },
    "aws:iam/role:Role": named,
    "aws:lb/targetGroup:TargetGroup": lambda group: {"arnSuffix": f"targetgroup/{group.name}/73e2d6bc24d8a067"},
    "aws:msk/cluster:Cluster": {
        "bootstrapBrokersSaslScram": "b-1.kafka:9096,b-2.kafka:9096",
        "clusterName": "kafka-1234567",
    },
    "aws:msk/configuration:Configuration": {"latestRevision": 1},
    "aws:s3/bucket:Bucket": lambda bucket: {"bucket": f"{bucket.name}-1234567"},
    "aws:secretsmanager/secretVersion:SecretVersion": lambda version: {"secretArn": f"arn:{version.name}"},
    "eks:index:Cluster": eks_cluster,
    "random:index/randomPassword:RandomPassword": {"result": Secret(PASSWORD)},
}
