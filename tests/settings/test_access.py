"""Settings of the endpoints: who reaches them, under which names, and with which login."""

from typing import Any

import pytest

from tests.settings.written import AWS, CERTIFICATE, EXISTING, Wrong, accepted, problems, settings

OIDC = {
    "issuer": "https://login.example.com",
    "authorizationEndpoint": "https://login.example.com/authorize",
    "tokenEndpoint": "https://login.example.com/token",
    "userInfoEndpoint": "https://login.example.com/userinfo",
    "clientId": "attu",
    "clientSecret": "hush-hush",
}
CONSUMER = "arn:aws:iam::111122223333:root"


def linked(**link: Any) -> dict[str, Any]:
    return {**AWS, "access": {"privateLink": {"principals": [CONSUMER], **link}}}


WRONG: list[Wrong] = [
    ({**AWS, "access": {"accountIds": [123456789012]}}, "access.accountIds[0]", "quote it if it looks like a number"),
    ({**AWS, "access": {"public": True}}, "access.public", "true needs access.clientCidrs"),
    (
        {**AWS, "tier": "production", "access": {"public": True, "clientCidrs": ["198.51.100.0/24"]}},
        "access.public",
        "true without TLS sends passwords in clear; give certificateArn or domain",
    ),
    ({**AWS, "access": {"clientCidrs": ["0.0.0.0/0"]}}, "access.clientCidrs", "opens the database to everybody"),
    (
        {**AWS, "network": {"existing": EXISTING}},
        "access.clientCidrs",
        "say which networks of the existing VPC may open",
    ),
    ({**AWS, "access": {"certificateArn": "cert"}}, "access.certificateArn", "the ARN of an ACM certificate"),
    (
        {**AWS, "access": {"privateLink": {}}},
        "access.privateLink.principals",
        "is missing. ARNs of those who",
    ),
    (linked(principals=[]), "access.privateLink.principals", "at least 1 entries"),
    (
        linked(principals=["*"]),
        "access.privateLink.principals[0]",
        '"*" is not allowed: the ARN of an account',
    ),
    (linked(principals=["111122223333"]), "access.privateLink.principals[0]", "such as arn:aws:iam::111122223333:root"),
    (
        linked(principals=["arn:aws-us-gov:iam::111122223333:root"]),
        "access.privateLink.principals[0]",
        "is in partition aws-us-gov",
    ),
    (linked(principals=[CONSUMER] * 2), "access.privateLink.principals", f"{CONSUMER} is named twice; remove one"),
    (
        linked(privateDns=True),
        "access.privateLink.privateDns",
        "true needs access.domain with zoneId: the name, and the public zone whose record proves that it is yours",
    ),
    (
        {**linked(), "attu": {"behind": "nlb"}},
        "access.privateLink",
        "opens every port of Milvus' load balancer, with attu.behind nlb Attu's, too, which has no login; set",
    ),
    (
        {**AWS, "access": {"clientCidrs": ["0.0.0.0/1", "128.0.0.0/1"]}},
        "access.clientCidrs",
        "0.0.0.0/1, 128.0.0.0/1 opens the database to everybody",
    ),
    (
        {**AWS, "access": {"certificateArn": CERTIFICATE}},
        "access.domain",
        "is missing: no certificate names a load balancer's own address",
    ),
    (
        {**AWS, "attu": {"exposure": "none"}, "access": {"certificateArn": CERTIFICATE}},
        "access.domain",
        "give domain.milvus, the name in the certificate (with zoneId its DNS record is made, too)",
    ),
    (
        {**AWS, "access": {"domain": {"milvus": "m.example.com", "attu": "a.example.com"}}},
        "access.domain.zoneId",
        "is missing: the certificate is proven by a record in that Route 53 zone; give it, or certificateArn",
    ),
    (
        {**AWS, "access": {"certificateArn": CERTIFICATE, "domain": {"milvus": "m.example.com"}}},
        "access.domain.attu",
        "is missing: Attu's load balancer has HTTPS, and no certificate names its own address",
    ),
    (
        {**AWS, "access": {"domain": {"zoneId": "Z0123456789", "milvus": "m.example.com"}}},
        "access.domain.attu",
        "is missing: Attu's load balancer has HTTPS",
    ),
    (
        {
            **AWS,
            "attu": {"exposure": "internal", "behind": "nlb"},
            "access": {"domain": {"zoneId": "Z0123456789", "milvus": "m.example.com", "attu": "a.example.com"}},
        },
        "access.domain.attu",
        "has no effect with attu.behind nlb",
    ),
    (
        {**AWS, "access": {"domain": {"zoneId": "Z0123456789", "milvus": f"{'m' * 60}.example.com"}}},
        "access.domain.milvus",
        "has 72 characters: a certificate's first name may have 64",
    ),
    (
        {**AWS, "access": {"domain": {"zoneId": "Z0123456789", "milvus": f"{'m' * 64}.example.com"}}},
        "access.domain.milvus",
        "a host name in lower case, such as milvus.example.com: labels of 63 characters, 253 in all",
    ),
    (
        {**AWS, "access": {"domain": {"zoneId": "Z0123456789", "milvus": "Milvus.example.com"}}},
        "access.domain.milvus",
        "a host name in lower case",
    ),
    (
        {**AWS, "attu": {"oidc": {**OIDC, "issuer": "https://log in"}}},
        "attu.oidc.issuer",
        "an address such as https://",
    ),
    ({**AWS, "attu": {"oidc": {**OIDC, "clientId": ""}}}, "attu.oidc.clientId", "text without spaces"),
    ({**AWS, "access": {"idleTimeoutSeconds": 10}}, "access.idleTimeoutSeconds", "10 is not allowed: at least 60."),
    ({**AWS, "access": {"domain": {"zoneId": "zone"}}}, "access.domain.zoneId", "a hosted zone's id"),
    (
        {**AWS, "access": {"domain": {"zoneId": "Z0123456789", "milvus": "m.example.com", "attu": "m.example.com"}}},
        "access.domain.attu",
        "m.example.com is Milvus' own name; give it another one",
    ),
    ({**AWS, "attu": {"exposure": "public"}}, "attu.exposure", "public needs "),
    (
        {
            **AWS,
            "attu": {"exposure": "public", "behind": "nlb"},
            "access": {"certificateArn": CERTIFICATE, "clientCidrs": ["198.51.100.0/24"]},
        },
        "attu.behind",
        "nlb shares Milvus' load balancer, which is internal",
    ),
    ({**AWS, "attu": {"oidc": OIDC}}, "attu.oidc", "needs HTTPS: give access.certificateArn or access.domain"),
    (
        {**AWS, "attu": {"oidc": OIDC, "behind": "nlb"}, "access": {"certificateArn": CERTIFICATE}},
        "attu.oidc",
        "needs behind: alb; a network load balancer knows no login",
    ),
    (
        {**AWS, "attu": {"oidc": OIDC, "exposure": "none"}, "access": {"certificateArn": CERTIFICATE}},
        "attu.oidc",
        "no effect",
    ),
    ({**AWS, "attu": {"oidc": {**OIDC, "clientSecret": 7}}}, "attu.oidc.clientSecret", "a secret value is not allowed"),
]


