"""The table: every signal that CloudWatch's metrics give, each with the source of its metric and of its threshold.

Names begin with the component. Counts of errors treat a missing datapoint as good, because AWS reports many of them
only when they are not zero; numbers of healthy things treat it as bad, because what is gone reports nothing.
"""

from planning.signals import backup, canary, endpoints, infrastructure, kafka

TABLE = (*endpoints.SIGNALS, *canary.SIGNALS, *kafka.SIGNALS, *infrastructure.SIGNALS, *backup.SIGNALS)
UNREACHABLE = "MilvusUnreachable"
"""Name of the composite alarm over all signals that are `unreachable`."""
UNREACHABLE_MEANING = "Clients cannot connect to Milvus."
