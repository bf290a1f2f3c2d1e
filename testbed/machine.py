"""Changes this machine, as processes in the namespace see it: its host names and trusted certificate authorities.

Both are changed by bind mounts, which are visible in this namespace only.
"""

import datetime
import subprocess
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOSTS, CERTIFICATES = Path("/etc/hosts"), Path("/etc/ssl/certs")
BUNDLE = CERTIFICATES / "ca-certificates.crt"
"""File that programs on Debian read, and so those in all slim Python images."""


class Authority:
    """A certificate authority with a new key."""

    def __init__(self, name: str) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        constraints = x509.BasicConstraints(ca=True, path_length=None)
        self.pem = self._sign(self._name, self._key.public_key(), constraints).public_bytes(serialization.Encoding.PEM)

    def _sign(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, extension: x509.ExtensionType
    ) -> x509.Certificate:
        now = datetime.datetime.now(datetime.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=30))
            .add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
            .sign(self._key, hashes.SHA256())
        )

    def issue(self, file: Path, names: list[str]) -> Path:
        """Writes a PEM file with PKCS#8 key, certificate and chain, which Kafka's key store
        and Python's ssl can read."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "testbed")])
        alternatives = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
        certificate = self._sign(subject, key.public_key(), alternatives)
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM) + self.pem)
        file.chmod(0o600)
        return file


class Machine:
    """The host names and authorities of a namespace, of which each needs one."""

    def __init__(self, folder: Path) -> None:
        self._hosts, self._certificates = folder / "hosts", folder / "certificates"
        self._hosts.write_text("127.0.0.1 localhost\n")
        self._certificates.mkdir()
        self._certificates.chmod(0o755)
        bind(self._hosts, HOSTS)
        bind(self._certificates, CERTIFICATES)

    def know(self, address: str, *names: str) -> None:
        """Makes names resolve to an address."""
        with self._hosts.open("a") as hosts:
            hosts.write("".join(f"{address} {name}\n" for name in names))

    def trust(self, *authorities: Authority) -> None:
        """Trusts these authorities and no others, in the bundle for Go and Python and
        in OpenSSL's files for librdkafka."""
        for old in self._certificates.iterdir():
            old.unlink()
        (self._certificates / BUNDLE.name).write_bytes(b"".join(authority.pem for authority in authorities))
        for number, authority in enumerate(authorities):
            (self._certificates / f"{number}.pem").write_bytes(authority.pem)
        subprocess.run(["openssl", "rehash", self._certificates], check=True, capture_output=True)


def bind(source: Path, target: Path) -> None:
    """Mounts a file or folder over another one."""
    subprocess.run(["mount", "--bind", source, target], check=True)
