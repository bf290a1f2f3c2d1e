"""Rules of CloudWatch alarms: whom they tell, and which alarms a composite one combines."""

import re

from rehearsal.cloud.cloud import Cloud, Refused, rule
from rehearsal.cloud.permissions import allowed
from rehearsal.cloud.resource import Resource
from rehearsal.rules.kms import KEY
from rehearsal.rules.sns import TOPIC

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
COMPOSITE = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
API = "docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/"


@rule(ALARM, "before_create", source="docs.aws.amazon.com/sns/latest/dg/sns-key-management.html")
@rule(COMPOSITE, "before_create", source="docs.aws.amazon.com/sns/latest/dg/sns-key-management.html")
def an_alarm_reaches_its_topics(cloud: Cloud, alarm: Resource) -> None:
    """CloudWatch itself accepts any topic; a message that cannot be encrypted is lost without an error."""
    for arn in (*(alarm["alarmActions"] or ()), *(alarm["okActions"] or ())):
        if str(arn).split(":")[4] != alarm.account:
            continue  # a topic of another account, which only that account can see
        topic = cloud.get(TOPIC, arn)
        if topic is None or not topic["kmsMasterKeyId"]:
            continue
        key = next((each for each in cloud.all(KEY) if topic["kmsMasterKeyId"] in (each["arn"], each.id)), None)
        who, context = ("Service", "cloudwatch.amazonaws.com"), {"aws:SourceAccount": alarm.account}
        for action in ("kms:Decrypt", "kms:GenerateDataKey"):
            if key is None or not allowed([str(key["policy"] or '{"Statement": []}')], action, "*", context, who):
                raise Refused(f"{alarm.name} tells nobody: the key of {topic.name} does not let CloudWatch {action}")


@rule(COMPOSITE, "before_create", source=f"{API}API_PutCompositeAlarm.html")
def a_composite_alarm_combines_alarms_that_exist(cloud: Cloud, composite: Resource) -> None:
    for name in re.findall(r'ALARM\("?([^")]+)"?\)', str(composite["alarmRule"])):
        cloud.need(composite, ALARM, name, f"ValidationError: alarm {name} of the rule does not exist")


@rule(ALARM, "before_create", source=f"{API}API_PutMetricAlarm.html")
def an_alarms_name_is_free(cloud: Cloud, alarm: Resource) -> None:
    """AWS would overwrite the other alarm, whose owner then hears nothing any more."""
    if cloud.get(ALARM, alarm["name"]):
        raise Refused(f"an alarm named {alarm['name']} exists already, and would be overwritten")