@pytest.mark.parametrize(("written", "key", "text"), WRONG, ids=[key for _, key, _ in WRONG])
def test_a_wrong_setting_is_refused_with_its_key_its_value_and_what_is_allowed(
    written: dict[str, Any], key: str, text: str
) -> None:
    assert text in problems(written)[key]


@pytest.mark.parametrize(
    "written",
    [
        {"access": {"certificateArn": CERTIFICATE, "domain": {"milvus": "m.example.com", "attu": "a.example.com"}}},
        {
            "access": {"certificateArn": CERTIFICATE, "domain": {"milvus": "m.example.com"}},
            "attu": {"exposure": "internal", "behind": "nlb"},
        },
        {
            "access": {"domain": {"zoneId": "Z0123456789", "milvus": "m.example.com"}},
            "attu": {"exposure": "none"},
        },
        {
            "access": {"certificateArn": CERTIFICATE, "domain": {"milvus": f"{'m' * 60}.example.com"}},
            "attu": {"exposure": "none"},
        },
    ],
)
def test_tls_is_taken_where_every_endpoint_has_a_name(written: dict[str, Any]) -> None:
    assert accepted({**AWS, **written})


def test_prefix_lists_say_who_may_connect_too() -> None:
    public = {"public": True, "clientPrefixLists": ["pl-0123456789abcdef0"]}
    assert settings({**AWS, "access": public}).access.clients == ("pl-0123456789abcdef0",)
    assert (
        "a prefix list's id, such as pl-"
        in problems({**AWS, "access": {"clientPrefixLists": ["10.0.0.0/8"]}})["access.clientPrefixLists[0]"]
    )
    assert (
        "is named twice"
        in problems({**AWS, "access": {"clientPrefixLists": ["pl-01234567"] * 2}})["access.clientPrefixLists"]
    )
