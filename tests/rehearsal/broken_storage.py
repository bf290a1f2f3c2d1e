"""Kafka's brokers and users, secrets, keys and the bucket, broken."""

from tests.rehearsal.broken import variant

KAFKA = "components/kafka.py"
USERS = "components/kafka_users.py"
BUCKET = "components/bucket.py"
MILVUS = "components/milvus.py"
OTHER_KEY = '"arn:aws:kms:us-east-1:123456789012:key/other"'

BROKERS = (
    variant(
        "dev",
        "a_configuration_has_properties_that_msk_knows",
        r"kafka-configuration-\w+: BadRequestException: Unsupported server property: num.partition",
        KAFKA,
        '"num.partitions": 1',
        '"num.partition": 1',
    ),
    variant(
        "dev",
        "brokers_spread_over_zones",
        r"kafka-cluster: BadRequestException: The number of broker nodes must be a multiple of Availability Zones",
        KAFKA,
        "number_of_broker_nodes=brokers,",
        "number_of_broker_nodes=brokers + 1,",
    ),
    variant(
        "dev",
        "brokers_disks_have_a_usable_key",
        r"kafka-cluster: BadRequestException: Invalid encryptionAtRest data volume KMS key",
        KAFKA,
        '"encryption_at_rest_kms_key_arn": key.arn',
        f'"encryption_at_rest_kms_key_arn": {OTHER_KEY}',
    ),
    variant(
        "dev",
        "passwords_need_encryption_on_the_way",
        r"kafka-cluster: BadRequestException: You can't enable SASL/SCRAM authentication without TLS",
        KAFKA,
        '"client_broker": "TLS"',
        '"client_broker": "PLAINTEXT"',
    ),
    variant(
        "dev",
        "brokers_need_their_configuration",
        r"kafka-cluster: BadRequestException: Configuration kafka-configuration-\w+ has no revision 2",
        KAFKA,
        '"revision": configuration.latest_revision',
        '"revision": configuration.latest_revision.apply(lambda revision: revision + 1)',
    ),
    variant(
        "dev",
        "brokers_need_their_log_group",
        r"kafka-cluster: BadRequestException: The specified log group elsewhere does not exist",
        KAFKA,
        '"log_group": logs.name',
        '"log_group": "elsewhere"',
    ),
    variant(
        "dev",
        "small_brokers_know_no_kraft",
        r"kafka-cluster: BadRequestException: Unsupported InstanceType kafka.t3.small for Kafka version 3.9.x.kraft",
        "arguments.py",
        "version=kafka.version or versions.kafka_for(planned.type.name),",
        "version=versions.KAFKA,",
    ),
    variant(
        "tls",
        "growing_volumes_are_those_of_a_cluster",
        r"kafka-volumes: ValidationException: Unsupported resource: no such MSK cluster",
        KAFKA,
        "resource_id=cluster.arn,",
        "resource_id=cluster.cluster_name,",
    ),
    variant(
        "tls",
        "a_scaling_policy_needs_its_target",
        r"kafka-volumes: ObjectNotFoundException: No scalable target registered for service namespace: kafka",
        KAFKA,
        "resource_id=target.resource_id,",
        'resource_id=target.resource_id.apply(lambda id: f"{id}-2"),',
    ),
    variant(
        "going",
        "a_configuration_in_use_stays",
        r"kafka-configuration-\w+: BadRequestException: Configuration is in use by one or more clusters",
        KAFKA,
        'custom_timeouts=pulumi.CustomTimeouts(create="2h"',
        'retain_on_delete=True,\n                custom_timeouts=pulumi.CustomTimeouts(create="2h"',
    ),
)

