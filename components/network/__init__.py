"""The VPC: made here, or somebody else's, and its flow log."""
