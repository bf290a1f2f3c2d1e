"""What a team has in the emulated cloud before a stack comes: a VPC, a bucket of other things, and a public zone."""

from planning.regions import partition
from rehearsal.cloud.resource import Resource

REGION = "us-east-1"
VPC = "vpc-0123456789abcdef0"
SUBNETS = {f"us-east-1{zone}": f"subnet-0123456789abcde{zone}0" for zone in "ab"}
EXISTING = (
    Resource(
        "aws:ec2/vpc:Vpc",
        VPC,
        inputs={"cidrBlock": "10.7.0.0/16"},
        outputs={
            "enableDnsSupport": True,
            "enableDnsHostnames": True,
            "cidrBlockAssociations": [
                {"cidrBlock": "10.7.0.0/16", "associationId": "vpc-cidr-1", "state": "associated"}
            ],
        },
        foreign=True,
    ),
    *(
        Resource(
            "aws:ec2/subnet:Subnet",
            id_,
            inputs={"vpcId": VPC, "cidrBlock": f"10.7.{number}.0/24", "availabilityZone": zone},
            outputs={"availableIpAddressCount": 251},
            foreign=True,
        )
        for number, (zone, id_) in enumerate(SUBNETS.items())
    ),
)
BUCKET = "team-vectors"
TEAMS_BUCKET = (
    Resource(
        "aws:s3/bucket:Bucket",
        BUCKET,
        inputs={"bucket": BUCKET},
        outputs={"arn": f"arn:{partition(REGION)}:s3:::{BUCKET}"},
        region=REGION,
        foreign=True,
    ),
    Resource(
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        BUCKET,
        inputs={
            "bucket": BUCKET,
            "blockPublicAcls": True,
            "blockPublicPolicy": True,
            "ignorePublicAcls": True,
            "restrictPublicBuckets": True,
        },
        region=REGION,
        foreign=True,
    ),
    Resource("rehearsal:s3:Objects", f"{BUCKET}/logs", inputs={"bucket": BUCKET, "folder": "logs"}, foreign=True),
)
ZONE = Resource(
    "aws:route53/zone:Zone",
    "Z0123456789",
    inputs={"name": "example.org"},
    outputs={"zoneId": "Z0123456789", "privateZone": False},
    foreign=True,
)
