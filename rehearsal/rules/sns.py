"""Rules of SNS: subscriptions need their topic, and go with it."""

from rehearsal.cloud.cloud import Cloud, rule
from rehearsal.cloud.resource import Resource
from rehearsal.rules.kms import usable_key

TOPIC = "aws:sns/topic:Topic"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"


@rule(TOPIC, "before_create", source="docs.aws.amazon.com/sns/latest/dg/sns-server-side-encryption.html")
def a_topics_key_is_usable(cloud: Cloud, topic: Resource) -> None:
    if key := topic["kmsMasterKeyId"]:
        usable_key(cloud, topic, key, "KMSNotFound: Invalid KMS key")


@rule(SUBSCRIPTION, "before_create", source="docs.aws.amazon.com/sns/latest/api/API_Subscribe.html")
def a_subscription_needs_its_topic(cloud: Cloud, subscription: Resource) -> None:
    cloud.need(subscription, TOPIC, subscription["topic"], "NotFound: Topic does not exist")


@rule(TOPIC, "after_delete", source="docs.aws.amazon.com/sns/latest/dg/sns-delete-subscription-topic.html")
def a_topic_takes_its_subscriptions_along(cloud: Cloud, topic: Resource) -> None:
    """Those that nobody has confirmed, too, which cannot be deleted by themselves."""
    for subscription in cloud.all(SUBSCRIPTION, topic=topic.id):
        cloud.remove(subscription)
