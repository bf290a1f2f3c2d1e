"""The commands `alarm-test` and `mute`."""

from collections.abc import Callable

from rich.console import Console

from milvus_contract import Contract
from operations.alarms import trial
from operations.alarms.mute import NEVER, Lease
from operations.facts import Client, exit_code, of_boto3, screen
from operations.stack import StackError


def alarm_test(stack: str, contract: Contract, client: Callable[[str, str], Client] = of_boto3) -> int:
    """Sends an alarm down each path, shows what became of it, and returns the exit code."""
    facts = [*trial.facts(contract, client)]
    Console().print(screen(stack, facts))
    return exit_code(facts)


def mute(contract: Contract, *, end: bool, client: Callable[[str, str], Client] = of_boto3) -> int:
    """Begins or ends a silence. Raises StackError if there is nothing to silence."""
    if contract.target != "aws":
        raise StackError("a local stack has no alarms")
    lease = Lease(client("cloudwatch", str(contract.aws_region)), str(contract.cluster_name))
    if end:
        lease.end()
        print("alarms tell what they see; those that are on do so now")
    else:
        until = lease.renew()
        print(f"muted until {until:%H:%M} UTC, but for {', '.join(sorted(NEVER))}; `make unmute` ends it now")
    return 0
