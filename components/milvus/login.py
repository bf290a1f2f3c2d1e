"""The credentials with which Milvus' pods log in, to Kafka and as root, and how they are told of them."""

from dataclasses import dataclass

import pulumi

from planning.chart.helm_values import SecretKey
from planning.chart.message_queue import CA_KEY


@dataclass(frozen=True, kw_only=True)
class KafkaLogin:
    """Kafka, and a user whom it knows. All must be known only once that user can log in."""

    bootstrap_servers: pulumi.Input[str]
    """Addresses of the SASL/SCRAM listeners."""
    username: pulumi.Input[str]
    password: pulumi.Input[str]
    ca_certificate: str | None = None
    """PEM text of the authorities that the brokers' certificates are of; None: public ones."""

    @property
    def secret_data(self) -> dict[str, pulumi.Input[str]]:
        """Content of the Kubernetes Secret that pods read."""
        authorities = {CA_KEY: self.ca_certificate} if self.ca_certificate else {}
        return {"username": self.username, "password": self.password, **authorities}


def environment(root_secret: str, kafka_secret: str | None) -> dict[str, SecretKey]:
    """Credentials by the environment variable through which every role reads them."""
    of_kafka = {"KAFKA_SASLUSERNAME": "username", "KAFKA_SASLPASSWORD": "password"}
    return {
        "COMMON_SECURITY_DEFAULTROOTPASSWORD": SecretKey(secret=root_secret, key="password"),
        **({name: SecretKey(secret=kafka_secret, key=key) for name, key in of_kafka.items()} if kafka_secret else {}),
    }
