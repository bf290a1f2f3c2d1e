"""The AWS provider's own behaviour: region and account, default tags, generated names, functions.

Ids and outputs are in aws_outputs.py, what AWS publishes about inputs in published/.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any

from planning.regions import known_zones
from rehearsal.cloud import replacing
from rehearsal.cloud.cloud import Refused
from rehearsal.cloud.resource import Resource, dig
from rehearsal.protocol import schema
from rehearsal.protocol.wire import Properties, hidden, plain, plain_properties
from rehearsal.providers import aws_buckets, aws_outputs
from rehearsal.providers.package import Configuration
from rehearsal.providers.provider import Provider
from rehearsal.published import judge
from rehearsal.published.regions import dns_suffix, partition

ACCOUNT = "123456789012"
"""Account of the credentials, unless the settings allow others alone, or the cloud holds CREDENTIALS."""
CREDENTIALS = "rehearsal:account:Credentials"
"""Type of a resource whose id is the account of the credentials, whatever the settings allow."""

INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
RULES = (INGRESS, EGRESS)

# Properties for which Pulumi generates names, and their greatest lengths: pulumi/pulumi-aws, provider/resources.go.
NAME_KEYS = {
    "aws:eks/nodeGroup:NodeGroup": "nodeGroupName",
    "aws:msk/cluster:Cluster": "clusterName",
    "aws:s3/bucket:Bucket": "bucket",
}
LONGEST_NAMES = {
    "aws:eks/nodeGroup:NodeGroup": 63,
    "aws:iam/role:Role": 64,
    "aws:lb/loadBalancer:LoadBalancer": 32,
    "aws:lb/targetGroup:TargetGroup": 32,
    "aws:msk/cluster:Cluster": 64,
    "aws:s3/bucket:Bucket": 63,
}
SUFFIX_DIGITS = 7

# Defaults that the provider writes into the inputs: `Default:` in hashicorp/terraform-provider-aws.
DEFAULTS: dict[str, Properties] = {
    "aws:iam/role:Role": {"forceDetachPolicies": False, "maxSessionDuration": 3600, "path": "/"},
    "aws:kms/key:Key": {
        "bypassPolicyLockoutSafetyCheck": False,
        "customerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "isEnabled": True,
        "keyUsage": "ENCRYPT_DECRYPT",
    },
    "aws:s3/bucket:Bucket": {"forceDestroy": False},
    "aws:secretsmanager/secret:Secret": {"forceOverwriteReplicaSecret": False, "recoveryWindowInDays": 30},
    "aws:ec2/securityGroup:SecurityGroup": {"description": "Managed by Pulumi", "revokeRulesOnDelete": False},
}


class Aws(Provider):
    """The emulated AWS provider."""

    package = "aws"
    on_update = {
        "aws:ec2/launchTemplate:LaunchTemplate": ["latestVersion"],
        "aws:msk/configuration:Configuration": ["latestRevision"],
    }

    def configuration(self, values: Properties) -> Configuration:
        if not values.get("region"):
            raise Refused("missing region configuration: set aws:region, or give the provider a region")
        allowed: list[str] = _json(values.get("allowedAccountIds")) or []
        account = next((each.id for each in self.cloud.all(CREDENTIALS)), (allowed or [ACCOUNT])[0])
        if allowed and account not in allowed:  # hashicorp/aws-sdk-go-base, v2/aws_config.go
            raise Refused(
                f"AWS account ID not allowed: {account}; the provider's allowedAccountIds: {', '.join(allowed)}"
            )
        tags: Properties = _json(values.get("defaultTags")) or {}
        return Configuration(values, values["region"], account, default_tags=tags.get("tags", {}))

    def partly_computed(self, type_: str) -> dict[str, Sequence[str]]:
        return {"vpcConfig": ["clusterSecurityGroupId", "vpcId"]} if type_ == "aws:eks/cluster:Cluster" else {}

    def complete(
        self, type_: str, name: str, new_inputs: Properties, old_inputs: Properties, suffix: Callable[[int], str]
    ) -> None:
        filled: list[str] = []
        for key, value in DEFAULTS.get(type_, {}).items():
            if key not in new_inputs:
                new_inputs[key] = value
                filled.append(key)
        key = _name_key(type_)
        if key and new_inputs.get(key) is None and new_inputs.get(f"{key}Prefix") is None:
            kept = plain(old_inputs.get(key)) if key in (old_inputs.get("__defaults") or []) else None
            new_inputs[key] = kept or _new_name(type_, name, suffix)
            filled.append(key)
        new_inputs["__defaults"] = sorted(filled)

    def judged(self, type_: str, inputs: Properties, configuration: Configuration) -> list[tuple[str, str]]:
        secret = {key for key, value in inputs.items() if hidden(value)}
        region = str(inputs.get("region") or configuration.region)
        return judge.problems(type_, plain_properties(inputs), region, _default_tags(inputs, configuration), secret)

    def takes_its_name(self, type_: str, old_inputs: Properties, new_inputs: Properties) -> bool:
        """pulumi/pulumi-terraform-bridge, pkg/tfbridge/schema.go: nameRequiresDeleteBeforeReplace"""
        key = _name_key(type_)
        if key is None or new_inputs.get(key) is None or key in (new_inputs.get("__defaults") or []):
            return False
        return plain(new_inputs[key]) == plain(old_inputs.get(key))

    def forcing(self, type_: str, old_inputs: Properties, new_inputs: Properties) -> Sequence[str]:
        paths = replacing.AWS.get(type_, ())
        return (*paths, "kafkaVersion") if replacing.older_kafka(type_, old_inputs, new_inputs) else paths

    def elsewhere(self, old_inputs: Properties, new_inputs: Properties) -> Sequence[str]:
        return ("region",) if old_inputs.get("region") != new_inputs.get("region") else ()

    def identify(self, resource: Resource) -> str:
        id_, arn = aws_outputs.identify(resource)
        if arn:
            resource.outputs["arn"] = arn
        return id_

    def computed(self, resource: Resource, configuration: Configuration) -> Properties:
        return resource.outputs | aws_outputs.computed(self.cloud, resource)

    def known_early(self, inputs: Properties, configuration: Configuration) -> Properties:
        region = inputs.get("region") or configuration.region
        return {"region": region, "tagsAll": _default_tags(inputs, configuration) | (inputs.get("tags") or {})}

    def invoke(self, token: str, arguments: Properties, configuration: Configuration) -> Properties:
        region, account = configuration.region, configuration.account
        part = partition(region)
        match token:
            case "aws:index/getRegion:getRegion":
                return {
                    "name": region,
                    "region": region,
                    "id": region,
                    "endpoint": f"ec2.{region}.{dns_suffix(region)}",
                }
            case "aws:index/getPartition:getPartition":
                return {
                    "partition": part,
                    "dnsSuffix": dns_suffix(region),
                    "reverseDnsPrefix": ".".join(reversed(dns_suffix(region).split("."))),
                    "id": part,
                }
            case "aws:index/getCallerIdentity:getCallerIdentity":
                arn = f"arn:{part}:iam::{account}:user/rehearsal"
                return {"accountId": account, "arn": arn, "userId": "AIDAREHEARSAL", "id": account}
            case "aws:index/getAvailabilityZones:getAvailabilityZones":
                names = list(known_zones(region))
                ids = [f"{region}-az{number}" for number in range(1, len(names) + 1)]
                answer = {"names": names, "zoneIds": ids, "groupNames": [region] * len(names)}
                return {**arguments, **answer, "id": region, "region": region}
            case "aws:ec2/getManagedPrefixList:getManagedPrefixList":
                kind = "aws:ec2/managedPrefixList:ManagedPrefixList"
                return self._look_up(kind, "InvalidPrefixListID.NotFound", arguments)
            case "aws:route53/getZone:getZone":
                return self._look_up("aws:route53/zone:Zone", "NoSuchHostedZone", {"id": arguments["zoneId"]})
            case "aws:servicequotas/getServiceQuota:getServiceQuota":
                # The emulated account is a new one: nobody has had its 60 rules a security group raised.
                return {**arguments, "id": arguments["quotaCode"], "value": 60, "defaultValue": 60, "adjustable": True}
            case "aws:ec2/getVpc:getVpc":
                return self._look_up("aws:ec2/vpc:Vpc", "InvalidVpcID.NotFound", arguments)
            case "aws:ec2/getSubnet:getSubnet":
                return self._look_up("aws:ec2/subnet:Subnet", "InvalidSubnetID.NotFound", arguments)
            case "aws:secretsmanager/getSecretVersion:getSecretVersion":
                return self._secret_version(arguments)
            case "aws:vpc/getSecurityGroupRules:getSecurityGroupRules":
                (groups,) = (each["values"] for each in arguments["filters"])
                rules = [each for kind in RULES for each in self.cloud.all(kind) if each["securityGroupId"] in groups]
                return {**arguments, "id": region, "region": region, "ids": [each.id for each in rules]}
            case "aws:vpc/getSecurityGroupRule:getSecurityGroupRule":
                return self._rule(str(arguments["securityGroupRuleId"]))
            case "aws:cloudwatch/getLogGroups:getLogGroups":
                prefix = arguments.get("logGroupNamePrefix") or ""
                found = [
                    each for each in self.cloud.all("aws:cloudwatch/logGroup:LogGroup") if each.id.startswith(prefix)
                ]
                names = sorted(group.id for group in found)
                arns = [f"arn:{part}:logs:{region}:{account}:log-group:{name}" for name in names]
                return {**arguments, "id": region, "region": region, "arns": arns, "logGroupNames": names}
            case "aws:eks/getClusters:getClusters":
                names = sorted(cluster.inputs["name"] for cluster in self.cloud.all("aws:eks/cluster:Cluster"))
                return {"names": names, "id": region, "region": region}
            case "aws:eks/getCluster:getCluster":
                return self._cluster(arguments)
            case "aws:eks/getAddonVersion:getAddonVersion":
                return {**arguments, "id": arguments["addonName"], "version": "v1.0.0-eksbuild.1"}
            case _ if token in aws_buckets.LOOK_UPS:
                return aws_buckets.LOOK_UPS[token](self.cloud, arguments)
            case _:
                raise LookupError(token)

    def _cluster(self, arguments: Properties) -> Properties:
        found = self._look_up("aws:eks/cluster:Cluster", "ResourceNotFoundException", {"id": arguments["name"]})
        return found | {"certificateAuthorities": [found["certificateAuthority"]]}

    def _secret_version(self, arguments: Properties) -> Properties:
        versions = self.cloud.all("aws:secretsmanager/secretVersion:SecretVersion", secretId=arguments["secretId"])
        if not versions:
            raise Refused(f"ResourceNotFoundException: no secret or no value in it: '{arguments['secretId']}'")
        content = {"secretString": versions[-1]["secretString"], "versionId": "1", "versionStages": ["AWSCURRENT"]}
        times = {"arn": arguments["secretId"], "createdDate": "", "secretBinary": ""}
        return {**arguments, **times, **content, "id": arguments["secretId"]}

    def _rule(self, id_: str) -> Properties:
        found = next(each for kind in RULES for each in self.cloud.all(kind) if each.id == id_)
        ports = {"fromPort": -1, "toPort": -1}
        others = dict.fromkeys(("cidrIpv4", "prefixListId", "referencedSecurityGroupId"), "")
        return {**ports, **others, **found.inputs, "id": id_, "isEgress": found.type == EGRESS}

    def _look_up(self, type_: str, code: str, arguments: Properties) -> Properties:
        """Properties of an existing resource. Raises Refused, with AWS' error code, if there is none."""
        resource = self.cloud.get(type_, arguments.get("id"))
        if resource is None:
            raise Refused(f"{code}: '{arguments.get('id')}' does not exist")
        return {"id": resource.id, "tags": {}, **resource.inputs, **resource.outputs}


def _default_tags(inputs: Properties, configuration: Configuration) -> dict[str, str]:
    """The provider's tags, unless the resource overrides them."""
    overridden = dig(inputs, "overrideProvider.defaultTags.tags")
    return configuration.default_tags if overridden is None else overridden


def _name_key(type_: str) -> str | None:
    """The property for which Pulumi generates a name; None if it does not for this type."""
    key = NAME_KEYS.get(type_, "name")
    known = schema.of(type_)
    return key if known and key in known.inputs and not known.inputs[key].required else None


def _new_name(type_: str, name: str, suffix: Callable[[int], str]) -> str:
    """A generated name. Raises Refused if it is too long for AWS."""
    made = f"{name}-{suffix(SUFFIX_DIGITS)}"
    longest = LONGEST_NAMES.get(type_, 255)
    if len(made) > longest:
        raise Refused(f"{name!r} with its random suffix is longer than the {longest} characters of {type_}")
    return made.lower() if type_ == "aws:s3/bucket:Bucket" else made


def _json(value: Any) -> Any:
    """A value of the provider's configuration: nested ones arrive as JSON text."""
    return json.loads(value) if isinstance(value, str) else value
