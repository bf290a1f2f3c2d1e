"""What goes wrong with a data plane, one after the other: what must survive, and what must be refused with a message.

Faults of a group share a bed; each has a table of its own, and what it broke is mended before it counts its rows.
"""

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

from planning.kafka import RETENTION_HOURS
from rehearsal.cloud.cloud import Resource, dig
from rehearsal.rules.iam import INLINE
from testbed import aws
from testbed.load import Survival, Table, count, under_load
from testbed.trial import ROWS, Outcome, Trial

OUTAGE_SECONDS = 20
SHORT_OUTAGE_SECONDS = 10
MORE = {"three_brokers": {"dataCoord": {"gc": {"interval": 3, "dropTolerance": 3}}}}
"""Of Milvus' configuration, by group, for tests: dropped collections are collected after seconds, not hours."""
COLLECTED_SECONDS = 60
KAFKA_OWN_BYTES = "1048588"
"""What brokers take when nobody says anything: message.max.bytes' default."""

# --- what must be refused


@contextmanager
def _wrong_password(trial: Trial) -> Generator[None]:
    secret = trial.secret_of("KAFKA_SASLPASSWORD")
    with trial.changed(secret, lambda text: text.replace(dig(secret.inputs, "stringData.password"), "wrong")):
        trial.roll()
        yield


@contextmanager
def _no_authority(trial: Trial) -> Generator[None]:
    """Whoever issued the brokers' certificates is not trusted."""
    trial.bed.machine.trust(trial.bed.of_aws)
    try:
        trial.roll()
        yield
    finally:
        trial.bed.machine.trust(trial.bed.of_kafka, trial.bed.of_aws)


def _without(action: str) -> Callable[[Trial], AbstractContextManager[None]]:
    @contextmanager
    def role(trial: Trial) -> Generator[None]:
        with trial.changed(_policy(trial), lambda text: text.replace(action, "s3:GetObject")):
            yield

    return role


def _policy(trial: Trial) -> Resource:
    (policy,) = (each for each in trial.cloud.all(INLINE) if "s3:DeleteObject" in str(each["policy"]))
    return policy


def _smoke_fails(
    broken: Callable[[Trial], AbstractContextManager[None]], step: str, look_at: str
) -> Callable[[Trial, str], Outcome]:
    """While it is broken the smoke test fails at this step and says where to look; then every row is there again."""

    def run(trial: Trial, fault: str) -> Outcome:
        with broken(trial):
            report = trial.smoke()
        trial.roll()
        as_expected = (report["failed"], report["look_at"][: len(look_at)]) == ("milvus", look_at)
        said = f"smoke fails at '{report['step']}' and points at {str(report['look_at']).partition(':')[0]}"
        return _outcome(fault, "refused", as_expected and report["step"].startswith(step), count(trial.table), said)

    return run


