"""Building blocks of all other components: IAM policies, roles of services and of service accounts, KMS keys, and what
makes a bucket closed, versioned and encrypted."""
