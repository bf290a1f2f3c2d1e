"""The VPC, either created here or an existing one, and its flow log."""
