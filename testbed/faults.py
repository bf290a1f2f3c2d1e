"""Faults of a data plane: those that data must survive, and those that must be refused with a clear message.

The faults of a group run one after the other on the same bed. Each has a table of its own, and repairs what it broke
before it counts its rows.
"""

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

from planning.kafka import RETENTION_HOURS
from rehearsal.cloud.resource import Resource, dig
from rehearsal.rules.iam import INLINE
from testbed import aws
from testbed.load import Survival, Table, count, under_load
from testbed.trial import ROWS, Outcome, Trial

OUTAGE_SECONDS = 20
SHORT_OUTAGE_SECONDS = 10
MORE = {"three_brokers": {"dataCoord": {"gc": {"interval": 3, "dropTolerance": 3}}}}
"""Additional Milvus configuration, by group: garbage of dropped collections is collected after seconds, not hours."""
COLLECTED_SECONDS = 60
KAFKA_OWN_BYTES = "1048588"
"""Kafka's default of message.max.bytes."""

# --- faults that must be refused


@contextmanager
def _wrong_password(trial: Trial) -> Generator[None]:
    secret = trial.secret_of("KAFKA_SASLPASSWORD")
    with trial.changed(secret, lambda text: text.replace(dig(secret.inputs, "stringData.password"), "wrong")):
        trial.roll()
        yield


@contextmanager
def _no_authority(trial: Trial) -> Generator[None]:
    """Removes the brokers' certificate authority from the trusted ones."""
    trial.bed.machine.trust(trial.bed.of_aws)
    try:
        trial.roll()
        yield
    finally:
        trial.bed.machine.trust(trial.bed.of_kafka, trial.bed.of_aws)


def _without(action: str) -> Callable[[Trial], AbstractContextManager[None]]:
    """A fault that takes an action out of the policy of Milvus' role."""

    @contextmanager
    def role(trial: Trial) -> Generator[None]:
        with trial.changed(_policy(trial), lambda text: text.replace(action, "s3:GetObject")):
            yield

    return role


def _policy(trial: Trial) -> Resource:
    """The policy of Milvus' role."""
    (policy,) = (each for each in trial.cloud.all(INLINE) if "s3:DeleteObject" in str(each["policy"]))
    return policy


def _smoke_fails(
    broken: Callable[[Trial], AbstractContextManager[None]], step: str, look_at: str
) -> Callable[[Trial, str], Outcome]:
    """A fault during which the smoke test must fail at `step` and point at `look_at`, and after
    which no row is lost."""

    def run(trial: Trial, fault: str) -> Outcome:
        with broken(trial):
            report = trial.smoke()
        trial.roll()
        as_expected = (report["failed"], report["look_at"][: len(look_at)]) == ("milvus", look_at)
        said = f"smoke fails at '{report['step']}' and points at {str(report['look_at']).partition(':')[0]}"
        return _outcome(fault, "refused", as_expected and report["step"].startswith(step), count(trial.table), said)

    return run


def _small_messages(trial: Trial, fault: str) -> Outcome:
    """Rows of 2 MB, which the program's setting allows, must be refused with Kafka's default."""
    table = Table(trial.client(), fault, dimension=1024)
    table.insert(ROWS // 2)
    admin, said = trial.kafka.admin, "2 MB were taken"
    wanted = admin.setting(trial.topics()[0], "max.message.bytes")
    admin.set_brokers("message.max.bytes", KAFKA_OWN_BYTES)
    try:
        table.insert(ROWS // 2)
    except Exception as error:  # pymilvus' own; only its message matters
        said = str(error)
    finally:
        admin.set_brokers("message.max.bytes", wanted)
    table.insert(ROWS // 2)
    return _outcome(fault, "refused", "Message size too large" in said, count(table), f"the insert says {said}")


def _nothing_deleted(trial: Trial, fault: str) -> Outcome:
    """Without s3:DeleteObject, objects of a dropped collection stay. The smoke test cannot notice
    this, but S3's audit does."""
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


# --- faults that data must survive


def _broker_killed(trial: Trial, fault: str, seconds: float = OUTAGE_SECONDS) -> Outcome:
    """Kills the broker that leads the busiest topic."""

    def strike() -> None:
        # Each of the 16 topics has one partition, and each partition a leader.
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
    """Kills Milvus and Kafka. This is no power cut: data that the operating system has not
    written to disk yet survives."""

    def strike() -> None:
        trial.milvus.kill()
        trial.kafka.stop()
        trial.kafka.start()
        trial.kafka.wait()
        trial.milvus.start()

    return _survived(trial, fault, strike)


def _rotated(trial: Trial, fault: str) -> Outcome:
    """Rotates the credentials as in docs/operations.md: adds the other user, switches Milvus over,
    and drops the first user.

    Then all brokers restart, so that no connection is left that was opened with the first user's password.
    """
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
    """Expires all records in Kafka while Milvus is down. Flushed rows must survive; others are lost."""
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
    """The outcome of a fault that strikes while rows are written and read."""
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
    """An outcome, which is never as expected if rows were lost."""
    whole = survival.lost == 0
    numbers = (survival.acknowledged, survival.found, survival.lost)
    return Outcome(fault, expected, as_expected and whole, *numbers, said)


def _until(condition: Callable[[], bool]) -> bool:
    """Waits until a condition holds; False if it does not in time."""
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
"""Number of brokers, by group, instead of the stack's own: one starts faster, and production has three."""


def run(group: str, recorded: Path, folder: Path) -> Iterator[Outcome]:
    """Runs the faults of a group one after the other on one bed. An exception makes a
    fault's outcome not as expected."""
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