LOGINS = (
    variant(
        "disk",
        "users_need_a_cluster_that_takes_them",
        r"kafka-users: BadRequestException: The cluster doesn't have SASL/SCRAM authentication enabled",
        KAFKA,
        '{"sasl": {"scram": True}, ',
        '{"sasl": {"iam": True}, ',
    ),
    variant(
        "dev",
        "a_users_secret_is_one_that_msk_reads",
        r"kafka-users: UnprocessedScramSecret: The provided secret ARN is invalid: .* does not begin with AmazonMSK_",
        USERS,
        'name_prefix=f"AmazonMSK_{name}-{user}-"',
        'name_prefix=f"{name}-{user}-"',
    ),
    variant(
        "tls",
        "a_users_secret_is_one_that_msk_reads",
        r"kafka-users: UnprocessedScramSecret: .* is encrypted with the default key: kafka-. needs a customer's own",
        USERS,
        "        kms_key_id=key_arn,\n",
        "",
    ),
    variant(
        "private",
        "a_users_secret_is_one_that_msk_reads",
        r"kafka-users: UnprocessedScramSecret: The secret kafka-a must hold username and password, nothing else",
        USERS,
        'json.dumps({"username": username, "password": value})',
        'json.dumps({"user": username, "password": value})',
    ),
    variant(
        "prod",
        "a_users_secret_is_one_that_msk_reads",
        r"kafka-users needs kafka-a first, but does not depend on it: MSK refuses kafka-a without a value|must hold",
        USERS,
        "secret_arn=version.secret_arn,",
        "secret_arn=secret.arn,",
    ),
    variant(
        "dev",
        "a_users_secret_lets_msk_in",
        r"kafka-users: UnprocessedScramSecret: The provided secret's policy does not let kafka.amazonaws.com read it",
        USERS,
        '"Service": "kafka.amazonaws.com"',
        '"Service": "msk.amazonaws.com"',
    ),
    variant(
        "tls",
        "a_users_secret_lets_msk_in",
        r"kafka-users needs kafka-. first, but does not depend on it: MSK writes the policy that it finds missing",
        KAFKA,
        "depends_on=[user.policy for user in users.values()]",
        "depends_on=[]",
    ),
    variant(
        "dev",
        "a_users_secret_can_be_decrypted",
        r"kafka-users: UnprocessedScramSecret: Access to KMS is not allowed: kafka-key's policy lets nobody decrypt",
        KAFKA,
        '                "kms:Decrypt",\n',
        "",
    ),
    variant(
        "prod",
        "a_key_stays_in_its_accounts_hands",
        r"kafka-key: MalformedPolicyDocumentException: The new key policy will not allow you to update the key policy",
        KAFKA,
        '["kms:*"]',
        '["kms:Encrypt"]',
    ),
)

SECRETS = (
    variant(
        "dev",
        "a_name_is_taken_until_its_secret_is_gone",
        r"milvus-root: InvalidRequestException: You can't create this secret because .* scheduled for deletion: milvus",
        MILVUS,
        'description="Root user of Milvus",',
        'name="milvus-root",\n            description="Root user of Milvus",',
    ),
    variant(
        "dev",
        "a_secrets_key_is_usable",
        r"milvus-root: InvalidParameterException: Invalid KMS key",
        MILVUS,
        "kms_key_id=args.secret_key_arn,",
        f"kms_key_id={OTHER_KEY},",
    ),
    variant(
        "dev",
        "a_value_or_a_policy_needs_its_secret",
        r"milvus-root: ResourceNotFoundException: Secrets Manager can't find the specified secret",
        MILVUS,
        "secret_id=vault.id,",
        'secret_id="nowhere",',
    ),
    variant(
        "private",
        "a_secrets_policy_says_who",
        r"kafka-a: MalformedPolicyDocumentException: This resource policy contains invalid Json, or lacks a principal",
        USERS,
        '            principal={"Service": "kafka.amazonaws.com"},\n',
        "",
    ),
)

OBJECTS = (
    variant(
        "dev",
        "policy_and_block_do_not_come_at_once",
        r"bucket-\S+ needs bucket-\S+ first, but does not depend on it: side by side, S3 answers 409 OperationAborted",
        BUCKET,
        "bucket=closed.bucket,",
        "bucket=bucket.bucket,",
    ),
    variant(
        "tls",
        "a_closed_bucket_takes_no_public_policy",
        r"bucket-policy: AccessDenied: User is not authorized .* by the BlockPublicPolicy setting",
        BUCKET,
        '"Effect": "Deny",',
        '"Effect": "Allow",',
        '            "Condition": {"Bool": {"aws:SecureTransport": "false"}},\n',
        "",
    ),
    variant(
        "dev",
        "rules_for_old_versions_come_after_versioning",
        r"bucket-lifecycle: bucket-lifecycle speaks of old versions, which bucket-bucket-\w+ does not keep",
        BUCKET,
        "rules=lifecycle_rules(args.keep_deleted_days)",
        "rules=lifecycle_rules(7)",
    ),
    variant(
        "disk",
        "rules_for_old_versions_come_after_versioning",
        r"bucket-lifecycle needs bucket-versions first, but does not depend on it|speaks of old versions, which",
        BUCKET,
        "bucket=versioned,",
        "bucket=bucket.bucket,",
    ),
    variant(
        "going-tls",
        "a_buckets_key_is_usable",
        r"bucket-encryption: InvalidArgument: Invalid KMS key",
        BUCKET,
        '"kms_master_key_id": key.arn',
        f'"kms_master_key_id": {OTHER_KEY}',
    ),
    variant(
        "going",
        "a_bucket_with_objects_stays",
        r"bucket-bucket: BucketNotEmpty: The bucket you tried to delete is not empty: bucket-bucket-\w+; set forceDest",
        BUCKET,
        "force_destroy=args.force_destroy, opts=keep",
        "force_destroy=False, opts=keep",
    ),
)
VARIANTS = (*BROKERS, *LOGINS, *SECRETS, *OBJECTS)
