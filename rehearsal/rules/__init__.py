"""What AWS and Kubernetes insist on, one file a service; rehearsal/cloud.py says how a rule is written."""
