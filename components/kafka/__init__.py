"""MSK, which Milvus writes its log to, and the SASL/SCRAM users of it."""
