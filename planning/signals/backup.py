"""Signals of the backups, by metrics that a pod of the stack itself publishes (components/backup/bucket_script.py)."""

from functools import partial

from planning.signals.signal import HOUR, NAMESPACE, Signal

PUT = "docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html"

of_backup = partial(
    Signal,
    resource="backup",
    namespace=NAMESPACE,
    dimensions=("Stack",),
    statistic="Maximum",
    wrong="above",
    period_seconds=HOUR,
    datapoints=3,
    periods=3,
    missing="breaching",  # whoever measures is gone
    severity="mail",
    source=PUT,
)
"""A signal of an age, which is measured once an hour; without any backup, of the data's age."""
METRICS = ("CompleteBackupAge", "VerifiedBackupAge", "VerifiedBackupSize", "EtcdSnapshotAge")
"""All metrics that are published, and paid for."""

SIGNALS = (
    of_backup(
        name="BackupOverdue",
        meaning="The last complete backup is older than it should be: whatever was written since would be lost.",
        metric="CompleteBackupAge",
        threshold=1.5,
        threshold_unit="seconds between two backups",
        why="The next backup is due after one interval (backup.schedule), and large ones take their time",
    ),
    of_backup(
        name="BackupNotVerified",
        meaning="No restore of the last days' backups has proven some collection. A tool's exit code proves nothing.",
        metric="VerifiedBackupAge",
        threshold=1,
        threshold_unit="seconds of backup.verifyDays",
        why="The setting says after how many days; retention deletes nothing until newer backups prove each collection",
    ),
    of_backup(
        name="BackupOfEtcdOverdue",
        meaning="The last snapshot of etcd is old: the second way back after a loss of metadata is missing.",
        metric="EtcdSnapshotAge",
        threshold=13 * HOUR,
        why="One is made every six hours (components/backup/jobs.py), so that two were missed",
    ),
)
