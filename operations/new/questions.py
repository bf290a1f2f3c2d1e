"""The questions that `make new` asks, with their flags and the comments that are written above the answers.

Left out: which answers are valid (settings/), how questions are asked (asking.py), and how answers are written
(writing.py).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from math import isfinite
from typing import Any

from settings.model import Settings

Answers = Mapping[str, Any]
"""Values by key below the namespace, such as `workload.vectors`. None and an empty list mean that the setting is
left out.
"""


def _always(_: Answers) -> bool:
    return True


def _with_attu(answers: Answers) -> bool:
    return answers.get("attu.exposure", "none") != "none"


def _with_domain(answers: Answers) -> bool:
    return bool(answers.get("access.domain.milvus"))


@dataclass(frozen=True, kw_only=True)
class Question:
    key: str
    """Key of the setting that the answer sets, below the namespace."""
    flag: str
    text: str
    why: str = ""
    """Comment above the key in the file. It says why the value is there, or what depends on it."""
    required: bool = False
    """True if a script must give it, because there is no default, or none that a team should get without choosing
    it.
    """
    asked: bool = True
    """True if it is asked on a terminal. The others are flags only."""
    when: Callable[[Answers], bool] = _always
    """Decides from the answers to earlier questions whether this one applies."""


QUESTIONS = (
    Question(
        key="region",
        flag="--region",
        text="In which AWS region?",
        why="Another region means another stack.",
        required=True,
    ),
    Question(
        key="tier",
        flag="--tier",
        text="Development, cheap and easy to destroy, or production, which survives the loss of a zone?",
        why='What else it decides: docs/settings.md, "What the tier decides".',
        required=True,
    ),
    Question(
        key="workload.vectors",
        flag="--vectors",
        text="How many vectors must it hold, over all collections? (1e6 is a million)",
        required=True,
    ),
    Question(
        key="workload.dimension",
        flag="--dimension",
        text="How many dimensions does a vector have? (your embedding model's documentation says so)",
        required=True,
    ),
    Question(key="workload.index", flag="--index", text="With which index?"),
    Question(
        key="workload.scalarBytes",
        flag="--scalar-bytes",
        text="How many bytes of scalar fields (key, text, metadata) has a row on average?",
    ),
    Question(
        key="workload.mmap",
        flag="--mmap",
        text="Keep scalar fields on local disk, with a tenth of them in memory?",
        when=lambda answers: bool(answers.get("workload.scalarBytes")),
    ),
    Question(
        key="workload.replicas",
        flag="--replicas",
        text="How many replicas in memory? With two, searches go on when a node is lost",
    ),
    Question(
        key="workload.growth",
        flag="--growth",
        text="How many times as many vectors must fit before it is resized?",
    ),
    Question(key="workload.rawData", flag="--raw-data", text="SCANN: keep raw vectors?", asked=False),
    Question(key="workload.hnswM", flag="--hnsw-m", text="HNSW: links of a node?", asked=False),
    Question(key="workload.nlist", flag="--nlist", text="IVF: clusters?", asked=False),
    Question(key="workload.maxDegree", flag="--max-degree", text="DISKANN: links of a node?", asked=False),
    Question(key="workload.refineBits", flag="--refine-bits", text="IVF_RABITQ: refine bits?", asked=False),
    Question(key="workload.segmentMib", flag="--segment-mib", text="MiB of a sealed segment?", asked=False),
    Question(
        key="log.kind",
        flag="--log",
        text="Where does Milvus keep its log: kafka (on MSK), or woodpecker (in the bucket: cheaper, slower writes)?",
        why="Fixed at creation: docs/log.md compares both, and says how a running stack moves.",
    ),
    Question(
        key="network.zones",
        flag="--zones",
        text="Which availability zones, such as us-east-1a, us-east-1b? (none: the region's first)",
        why="Another zone later replaces Kafka: MSK fixes its zones at creation.",
    ),
    Question(
        key="cluster.publicAccessCidrs",
        flag="--public-access-cidrs",
        text="From which networks does Pulumi run, as the internet sees them? (none: only from inside the VPC)",
        why="Networks that Pulumi runs from. No others reach the Kubernetes API from the internet.",
        required=True,
    ),
    Question(
        key="access.accountIds",
        flag="--account-ids",
        text="To which AWS accounts may it be deployed? (none: to any account that the credentials belong to)",
        why="Credentials of any other account are refused before anything changes.",
        required=True,
    ),
    Question(
        key="access.clientCidrs",
        flag="--client-cidrs",
        text="Which networks may connect, beside members of the client security group? (none: no others)",
        why="Networks that may connect to Milvus, beside members of the client security group.",
    ),
    Question(
        key="access.openToTheWorld",
        flag="--open-to-the-world",
        text="Do you really mean 0.0.0.0/0?",
        why="Confirms that 0.0.0.0/0 above is meant.",
        asked=False,
    ),
    Question(
        key="access.domain.milvus",
        flag="--domain",
        text="Which name shall Milvus have, such as milvus.your-company.com? (none: its load balancer's, no TLS)",
        why="Clients connect to this name by TLS.",
    ),
    Question(
        key="access.domain.zoneId",
        flag="--domain-zone-id",
        text="In which Route 53 zone shall the record and a certificate be created? (none: you create the record)",
        why="The DNS record is created in this zone and, unless certificateArn gives one, a certificate for it.",
        when=_with_domain,
    ),
    Question(
        key="access.certificateArn",
        flag="--certificate-arn",
        text="Which ACM certificate contains this name? (none: one is created in the zone)",
        why="The certificate with which Milvus speaks TLS to its clients.",
        when=_with_domain,
    ),
    Question(
        key="access.public",
        flag="--public",
        text="May those networks connect over the internet?",
        why="true: clientCidrs connect over the internet. A change replaces the load balancer.",
        when=lambda answers: bool(answers.get("access.clientCidrs")),
    ),
    Question(
        key="attu.exposure",
        flag="--attu",
        text="Who reaches Attu, the web console?",
        why="Who reaches the web console. The default is internal in development and none in production.",
    ),
    Question(
        key="attu.behind",
        flag="--attu-behind",
        text="Shall Attu get a load balancer of its own, or share Milvus' (cheaper, but without a login)?",
        why="nlb: Attu shares Milvus' load balancer, which costs nothing more but offers no login.",
        when=_with_attu,
    ),
    Question(
        key="access.domain.attu",
        flag="--attu-domain",
        text="Which name shall Attu have? Its load balancer needs one for HTTPS.",
        when=lambda answers: _with_attu(answers) and _with_domain(answers),
    ),
    Question(
        key="alarms.emails",
        flag="--alarm-emails",
        text="Which mail addresses shall be told when something is wrong? (none: nobody hears of it)",
        why="Told of every alarm, as soon as the link in AWS' first message is followed: make alarm-test shows who is.",
    ),
    Question(
        key="protect",
        flag="--protect",
        text="Shall resources that hold data refuse to be deleted?",
        why="true protects bucket, keys, Kafka, cluster and passwords from deletion. It is the default in production.",
    ),
)

SECTIONS: Mapping[str, str] = {"workload": "Sizes, nodes, brokers and price follow from these."}
"""Comments above whole sections."""

BY_KEY: Mapping[str, Question] = {question.key: question for question in QUESTIONS}


@cache
def settings_schema() -> dict[str, Any]:
    """JSON Schema of all settings, which takes a moment to make."""
    return Settings.model_json_schema(by_alias=True)


@cache
def node(key: str) -> dict[str, Any]:
    """JSON Schema of one setting."""
    found = settings_schema()
    for step in key.split(".") if key else ():
        found = inner(settings_schema(), found)["properties"][step]
    return {**found, **inner(settings_schema(), found)}


def inner(schema: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """A schema without its alternative `null`, and with references resolved."""
    for choice in found.get("anyOf", ()):
        if choice.get("type") != "null":
            found = choice
    return schema["$defs"][found["$ref"].rsplit("/", 1)[1]] if "$ref" in found else found


def allowed(question: Question) -> str:
    """Describes in words what an answer may be."""
    about = node(question.key)
    if choices := about.get("enum"):
        return ", ".join(str(choice) for choice in choices)
    kind = about["type"]
    if kind == "array":
        return "a list with commas, or none"
    if kind == "boolean":
        return "yes or no"
    if kind in ("integer", "number"):
        return f"{'whole ' if kind == 'integer' else ''}number {about['minimum']:,} to {about['maximum']:,}"
    return "text" if question.required else "text, or none"


def parsed(question: Question, text: str) -> Any:
    """The value that a text means.

    Text that means no value of the right type stays text, so that settings/ refuses it with its usual message.
    """
    about, text = node(question.key), text.strip()
    if choices := about.get("enum"):
        return next((choice for choice in choices if str(choice).lower() == text.lower()), text)
    kind = about["type"]
    if kind == "array":
        return [] if text.lower() == "none" else text.replace(",", " ").split()
    if kind == "boolean":
        return {"yes": True, "true": True, "no": False, "false": False}.get(text.lower(), text)
    if kind in ("integer", "number"):
        try:
            number = float(text)
        except ValueError:
            return text
        return int(number) if number.is_integer() else number if isfinite(number) else text
    return None if text.lower() in ("", "none") else text


def shown(value: Any) -> str:
    """The text from which parsed() would make this value."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(str(each) for each in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - JSON
    return "" if value is None else str(value)
