"""Broken variants of load balancers, their certificates and their names."""

from tests.rehearsal.variants.variants import variant

NETWORK = "components/network/network.py"
ENDPOINTS = "components/endpoints/endpoints.py"
ATTU = "components/endpoints/attu_balancer.py"
CERTIFICATE = "components/endpoints/certificate.py"

VARIANTS = (
    variant(
        "dev",
        "a_group_has_at_most_sixty_rules_each_way",
        r"endpoints-attu-80-10.99.\d+.0/24: RulesPerSecurityGroupLimitExceeded: The maximum number of rules .*: 60",
        "components/endpoints/load_balancing.py",
        "        for client in clients\n",
        '        for client in (*clients, *(f"10.99.{number}.0/24" for number in range(60)))\n',
    ),
    variant(
        "dev",
        "a_balancer_needs_its_network",
        r"endpoints-attu: ValidationError: At least two subnets in two different Availability Zones must be specified",
        ATTU,
        "subnets=list(args.subnet_ids),",
        "subnets=list(args.subnet_ids)[:1],",
    ),
    variant(
        "tls",
        "a_public_balancer_needs_the_internet",
        r"endpoints-milvus needs network-\S+ first, but does not depend on it|InvalidSubnet|endpoints-milvus answers n",
        NETWORK,
        "zone: known_after(subnet.id, to_internet.id, to_public_table[zone].id)",
        "zone: known_after(subnet.id)",
    ),
    variant(
        "tls",
        "a_listener_speaks_its_groups_protocol",
        r"endpoints-attu-https?: DuplicateListener: A listener already exists on this port for this load balancer",
        ATTU,
        'port=80,\n            protocol="HTTP",\n            default_actions=[\n                {"type": "redirect"',
        'port=443,\n            protocol="HTTP",\n            default_actions=[\n                {"type": "redirect"',
    ),
    variant(
        "tls",
        "only_encrypted_listeners_have_certificates",
        r"endpoints-milvus: InvalidConfigurationRequest: tcp.idle_timeout.seconds is not supported for TLS listeners",
        ENDPOINTS,
        'args.idle_timeout_seconds if protocol == "TCP" else None',
        "args.idle_timeout_seconds",
    ),
    variant(
        "tls",
        "a_listeners_actions_come_in_order",
        r"endpoints-attu-https: ValidationError: Actions of endpoints-attu-https have the same order: \[1, 1\]",
        ATTU,
        '{"type": "forward", "order": 2,',
        '{"type": "forward", "order": 1,',
    ),
    variant(
        "private",
        "clients_of_a_stopped_target_are_told",
        r"endpoints-milvus: connections to pods that are gone stay open: connectionTermination is not true",
        ENDPOINTS,
        "connection_termination=True,",
        "connection_termination=False,",
    ),
    variant(
        "tls",
        "a_listeners_certificate_is_issued",
        r"endpoints-(milvus|attu-https) needs endpoints-certificate first|endpoints-certificate is PENDING_VALIDATION",
        CERTIFICATE,
        "return validation.certificate_arn",
        "return issued.arn",
    ),
    variant(
        "tls",
        "a_certificate_is_issued_once_each_name_is_proven",
        r"endpoints-certificate: timeout while waiting for state to become 'ISSUED' .*: no record proves milvus.exampl",
        CERTIFICATE,
        "records=[option.apply(lambda one: str(one.resource_record_value))]",
        'records=["nothing.example.org."]',
    ),
    variant(
        "going-tls",
        "a_certificate_is_issued_once_each_name_is_proven",
        r"endpoints-certificate needs endpoints-certificate-milvus\S+ first, but does not|no record proves milvus",
        CERTIFICATE,
        "        validation_record_fqdns=[record.fqdn for record in records],\n",
        "",
    ),
    variant(
        "tls",
        "an_alias_names_its_balancers_zone",
        r"endpoints-milvus: InvalidChangeBatch: \[Tried to create an alias that targets .* does not lie within",
        ENDPOINTS,
        '"zone_id": target_zone_id',
        '"zone_id": zone_id',
    ),
    variant(
        "dev",
        "a_health_check_suits_its_group",
        r"endpoints-milvus: ValidationError: Health check path and matcher are not supported for the protocol TCP",
        ENDPOINTS,
        'health_check={"protocol": "TCP", ',
        'health_check={"protocol": "TCP", "path": "/healthz", ',
    ),
    variant(
        "dev",
        "a_protected_balancer_stays",
        r"endpoints-milvus: OperationNotPermitted: Load balancer '\S+' cannot be deleted because deletion protection",
        ENDPOINTS,
        "enable_deletion_protection=args.deletion_protection,",
        "enable_deletion_protection=True,",
    ),
)
