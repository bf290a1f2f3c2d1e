"""What a team has already, looked at before the first resource is registered."""

from typing import NamedTuple

import pulumi_aws as aws

from arguments.deployment import Deployment
from arguments.existing_bucket import existing_bucket
from arguments.existing_kafka import existing_kafka
from arguments.private_name import private_name
from components.endpoints.private_link import PrivateName
from components.kafka.existing import ExistingKafka
from components.storage.existing import ExistingBucketArgs


class There(NamedTuple):
    """Each part that the settings name; None for those that they do not."""

    kafka: ExistingKafka | None
    bucket: ExistingBucketArgs | None
    private_name: PrivateName | None


def look_up(deployment: Deployment, provider: aws.Provider) -> There:
    """Asks AWS about everything that the settings name. Raises pulumi.RunError if the stack can't use it."""
    return There(
        existing_kafka(deployment, provider), existing_bucket(deployment, provider), private_name(deployment, provider)
    )
