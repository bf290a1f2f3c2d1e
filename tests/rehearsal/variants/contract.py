"""The contract, pointing to the wrong thing."""

from tests.rehearsal.variants.variants import variant

CONTRACT = "arguments/contract.py"

VARIANTS = (
    variant(
        "going",
        "a_consumer_reaches_milvus",
        r"the contract's milvus_uri is https://\S+: milvus_host, milvus_port and milvus_tls say http://",
        CONTRACT,
        'lambda tls: "https" if tls else "http"',
        'lambda tls: "http" if tls else "https"',
    ),
    variant(
        "going",
        "a_consumer_finds_private_subnets",
        r"the contract's private_subnet_ids is subnet-\w+: network-public-us-east-1a is public: its way out is network",
        CONTRACT,
        "list(network.private_subnet_ids.values())",
        "list(network.public_subnet_ids.values())",
    ),
    variant(
        "going",
        "a_consumer_is_let_in",
        r"the contract's client_security_group_id is sg-\w+: connection timed out: a consumer may not connect out",
        CONTRACT,
        '"client_security_group_id": endpoints.client_security_group_id',
        '"client_security_group_id": endpoints.milvus_security_group_id',
    ),
    variant(
        "going",
        "a_consumer_logs_in",
        r"the contract's kafka_secret_arn is arn:\S+milvus-root\S+: it holds user root, not milvus-a",
        CONTRACT,
        '"kafka_secret_arn": kafka and kafka.secret_arn',
        '"kafka_secret_arn": milvus.auth_secret_arn',
    ),
    variant(
        "going",
        "a_consumer_finds_what_the_stack_runs_on",
        r"the contract's aws_region is eu-west-1: everything is in us-east-1",
        CONTRACT,
        '"aws_region": deployment.plan.region',
        '"aws_region": "eu-west-1"',
    ),
    variant(
        "dev",
        "a_consumer_reads_lists_as_lists",
        r"the contract's private_subnet_ids is /milvus/\S+: its type is String",
        "components/contract/parameters.py",
        'type="StringList" if key == "private_subnet_ids" else "String"',
        'type="String"',
    ),
    variant(
        "going",
        "a_consumer_opens_attu",
        r"the contract's attu_url is https://\S+:19530: the listener endpoints-milvus speaks no TLS on port 19530",
        CONTRACT,
        '"attu_url": endpoints.attu_url if',
        '"attu_url": uri if',
    ),
)
