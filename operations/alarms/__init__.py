"""Commands about a stack's alarms: whether they reach somebody, and silence during maintenance."""
