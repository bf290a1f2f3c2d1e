"""The section about alarms, and its contradictions. Which alarms there are is in planning/signals/."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from annotated_types import Len

from settings.arns import TOPIC, misplaced
from settings.formats import Email, TopicArn
from settings.problems import Problem
from settings.sections import Section

if TYPE_CHECKING:
    from settings.model import Settings


class Alarms(Section):
    """Alarms of CloudWatch, and who is told. docs/runbooks.md lists them."""

    enabled: bool | None = None
    """Create alarms. If not given, production has them, and development as soon as somebody is named who is told."""
    emails: Annotated[tuple[Email, ...], Len(max_length=50)] = ()
    """E-mail addresses that are told of every alarm. Each gets a message from AWS at first, and is told nothing until
    the link in it is followed.
    """
    canary: bool = False
    """Write, read, count and search a few rows every five minutes, in a database and as a user of their own, and alarm
    after a quarter of an hour without a success. It needs a way to CloudWatch: NAT, or one of your own subnets'.
    """
    topic_arns: Annotated[tuple[TopicArn, ...], Len(max_length=4)] = ()
    """ARNs of existing SNS topics in the stack's region, such as a pager's, that are told of pages: the alarms which
    somebody must act on at once. If a topic has a KMS key, that key must admit CloudWatch.
    """


def problems(settings: "Settings") -> Iterator[Problem]:
    """The contradictions about alarms."""
    alarms = settings.alarms
    if alarms.enabled is False:
        for key, value in (("emails", alarms.emails), ("topicArns", alarms.topic_arns)):
            if value:
                yield Problem(f"alarms.{key}", "has no effect with alarms.enabled false; remove one of them")
    if alarms.canary and not settings.alarmed:
        yield Problem(
            "alarms.canary", "true has no effect without alarms; set alarms.enabled, or name somebody who is told"
        )
    if alarms.canary and settings.network.nat == "none" and not settings.network.existing:
        yield Problem(
            "alarms.canary",
            "true with network.nat none: its success cannot reach CloudWatch, so that it would always alarm",
        )
    for number, arn in enumerate(alarms.topic_arns):
        if settings.region and (reason := misplaced(arn, TOPIC, settings.region, settings.access.account_ids)):
            yield Problem(f"alarms.topicArns[{number}]", reason)
