"""Contradictions about access to the endpoints: networks, names, certificates and logins."""

import ipaddress
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from settings.arns import CERTIFICATE, CONSUMER, POLICY, PRINCIPAL, ArnKind, account, misplaced
from settings.problems import Problem

if TYPE_CHECKING:
    from settings.model import Settings


CLIENTS = "access.clientCidrs or access.clientPrefixLists: the networks that may connect"


def problems(settings: "Settings") -> Iterator[Problem]:
    yield from _clients(settings)
    yield from _attu(settings)
    yield from _names(settings)
    yield from _private_link(settings)
    yield from _arns(settings)


def _private_link(settings: "Settings") -> Iterator[Problem]:
    access, attu = settings.access, settings.attu
    if access.private_link is None:
        return
    if attu.exposure != "none" and attu.behind == "nlb":
        yield Problem(
            "access.privateLink",
            "opens every port of Milvus' load balancer, with attu.behind nlb Attu's, too, which has no login; set"
            " attu.behind: alb or attu.exposure: none",
        )
    if access.private_link.private_dns and not (access.domain and access.domain.zone_id):
        yield Problem(
            "access.privateLink.privateDns",
            "true needs access.domain with zoneId: the name, and the public zone whose record proves that it is yours",
        )


def _clients(settings: "Settings") -> Iterator[Problem]:
    access, attu = settings.access, settings.attu
    if everybody(access.client_cidrs) and not access.open_to_the_world:
        yield Problem(
            "access.clientCidrs",
            f"{', '.join(access.client_cidrs)} opens the database to everybody; name networks, or set openToTheWorld:"
            " true",
        )
    if everybody(settings.cluster.public_access_cidrs):
        yield Problem(
            "cluster.publicAccessCidrs", "together open to the whole internet; name the networks that need it"
        )
    if access.public and not access.clients:
        yield Problem("access.public", f"true needs {CLIENTS}")
    if access.public and not settings.encrypted and settings.tier == "production":
        yield Problem("access.public", "true without TLS sends passwords in clear; give certificateArn or domain")
    if attu.exposure == "public" and not access.clients:
        yield Problem("attu.exposure", f"public needs {CLIENTS}")
    if attu.exposure == "internal" and settings.network.existing and not access.clients:
        yield Problem("access.clientCidrs", "is missing: say which networks of the existing VPC may open Attu")


def everybody(networks: Sequence[str]) -> bool:
    """True if networks cover the whole internet, also in parts such as 0.0.0.0/1 and 128.0.0.0/1."""
    joined = ipaddress.collapse_addresses(map(ipaddress.IPv4Network, networks))
    return any(network.prefixlen == 0 for network in joined)


def _attu(settings: "Settings") -> Iterator[Problem]:
    access, attu = settings.access, settings.attu
    if attu.exposure == "public" and not settings.encrypted:
        yield Problem("attu.exposure", "public needs HTTPS: give access.certificateArn or access.domain")
    if attu.exposure == "public" and attu.behind == "nlb" and not access.public:
        yield Problem(
            "attu.behind", "nlb shares Milvus' load balancer, which is internal; set access.public or behind: alb"
        )
    if attu.oidc and attu.behind == "nlb":
        yield Problem("attu.oidc", "needs behind: alb; a network load balancer knows no login")
    if attu.oidc and attu.exposure == "none":
        yield Problem("attu.oidc", "has no effect with exposure none; remove it, or set internal or public")
    if attu.oidc and not settings.encrypted:
        yield Problem("attu.oidc", "needs HTTPS: give access.certificateArn or access.domain")


LONGEST_COMMON_NAME = 64
"""Most characters of a certificate's first name; further names may have 253
(docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html).
"""


def _names(settings: "Settings") -> Iterator[Problem]:
    access, attu, domain = settings.access, settings.attu, settings.access.domain
    if domain is None:
        if access.certificate_arn:
            yield Problem(
                "access.domain",
                "is missing: no certificate names a load balancer's own address, so that every client's TLS would fail;"
                " give domain.milvus, the name in the certificate (with zoneId its DNS record is made, too)",
            )
        return
    if not domain.zone_id and not access.certificate_arn:
        yield Problem(
            "access.domain.zoneId",
            "is missing: the certificate is proven by a record in that Route 53 zone; give it, or certificateArn",
        )
    if not access.certificate_arn and len(domain.milvus) > LONGEST_COMMON_NAME:
        yield Problem(
            "access.domain.milvus",
            f"{domain.milvus} has {len(domain.milvus)} characters: a certificate's first name may have"
            f" {LONGEST_COMMON_NAME}; choose a shorter name, or give certificateArn",
        )
    if domain.attu == domain.milvus:
        yield Problem("access.domain.attu", f"{domain.attu} is Milvus' own name; give it another one")
    if domain.attu and attu.exposure == "none":
        yield Problem("access.domain.attu", "has no effect with attu.exposure none; remove it")
    if domain.attu and attu.exposure != "none" and attu.behind == "nlb":
        yield Problem("access.domain.attu", "has no effect with attu.behind nlb: Attu has Milvus' name; remove it")
    if not domain.attu and attu.exposure != "none" and attu.behind == "alb":
        yield Problem(
            "access.domain.attu",
            "is missing: Attu's load balancer has HTTPS, and no certificate names its own address; give a name,"
            " or set attu.behind: nlb or attu.exposure: none",
        )


def _arns(settings: "Settings") -> Iterator[Problem]:
    found: list[tuple[str, str, ArnKind]] = [
        (f"cluster.accessEntries.{name}.principalArn", entry.principal_arn, PRINCIPAL)
        for name, entry in settings.cluster.access_entries.items()
    ]
    if settings.cluster.permissions_boundary:
        found.append(("cluster.permissionsBoundary", settings.cluster.permissions_boundary, POLICY))
    if settings.access.certificate_arn:
        found.append(("access.certificateArn", settings.access.certificate_arn, CERTIFICATE))
    if link := settings.access.private_link:
        found += [(f"access.privateLink.principals[{i}]", arn, CONSUMER) for i, arn in enumerate(link.principals)]
    for key, arn, kind in found:
        if settings.region and (reason := misplaced(arn, kind, settings.region, settings.access.account_ids)):
            yield Problem(key, reason)
    owned = {account(arn): key for key, arn, kind in found if kind.same_account and account(arn) != "aws"}
    if len(owned) > 1 and not settings.access.account_ids:
        both = " and ".join(f"{key} of {owner}" for owner, key in owned.items())
        yield Problem("access.certificateArn", f"{both}: both must be of the account that the stack is deployed to")
