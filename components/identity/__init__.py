"""Building blocks of all other components: IAM policies, roles of services and of service accounts, and KMS keys."""
