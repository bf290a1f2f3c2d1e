"""Whatever is a secret by its name or its shape does not leave this machine; whatever says where one is may."""

import pytest

from operations.redaction import redacted, redacted_tree

SECRET = "hunter2-Zr9"


@pytest.mark.parametrize(
    "text",
    [
        f"password: {SECRET}",
        f"password={SECRET}, user=a",
        f'{{"password": "{SECRET}", "user": "a"}}',
        f'{{"level":"info","msg":"{{\\"password\\": \\"{SECRET}\\"}}"}}',
        f"KAFKA_SASLPASSWORD={SECRET}",
        f"saslPassword: '{SECRET}'",
        f"[sasl.password={SECRET}] connecting",
        f"minio.secretAccessKey: {SECRET}",
        f"Authorization: Bearer {SECRET}abcdef",
        f"authorization: Basic {SECRET}abcdef==",
        f"https://root:{SECRET}@milvus.corp.test:19530/",
        f"aws_session_token = {SECRET}",
        f"client_secret={SECRET}&grant_type=x",
        f"-----BEGIN RSA PRIVATE KEY-----\n{SECRET}\n-----END RSA PRIVATE KEY-----",
        f"-----BEGIN PRIVATE KEY-----\n{SECRET}",
        f"api-key: {SECRET}",
        f"PULUMI_CONFIG_PASSPHRASE={SECRET}",
        f"https://s3/x?X-Amz-Security-Token={SECRET}&x=1",
    ],
)
def test_a_secret_with_a_name_is_taken_out(text: str) -> None:
    assert SECRET not in redacted(text)
    assert "(redacted)" in redacted(text)


@pytest.mark.parametrize(
    "secret",
    [
        "AKIAIOSFODNN7EXAMPLE",
        "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
        "k8s-aws-v1.aHR0cHM6Ly9zdHM",
        "pul-0123456789abcdef0123456789abcdef01234567",
        "v1:abcdefgh12345678:QUJDREVGR0hJSktMTU5PUA==",
    ],
)
def test_a_secret_with_a_shape_is_taken_out(secret: str) -> None:
    assert redacted(f"found {secret} in a line") == "found (redacted) in a line"


def test_where_a_secret_is_may_be_told() -> None:
    arn = "arn:aws:secretsmanager:us-east-1:210987654321:secret:milvus-root-1"
    for text in (f"milvus_auth_secret_arn: {arn}", "secretName: milvus-root", "no token bucket is full", "2.6.20"):
        assert redacted(text) == text


def test_of_trees_values_are_taken_by_their_keys_and_variables_by_their_names() -> None:
    environment = [{"name": "ROOT_PASSWORD", "value": SECRET}, {"name": "LOG_LEVEL", "value": "info"}]
    assert redacted_tree({"clientSecret": SECRET, "env": environment, "n": 3, "args": [f"--token={SECRET}"]}) == {
        "clientSecret": "(redacted)",
        "env": [{"name": "ROOT_PASSWORD", "value": "(redacted)"}, {"name": "LOG_LEVEL", "value": "info"}],
        "n": 3,
        "args": ["--token=(redacted)"],
    }
