"""Reads, when it is imported, what AWS publishes of everything that the program makes, which takes half a second.

Emulated clouds are forked from a process that has imported it (rehearsal/warm), and nothing else needs it.
"""

from rehearsal.published import judge, mapping, policies

REGION = "us-east-1"

policies.reference()
for type_ in mapping.data()["types"]:
    judge.problems(type_, {"serviceName": f"com.amazonaws.{REGION}.s3"}, REGION)
