"""Types of single values: the formats of networks, names, hosts, image registries and ARNs.

Left out: rules that depend on other settings (contradictions.py and the modules that it names).
"""

import ipaddress
import re
import ssl
import time
from collections.abc import Callable
from functools import partial
from typing import Annotated, Literal

from pydantic import AfterValidator, StringConstraints

from planning import cron
from planning.chart.helm_values import PREFIX_PATTERN
from planning.pricing.prices import unknown
from settings import arns
from settings.problems import DESCRIBED


def _network(text: str) -> str:
    try:
        return str(ipaddress.IPv4Network(text))
    except ValueError as error:
        if "host bits" in str(error):
            raise ValueError(f"{error}; write {ipaddress.IPv4Network(text, strict=False)}") from None
        raise ValueError("an IPv4 network such as 198.51.100.0/24") from None


def _any_but_open(text: str) -> str:
    if text == "0.0.0.0/0":
        raise ValueError("open to the whole internet; name the networks that need it")
    return _network(text)


def _region(text: str) -> str:
    if reason := unknown(text):
        raise ValueError(reason)
    return text


def _cron(text: str) -> str:
    try:
        cron.parse(text)
    except ValueError as error:
        raise ValueError(f"a schedule such as 0 3 * * *, but {error}") from None
    return " ".join(text.split())


def _host(text: str) -> str:
    labels = text.split(".")
    if len(text) > 253 or len(labels) < 2 or not all(LABEL.fullmatch(label) for label in labels):
        raise ValueError("a host name in lower case, such as milvus.example.com: labels of 63 characters, 253 in all")
    return text


LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
REGISTRY = re.compile(
    r"(?P<host>[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*)(:(?P<port>\d{1,5}))?"
    r"(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*"
)
"""Reference of an image without its name. Source: the grammar in distribution/reference, reference.go."""


def _registry(text: str) -> str:
    match = REGISTRY.fullmatch(text)
    if text and not (match and int(match["port"] or 1) in range(1, 65536) and ("." in match["host"] or match["port"])):
        raise ValueError(
            "host[:port][/path] in lower case, such as registry.example.com/hub, without scheme, tag or final /"
        )
    return text


RESERVED_NAMESPACES = ("default", "aws-observability")
RESERVED_PREFIXES = ("kube-", "amazon-")
"""Prefixes of namespaces of Kubernetes and of EKS' add-ons. This program would label such a namespace, and delete
it with the stack.
"""


def _own_namespace(text: str) -> str:
    if text in RESERVED_NAMESPACES or text.startswith(RESERVED_PREFIXES):
        raise ValueError(
            "one of Kubernetes' or AWS' own, which would be deleted with the stack; choose a name of yours"
        )
    return text


BROKER = re.compile(r"(?P<host>[a-zA-Z0-9]([-.a-zA-Z0-9]*[a-zA-Z0-9])?):(?P<port>\d{1,5})")
MSK_PORTS = (9096, 9196)
"""Ports of MSK's SASL/SCRAM listeners, private and public
(docs.aws.amazon.com/msk/latest/developerguide/port-info.html)."""


def _broker(text: str) -> str:
    match = BROKER.fullmatch(text)
    if not match or int(match["port"]) not in range(1, 65536):
        raise ValueError("the address of a SASL/SCRAM listener as host:port, such as b-1.example.com:9096")
    if ".kafka." in match["host"] and "amazonaws" in match["host"] and int(match["port"]) not in MSK_PORTS:
        raise ValueError("MSK's SASL/SCRAM listeners have port 9096 (public ones 9196): others take no such user")
    return text


BUCKET = re.compile(
    r"(?!xn--|sthree-|amzn-s3-demo-)[a-z0-9][-a-z0-9]{1,61}[a-z0-9](?<!-s3alias)(?<!--ol-s3)(?<!--x-s3)(?<!--table-s3)"
)
"""Names of general purpose buckets (docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html) without
periods, which S3's certificate does not cover."""


def _bucket(text: str) -> str:
    if not BUCKET.fullmatch(text):
        raise ValueError(
            "the name of a general purpose bucket, such as team-vectors: 3 to 63 lower-case letters, digits and"
            " hyphens; names with periods have no valid certificate, directory buckets and access points no such API"
        )
    return text


FOLDER = re.compile(r"[A-Za-z0-9][-\w]*(/[A-Za-z0-9][-\w]*)*")


def _folder(text: str) -> str:
    if not FOLDER.fullmatch(text) or len(text) > 200:
        raise ValueError(
            "a folder of the bucket, such as search/milvus: names of letters, digits, - and _ joined by /, 200 in all,"
            " without / at its ends"
        )
    return text


PEM = re.compile(r"-----BEGIN (?P<kind>[A-Z ]+)-----.*?-----END (?P=kind)-----", re.DOTALL)


