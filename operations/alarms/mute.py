"""Silence during maintenance, as a lease: it ends by itself, so that whoever crashes leaves no stack that is mute.

CloudWatch has rules that mute alarms for a time (docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/
alarm-mute-rules.html): alarms are still evaluated, and those that are on when a rule ends tell it then. Left out:
silences of a Prometheus' Alertmanager, which is somebody else's.
"""

import math
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

from operations.alarms.alarms import of_stack, signal_of
from operations.facts import Client
from operations.stack import StackError
from planning.signals import canary
from planning.signals.table import UNREACHABLE

LEASE, RENEWED_EVERY, LONGEST = timedelta(minutes=30), timedelta(minutes=10), timedelta(hours=4)
"""How long a lease lasts, how often a running command renews it, and how long it may last in the end: whatever takes
longer is trouble, of which somebody is told."""
NEVER = {UNREACHABLE, *(signal.name for signal in canary.SIGNALS)}
"""What maintenance is no excuse for: clients that find no Milvus, or one that does not work."""
MOST_ALARMS = 100
"""Alarms that one rule mutes at most
(docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutAlarmMuteRule.html)."""


def rule_name(prefix: str) -> str:
    """Name of the only rule of a stack."""
    return f"{prefix}-maintenance"


@dataclass
class Lease:
    """A silence that has to be renewed."""

    cloudwatch: Client
    prefix: str
    """Name of the stack's cluster, with which its alarms' names begin."""
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    began: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.began = self.now().replace(second=0, microsecond=0)  # a rule begins with a minute

    def renew(self) -> datetime:
        """Mutes for another 30 minutes from now, and returns when it ends. Raises StackError if there are no alarms.

        The rule keeps its beginning and gets longer: a new one would leave a gap.
        """
        names = [
            each["AlarmName"]
            for each in of_stack(self.cloudwatch, self.prefix)
            if signal_of(each, self.prefix) not in NEVER
        ]
        if not names:
            raise StackError("there are no alarms to mute: set alarms.emails or alarms.topicArns, and `make up`")
        if len(names) > MOST_ALARMS:
            raise StackError(f"{len(names)} alarms are more than the {MOST_ALARMS} that one rule of CloudWatch mutes")
        minutes = math.ceil(min(self.now() - self.began + LEASE, LONGEST).total_seconds() / 60)
        ends = self.began + timedelta(minutes=minutes)
        self.cloudwatch.put_alarm_mute_rule(
            Name=rule_name(self.prefix),
            Description="Maintenance; ends by itself. make unmute ends it now",
            Rule={
                "Schedule": {
                    "Expression": f"at({self.began:%Y-%m-%dT%H:%M})",
                    "Duration": f"PT{minutes}M",
                    "Timezone": "UTC",
                }
            },
            MuteTargets={"AlarmNames": sorted(names)},
            ExpireDate=ends,
        )
        return ends

    def end(self) -> None:
        """Ends the silence. Alarms that are on tell it now. Does nothing if it has ended."""
        self.cloudwatch.delete_alarm_mute_rule(AlarmMuteRuleName=rule_name(self.prefix))


def muted_until(cloudwatch: Client, prefix: str) -> datetime | None:
    """When a silence that lasts ends; None if there is none."""
    try:
        rule = cloudwatch.get_alarm_mute_rule(AlarmMuteRuleName=rule_name(prefix))
    except cloudwatch.exceptions.ResourceNotFoundException:
        return None
    ends: datetime = rule["ExpireDate"]
    return ends if rule["Status"] == "ACTIVE" else None


@contextmanager
def muted(
    cloudwatch: Client, prefix: str, say: Callable[[str], None], every: timedelta = RENEWED_EVERY
) -> Generator[None]:
    """Mutes while a command runs. A silence that is refused is said, and stops no command."""
    done = Event()
    lease = Lease(cloudwatch, prefix)

    def renew() -> bool:
        try:
            lease.renew()
        except Exception as error:  # whatever AWS, the network or the caller's rights may answer
            say(f"alarms are not muted any longer than they are now: {error}")
            return False
        return True

    def keep() -> None:
        while not done.wait(every.total_seconds()) and lease.now() < lease.began + LONGEST:
            renew()

    if not renew():
        yield
        return
    say(f"alarms are muted meanwhile, but for {', '.join(sorted(NEVER))}; a crash ends it within 30 minutes")
    renewing = Thread(target=keep, daemon=True)
    renewing.start()
    try:
        yield
    finally:
        done.set()
        renewing.join()
        try:
            lease.end()
        except Exception as error:
            say(f"alarms stay muted for up to 30 minutes: {error}")
