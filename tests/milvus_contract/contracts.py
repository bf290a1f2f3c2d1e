"""Contracts as stacks of both targets export them."""

from typing import Any

AWS: dict[str, Any] = {
    "contract_version": "1.0",
    "target": "aws",
    "milvus_uri": "https://milvus.example.com:19530",
    "milvus_host": "milvus.example.com",
    "milvus_port": 19530,
    "milvus_tls": True,
    "milvus_auth_secret_arn": "arn:aws:secretsmanager:us-east-1:123456789012:secret:milvus-root-1a2b3c4-AbCdEf",
    "bucket_name": "bucket-1a2b3c4",
    "kafka_bootstrap_servers": "b-1.x.kafka.us-east-1.amazonaws.com:9096,b-2.x.kafka.us-east-1.amazonaws.com:9096",
    "kafka_secret_arn": "arn:aws:secretsmanager:us-east-1:123456789012:secret:AmazonMSK_a-AbCdEf",
    "vpc_id": "vpc-0123456789abcdef0",
    "private_subnet_ids": ["subnet-0a", "subnet-0b"],
    "client_security_group_id": "sg-0123456789abcdef0",
    "nlb_arn": "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/net/milvus/0123456789abcdef",
    "cluster_name": "milvus-on-aws-dev",
    "namespace": "milvus",
    "aws_region": "us-east-1",
    "estimate": {"usd_per_month": 444.0},
}
EMBEDDED: dict[str, Any] = {
    "contract_version": "1.0",
    "target": "embedded",
    "milvus_uri": "http://127.0.0.1:19530",
    "milvus_host": "127.0.0.1",
    "milvus_port": 19530,
    "milvus_tls": False,
}