def _authorities(text: str) -> str:
    """Raises ValueError for text that is not the certificates of authorities alone."""
    blocks = {match[0]: match["kind"] for match in PEM.finditer(text)}
    allowed = "the PEM text of one or more authorities' certificates, each from -----BEGIN CERTIFICATE----- to its end"
    if others := sorted({*blocks.values()} - {"CERTIFICATE"}):
        raise ValueError(f"{allowed}; remove the {', '.join(others)}, which belongs to nobody here")
    trusted = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        trusted.load_verify_locations(cadata=text)
    except (ssl.SSLError, ValueError):
        raise ValueError(allowed) from None
    found = trusted.get_ca_certs()  # leaves out certificates of servers
    if not found or len(found) != len(blocks):
        raise ValueError(f"{allowed}; this has one of a server: give that of the authority which issued it")
    for each in found:
        if ssl.cert_time_to_seconds(str(each["notAfter"])) < time.time():
            raise ValueError(f"{allowed}; one ended on {each['notAfter']}: give the authority's new one")
    return text


def _pattern(expression: str, described: str) -> StringConstraints:
    DESCRIBED[f"^{expression}$"] = described
    return StringConstraints(pattern=f"^{expression}$")


def _arn(kind: arns.ArnKind) -> AfterValidator:
    check: Callable[[str], str] = partial(arns.checked, kind=kind)
    return AfterValidator(check)


Cidr = Annotated[str, AfterValidator(_network)]
ClosedCidr = Annotated[str, AfterValidator(_any_but_open)]
Name = Annotated[
    str,
    _pattern(r"[a-z]([-a-z0-9]{0,38}[a-z0-9])?", "up to 40 lower-case letters, digits and -, beginning with a letter"),
]
Namespace = Annotated[Name, AfterValidator(_own_namespace)]
Zone = Annotated[str, _pattern(r"[a-z]{2,4}(-[a-z]+)+-\d[a-z]", "the name of a zone, such as us-east-1a")]
Prefix = Annotated[str, _pattern(PREFIX_PATTERN, "2 to 40 lower-case letters, digits and -, beginning with a letter")]
ClientId = Annotated[str, _pattern(r"\S+", "text without spaces, as the identity provider gives it")]
Region = Annotated[str, AfterValidator(_region)]
Cron = Annotated[str, AfterValidator(_cron)]
Host = Annotated[str, AfterValidator(_host)]
Url = Annotated[
    str,
    _pattern(
        r"https://[A-Za-z0-9]([-.A-Za-z0-9]*[A-Za-z0-9])?(:\d{1,5})?(/[!-~]*)?",
        "an address such as https://login.example.org/authorize",
    ),
]
Registry = Annotated[str, AfterValidator(_registry)]
VpcId = Annotated[str, _pattern(r"vpc-([0-9a-f]{8}|[0-9a-f]{17})", "a VPC's id, such as vpc-0123456789abcdef0")]
SubnetId = Annotated[
    str, _pattern(r"subnet-([0-9a-f]{8}|[0-9a-f]{17})", "a subnet's id, such as subnet-0123456789abcdef0")
]
SecurityGroupId = Annotated[
    str, _pattern(r"sg-([0-9a-f]{8}|[0-9a-f]{17})", "a security group's id, such as sg-0123456789abcdef0")
]
Broker = Annotated[str, AfterValidator(_broker)]
BucketName = Annotated[str, AfterValidator(_bucket)]
Folder = Annotated[str, AfterValidator(_folder)]
Authorities = Annotated[str, AfterValidator(_authorities)]
PrefixListId = Annotated[
    str, _pattern(r"pl-([0-9a-f]{8}|[0-9a-f]{17})", "a prefix list's id, such as pl-0123456789abcdef0")
]
ZoneId = Annotated[str, _pattern(r"Z[A-Z0-9]{4,31}", "a hosted zone's id, such as Z0123456789ABC")]
AccountId = Annotated[str, _pattern(r"\d{12}", "the 12 digits of an account, in quotes")]
BrokerType = Annotated[str, _pattern(r"kafka\.[a-z0-9]+\.[a-z0-9]+", "a type with its prefix, such as kafka.m7g.large")]
AddonVersion = Annotated[str, _pattern(r"v\d+\.\d+\.\d+-eksbuild\.\d+", "a version such as v1.20.1-eksbuild.1")]
CertificateArn = Annotated[str, _arn(arns.CERTIFICATE)]
ConsumerArn = Annotated[str, _arn(arns.CONSUMER)]
KeyArn = Annotated[str, _arn(arns.KEY)]
PrincipalArn = Annotated[str, _arn(arns.PRINCIPAL)]
SecretArn = Annotated[str, _arn(arns.SECRET)]
TopicArn = Annotated[str, _arn(arns.TOPIC)]
Email = Annotated[str, _pattern(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+", "an address such as ops@your-company.com")]
PolicyArn = Annotated[str, _arn(arns.POLICY)]
LabelKey = Annotated[
    str,
    _pattern(
        r"([a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?",
        "a label's key, such as team or example.org/team",
    ),
]
LabelValue = Annotated[
    str,
    _pattern(
        r"([A-Za-z0-9]([-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?)?",
        "up to 63 letters, digits, -, _ and ., with a letter or digit at both ends",
    ),
]
LogDays = Literal[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731]
"""Days that CloudWatch Logs accepts as retention (PutRetentionPolicy)."""