def _small_messages(trial: Trial, fault: str) -> Outcome:
    """Rows of 2 MB, which the program's setting takes."""
    table = Table(trial.client(), fault, dimension=1024)
    table.insert(ROWS // 2)
    admin, said = trial.kafka.admin, "2 MB were taken"
    wanted = admin.setting(trial.topics()[0], "max.message.bytes")
    admin.set_brokers("message.max.bytes", KAFKA_OWN_BYTES)
    try:
        table.insert(ROWS // 2)
    except Exception as error:  # pymilvus' own, whose message is looked at
        said = str(error)
    finally:
        admin.set_brokers("message.max.bytes", wanted)
    table.insert(ROWS // 2)
    return _outcome(fault, "refused", "Message size too large" in said, count(table), f"the insert says {said}")


def _nothing_deleted(trial: Trial, fault: str) -> Outcome:
    """The smoke test cannot see it, for garbage is collected hours later: S3 does."""
    doomed = Table(trial.client(), "doomed")
    with _without("s3:DeleteObject")(trial):
        doomed.insert(ROWS)
        doomed.flush()
        doomed.drop()
        _until(lambda: aws.audit(trial.aws_folder)["s3:DeleteObject", False] > 0)
        denied, kept = aws.audit(trial.aws_folder)["s3:DeleteObject", False], trial.objects()
    collected = _until(lambda: trial.objects() < kept)
    said = f"smoke cannot see it: S3 refuses {denied} deletions, a dropped collection's objects stay until it is mended"
    return _outcome(fault, "refused", denied > 0 and collected, count(trial.table), said)


# --- what must be survived


def _broker_killed(trial: Trial, fault: str, seconds: float = OUTAGE_SECONDS) -> Outcome:
    """The leader of what is being written."""

    def strike() -> None:
        # Each of the 16 topics has one partition; a broker leads the ones it leads, so the busiest topic's leader dies.
        offsets = trial.kafka.admin.offsets()
        busiest = max(trial.topics(), key=lambda topic: offsets[topic])
        broker = trial.kafka.brokers[trial.kafka.admin.leader(busiest)]
        broker.kill()
        time.sleep(seconds)
        broker.start()
        trial.kafka.wait()

    return _survived(trial, fault, strike)


def _broker_of_three_killed(trial: Trial, fault: str) -> Outcome:
    outcome = _broker_killed(trial, fault, SHORT_OUTAGE_SECONDS)
    replicas = {trial.kafka.admin.replicas(topic) for topic in trial.topics()}
    return replace(outcome, as_expected=outcome.as_expected and replicas == {3})


def _milvus_killed(trial: Trial, fault: str) -> Outcome:
    def strike() -> None:
        trial.milvus.kill()
        trial.milvus.start()

    return _survived(trial, fault, strike)


def _all_killed(trial: Trial, fault: str) -> Outcome:
    """Not a power cut: what the operating system has not yet written to disk survives here."""

    def strike() -> None:
        trial.milvus.kill()
        trial.kafka.stop()
        trial.kafka.start()
        trial.kafka.wait()
        trial.milvus.start()

    return _survived(trial, fault, strike)


def _rotated(trial: Trial, fault: str) -> Outcome:
    """docs/operations.md: the other user, Milvus moves over to it, the first user goes; then no connection is left that
    was opened with the first one's password."""
    secret = trial.secret_of("KAFKA_SASLPASSWORD")
    old: dict[str, str] = dict(secret.inputs["stringData"])
    new = {"username": "milvus-b", "password": "another" + old["password"][::-1]}
    admin = trial.kafka.admin

    def strike() -> None:
        admin.set_users({old["username"]: old["password"], new["username"]: new["password"]})
        secret.inputs["stringData"] = new
        trial.roll()
        admin.set_users({new["username"]: new["password"]})
        for broker in trial.kafka.brokers.values():
            broker.kill()
            broker.start()
            trial.kafka.wait()

    return _survived(trial, fault, strike)


def _expired(trial: Trial, fault: str) -> Outcome:
    """Kafka deletes, while Milvus is down, what Milvus had acknowledged: what is flushed stays."""
    unflushed = Table(trial.client(), "unflushed")
    unflushed.insert(ROWS)
    kept_hours = min(int(trial.kafka.admin.setting(topic, "retention.ms")) for topic in trial.topics()) // 3_600_000
    trial.milvus.kill()
    trial.kafka.admin.expire()
    trial.milvus.start()
    survival, gone = count(trial.table), count(unflushed).lost
    said = (
        f"what is flushed needs no Kafka; of {ROWS} rows that were not, {gone} are gone without a word: hence topics "
        f"keep records for {kept_hours} h"
    )
    return _outcome(fault, "survived", kept_hours >= RETENTION_HOURS, survival, said)


# --- common


def _survived(trial: Trial, fault: str, strike: Callable[[], None]) -> Outcome:
    table = Table(trial.client(), fault)
    table.insert(ROWS)
    survival = under_load(table, strike)
    said = (
        f"no write for {survival.write_gap_seconds:g} s, no read for {survival.read_gap_seconds:g} s; "
        f"{survival.failed_writes} writes failed"
    )
    went_on = survival.acknowledged > ROWS
    return _outcome(fault, "survived", survival.lost == 0 and went_on, survival, said)


def _outcome(fault: str, expected: str, as_expected: bool, survival: Survival, said: str) -> Outcome:
    whole = survival.lost == 0
    numbers = (survival.acknowledged, survival.found, survival.lost)
    return Outcome(fault, expected, as_expected and whole, *numbers, said)


def _until(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + COLLECTED_SECONDS
    while not (held := condition()) and time.monotonic() < deadline:
        time.sleep(0.5)
    return held


Fault = Callable[[Trial, str], Outcome]
GROUPS: dict[str, dict[str, Fault]] = {
    "outages": {
        "broker_killed": _broker_killed,
        "milvus_killed": _milvus_killed,
        "all_killed": _all_killed,
        "credentials_rotated": _rotated,
    },
    "refusals": {
        "wrong_scram_password": _smoke_fails(_wrong_password, "create", "Kafka"),
        "kafka_ca_missing": _smoke_fails(_no_authority, "create", "Kafka"),
        "no_PutObject": _smoke_fails(_without("s3:PutObject"), "flush", "S3"),
        "message_max_bytes_too_small": _small_messages,
    },
    "three_brokers": {
        "broker_of_three_killed": _broker_of_three_killed,
        "no_DeleteObject": _nothing_deleted,
        "messages_expired": _expired,
    },
}
BROKERS = {"refusals": 1, "three_brokers": 3}
"""Instead of the stack's own: one starts sooner, three are what production has."""


def run(group: str, recorded: Path, folder: Path) -> Iterator[Outcome]:
    """One after the other on a bed of their own; a fault that raises is not as expected, and the next goes on."""
    trial = Trial(recorded, folder, brokers=BROKERS.get(group), more=MORE.get(group))
    try:
        for name, fault in GROUPS[group].items():
            begin = time.monotonic()
            try:
                outcome = fault(trial, name)
            except Exception as error:
                outcome = Outcome(name, "", False, 0, 0, 0, f"{type(error).__name__}: {error}")
            yield replace(outcome, seconds=round(time.monotonic() - begin, 1))
    finally:
        trial.bed.stop()
