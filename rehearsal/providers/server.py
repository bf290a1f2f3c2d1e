"""The process to which the engine talks: one gRPC server for each package, on loopback, all for the same cloud.

It is a process of its own, because a gRPC server does not answer in a process that then starts the CLI (gRPC and fork).
It ends when its standard input ends, and so with the process that started it. `rehearsal.run` starts it; nobody needs
to start it by hand.
"""

import argparse
import importlib
import json
import os
import sys
from concurrent import futures
from pathlib import Path

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from rehearsal import rules
from rehearsal.cloud.cloud import Cloud
from rehearsal.faults import FAULTS, Faults
from rehearsal.providers.aws import Aws
from rehearsal.providers.eks import Eks
from rehearsal.providers.kubernetes import Kubernetes
from rehearsal.providers.provider import Provider
from rehearsal.providers.random import Random

PACKAGES: tuple[type[Provider], ...] = (Aws, Eks, Kubernetes, Random)
THREADS = 32  # the engine sends up to 4 requests a core at once, and a Construct waits for its children's requests
LARGEST_MESSAGE = 400 << 20  # the engine's own limit, in bytes


def serve(provider: Provider) -> tuple[grpc.Server, int]:
    """Starts a server on a free port of loopback, and returns both."""
    server = grpc.server(
        futures.ThreadPoolExecutor(THREADS), options=[("grpc.max_receive_message_length", LARGEST_MESSAGE)]
    )
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("journal", type=Path, help="the cloud's")
    parser.add_argument("--forgiving", action="store_true", help="note what is refused, and do it all the same")
    parser.add_argument("behind", nargs="*", help="modules that put something real behind the cloud (testbed/)")
    arguments = parser.parse_args()
    journal: Path = arguments.journal
    rules.register()
    for module in arguments.behind:
        importlib.import_module(module).register(journal.parent)
    cloud, faults = Cloud(journal, forgiving=arguments.forgiving), Faults(journal.with_name(FAULTS))
    served = {package.package: serve(package(cloud, faults)) for package in PACKAGES}
    print(json.dumps({package: port for package, (_, port) in served.items()}), flush=True)
    sys.stdin.read()  # until the process that started this one ends
    os._exit(0)  # without waiting for the threads of open calls


if __name__ == "__main__":
    main()
