"""A TLS certificate for our own names, proven by records in a Route 53 zone.

A certificate that somebody else made comes in by its ARN instead.
"""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws


def certificate(
    name: str, hosts: Sequence[str], zone_id: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> pulumi.Output[str]:
    """Its ARN, known once it is issued: a listener refuses one that is pending. Fails after 30 minutes when nobody
    asks the zone, because the domain is not delegated to it."""
    issued = aws.acm.Certificate(
        name,
        domain_name=hosts[0],
        subject_alternative_names=list(hosts[1:]),
        validation_method="DNS",
        opts=opts,
    )

    def proof(host: str) -> pulumi.Output[aws.acm.outputs.CertificateDomainValidationOption]:
        # ACM answers in any order (hashicorp/terraform-provider-aws#8531).
        return issued.domain_validation_options.apply(
            lambda options: next(option for option in options if option.domain_name == host)
        )

    records: list[aws.route53.Record] = []
    for host in hosts:
        option = proof(host)
        records.append(
            aws.route53.Record(
                f"{name}-{host}",
                zone_id=zone_id,
                name=option.apply(lambda one: one.resource_record_name),
                type=option.apply(lambda one: one.resource_record_type),
                records=[option.apply(lambda one: str(one.resource_record_value))],
                ttl=300,
                allow_overwrite=True,  # one name has one record, in whichever stack asks for it
                opts=opts,
            )
        )
    validation = aws.acm.CertificateValidation(
        name,
        certificate_arn=issued.arn,
        validation_record_fqdns=[record.fqdn for record in records],
        opts=pulumi.ResourceOptions.merge(
            opts, pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create="30m"))
        ),
    )
    return validation.certificate_arn
