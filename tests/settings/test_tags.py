"""Tags must satisfy the strictest of all services that get them."""

import pytest

from tests.settings.written import AWS, accepted, problems


@pytest.mark.parametrize(
    ("tags", "key", "text"),
    [
        ({"team": "R&D"}, "tags.team", "'R&D' has '&'; a value may have letters, digits, spaces and _ . : / = + - @"),
        ({"team": "a,b"}, "tags.team", "'a,b' has ','"),
        ({"owner": "Ann <ann@example.com>"}, "tags.owner", "has '<' '>'"),
        ({"te;am": "x"}, "tags.te;am", "'te;am' has ';'; a key may have"),
        ({"team": "a\nb"}, "tags.team", "has '\\n'"),
        ({"team": "🚀"}, "tags.team", "has '🚀'"),
        ({"a=b": "x"}, "tags.a=b", "a key may have no =, by which the disk driver ends it"),
        ({"team": "search: core"}, "tags.team", "no : at the end or before a space"),
        ({"team": "search:"}, "tags.team", "no : at the end or before a space"),
        ({"team": " core"}, "tags.team", "begins or ends with a space"),
        ({"": "x"}, "tags", "'': a tag needs a key"),
        ({"k" * 128: "x"}, f"tags.{'k' * 128}", "its key has 128 bytes; at most 127 are allowed"),
        ({"team": "v" * 256}, "tags.team", "its value has 256 bytes; at most 255 are allowed"),
        ({"empty": ""}, "tags.empty", "has no value, which EKS' add-ons refuse"),
        ({"team": "é" * 129}, "tags.team", "its value has 258 bytes"),
        ({"aws:team": "x"}, "tags.aws:team", "keys that begin with aws: belong to AWS and Kubernetes"),
        ({"AWS:team": "x"}, "tags.AWS:team", "keys that begin with aws: belong to AWS and Kubernetes"),
        ({"kubernetes.io/team": "x"}, "tags.kubernetes.io/team", "keys that begin with kubernetes.io belong"),
        ({"team": "aws:x"}, "tags.team", "values that begin with aws: belong to AWS"),
        ({"Project": "x"}, "tags.Project", "differs from project by case alone, which IAM refuses"),
        ({"STACK": "x"}, "tags.STACK", "differs from stack by case alone"),
        ({"Team": "a", "team": "b"}, "tags.team", "differs from Team by case alone"),
        ({"Name": "x"}, "tags.Name", "is set on each resource by this program or the disk driver"),
        ({"name": "x"}, "tags.name", "is set on each resource by this program or the disk driver"),
        ({f"k{n}": "x" for n in range(41)}, "tags", "41 tags: AWS allows 50 a resource, of which 40 are left"),
        ({"expires": "2027-01-31 00:00:00 +0000 UTC"}, "tags.expires", 'write "2027-01-31"'),
        ({"cost": 1234}, "tags.cost", "1234 is not allowed: text (quote it if it looks like a number)"),
    ],
)
def test_a_tag_that_some_service_refuses_is_refused_at_once(tags: dict[str, str], key: str, text: str) -> None:
    assert text in problems({**AWS, "tags": tags})[key]


@pytest.mark.parametrize(
    "tags",
    [
        {"team": "search and ranking", "cost-center": "1234", "url": "https://example.com/a?".rstrip("?")},
        {"project": "shop"},
        {"équipe": "Suche", "チーム": "検索"},
        {"k" * 127: "v" * 255, "base64": "YQ=="},
        {f"k{n}": "x" for n in range(40)},
    ],
)
def test_tags_that_all_services_take_are_taken(tags: dict[str, str]) -> None:
    assert accepted({**AWS, "tags": tags})
