"""Rules of ACM and Route 53: certificates, the records that validate them, and records that name resources."""

from rehearsal.cloud.cloud import Cloud, Refused, rule
from rehearsal.cloud.resource import Resource

CERTIFICATE = "aws:acm/certificate:Certificate"
VALIDATION = "aws:acm/certificateValidation:CertificateValidation"
RECORD = "aws:route53/record:Record"
BALANCER = "aws:lb/loadBalancer:LoadBalancer"
LISTENER = "aws:lb/listener:Listener"


@rule(VALIDATION, "ready", source="docs.aws.amazon.com/acm/latest/userguide/dns-validation.html")
def a_certificate_is_issued_once_each_name_is_proven(cloud: Cloud, validation: Resource) -> None:
    certificate = cloud.need(validation, CERTIFICATE, validation["certificateArn"])
    for option in certificate["domainValidationOptions"]:
        name = str(option["resourceRecordName"]).rstrip(".")
        records = [each for each in cloud.all(RECORD) if str(each["name"]).rstrip(".") == name]
        if not any(option["resourceRecordValue"] in (each["records"] or ()) for each in records):
            raise Refused(
                f"timeout while waiting for state to become 'ISSUED' (last state: 'PENDING_VALIDATION'): no record"
                f" proves {option['domainName']}"
            )
        for record in records:
            cloud.relies(validation, record, f"{option['domainName']} is proven by it")
    certificate.outputs["status"] = "ISSUED"
    cloud.put(certificate)


@rule(CERTIFICATE, "before_delete", source="docs.aws.amazon.com/acm/latest/APIReference/API_DeleteCertificate.html")
def a_certificate_in_use_stays(cloud: Cloud, certificate: Resource) -> None:
    for listener in cloud.all(LISTENER, certificateArn=certificate.id):
        raise Refused(
            f"ResourceInUseException: Certificate {certificate.id} is in use. Remove the certificate from the resource"
            f" before trying to delete: {listener.name}"
        )


@rule(RECORD, "before_create", source="docs.aws.amazon.com/Route53/latest/APIReference/API_AliasTarget.html")
def an_alias_names_its_balancers_zone(cloud: Cloud, record: Resource) -> None:
    for alias in record["aliases"] or ():
        for balancer in cloud.all(BALANCER, dnsName=alias["name"]):
            if alias["zoneId"] != balancer["zoneId"]:
                raise Refused(
                    f"InvalidChangeBatch: [Tried to create an alias that targets {alias['name']}., type A in zone"
                    f" {alias['zoneId']}, but the alias target name does not lie within the target zone]"
                )
