"""A TLS certificate for the endpoints' names, validated by records in a Route 53 zone.

A certificate that exists already is not created here; the settings name its ARN.
"""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws


def certificate(
    name: str, hosts: Sequence[str], zone_id: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> pulumi.Output[str]:
    """ARN of the certificate, known once it is issued: a listener refuses a pending one.

    The deployment fails after 30 minutes if the domain is not delegated to the zone.
    """
    issued = aws.acm.Certificate(
        name,
        domain_name=hosts[0],
        subject_alternative_names=list(hosts[1:]),
        validation_method="DNS",
        opts=opts,
    )

    def proof(host: str) -> pulumi.Output[aws.acm.outputs.CertificateDomainValidationOption]:
        """The record that proves one name."""
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
                allow_overwrite=True,  # stacks that use the same name share its record
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
