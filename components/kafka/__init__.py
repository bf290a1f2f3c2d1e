"""The MSK cluster that holds Milvus' write-ahead log, and its SASL/SCRAM users."""
