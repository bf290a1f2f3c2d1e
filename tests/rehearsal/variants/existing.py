"""Broken variants with what a team has already, and with consumers in other VPCs."""

from tests.rehearsal.variants.variants import variant

BUCKET, LINK = "components/storage/existing.py", "components/endpoints/private_link.py"
OTHER_BALANCER = '"arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/net/other/0123456789abcdef"'

VARIANTS = (
    variant(
        "theirs",
        "milvus_trusts_its_kafka",
        r"consumer: SSL handshake failed: certificate verify failed: no local issuer",
        "planning/chart/message_queue.py",
        '"producer": trust, "consumer": trust',
        '"producer": trust',
    ),
    variant(
        "theirs",
        "an_object_goes_into_a_bucket",
        r"bucket-marker: NoSuchBucket: The specified bucket does not exist: elsewhere",
        BUCKET,
        "bucket=args.name,",
        'bucket="elsewhere",',
    ),
    variant(
        "theirs",
        "an_object_has_few_tags",
        r"bucket-marker: BadRequest: Object tags cannot be greater than 10: bucket-marker",
        BUCKET,
        '            override_provider={"default_tags": {"tags": {}}},\n',
        "",
    ),
    variant(
        "theirs",
        "a_service_stands_on_network_balancers",
        r"private-link-service: InvalidParameter: no load balancer arn:\S+/net/other/",
        LINK,
        "network_load_balancer_arns=[args.balancer_arn]",
        f"network_load_balancer_arns=[{OTHER_BALANCER}]",
    ),
    variant(
        "tls",
        "a_name_is_proven_by_its_record",
        r"private-link-verification( needs private-link-proof first, but|: verification failed: no TXT record _)",
        LINK,
        "service_id=known_after(service.id, record.id)",
        "service_id=service.id",
    ),
    variant(
        "tls",
        "a_consumer_connects_by_private_link",
        r"contract's private_link_service_name is com.amazonaws.vpce.\S+: connection timed out: the security groups of",
        "components/endpoints/endpoints.py",
        '"off" if args.private_link else None',
        "None",
    ),
)
