"""Building blocks of every other room: IAM policies, roles of services and of service accounts, and KMS keys."""
