"""Observability: CloudWatch's alarms about everything that the other components create, and the topics they tell."""
