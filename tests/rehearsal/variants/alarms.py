"""Alarms that tell nobody, or combine nothing."""

from tests.rehearsal.variants.variants import variant

TOPICS = "components/observability/topics.py"
OBSERVABILITY = "components/observability/observability.py"

VARIANTS = (
    variant(
        "prod",
        "an_alarm_reaches_its_topics",
        r"tells nobody: the key of observability-\S+ does not let CloudWatch kms:Decrypt",
        TOPICS,
        '"cloudwatch.amazonaws.com"',
        '"events.amazonaws.com"',
    ),
    variant(
        "prod",
        "a_composite_alarm_combines_alarms_that_exist",
        r"ValidationError: alarm \S+-gone of the rule does not exist",
        OBSERVABILITY,
        "f'ALARM(\"{each}\")'",
        "f'ALARM(\"{each}-gone\")'",
    ),
    variant(
        "disk",
        "a_topics_key_is_usable",
        r"observability-\S+: KMSNotFound: Invalid KMS key",
        TOPICS,
        "kms_master_key_id=key.arn",
        'kms_master_key_id="arn:aws:kms:us-east-1:123456789012:key/12345678-1234-1234-1234-123456789012"',
    ),
    variant(
        "disk",
        "a_subscription_needs_its_topic",
        r"NotFound: Topic does not exist",
        TOPICS,
        "topic=made.arn, protocol",
        'topic="arn:aws:sns:us-east-1:123456789012:none", protocol',
    ),
    variant(
        "disk",
        "an_alarms_name_is_free",
        r"an alarm named \S+ exists already, and would be overwritten",
        OBSERVABILITY,
        'name=f"{args.prefix}-{alarm.name}"',
        "name=args.prefix",
    ),
)
