"""Does every operation of the table on a server, and compares what comes of it with the table."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from components.embedded.server import HOST, start, stop
from planning.chart.names import MILVUS_PORT
from testbed.behaviour import administration, data_types, filters, indexes, limits, loading, rows
from testbed.behaviour.alone import PASSWORD, alone
from testbed.behaviour.operation import OPERATIONS, Operation, Target
from testbed.local import started

ROOMS = (data_types, indexes, filters, limits, rows, loading, administration)
"""The modules whose functions are the table; to import them fills it."""
AT_ONCE = 8
"""Operations that are tried at the same time, each on a collection of its own."""


def tried(target: Target, only: Callable[[Operation], bool] = lambda _: True) -> dict[str, str]:
    """What comes of each operation, by title."""
    logging.getLogger("pymilvus").setLevel(logging.CRITICAL + 1)  # it logs a traceback for every refusal
    try:
        chosen = [each for each in OPERATIONS if only(each)]
        together = [each for each in chosen if not each.alone]
        with ThreadPoolExecutor(AT_ONCE) as pool:  # they wait for indexes and loading most of the time
            running = {each.title: pool.submit(each.tried, target) for each in together}
        found = {title: future.result() for title, future in running.items()}
        return found | {each.title: each.tried(target) for each in chosen if each.alone}
    finally:
        target.client.close()


def on_local(only: Callable[[Operation], bool] = lambda _: True) -> dict[str, str]:
    """The operations on a local server of their own."""
    with started("behaviour") as server:

        def restart() -> None:
            stop(server)
            start(server)

        return tried(Target(f"http://{HOST}:{server.port}", "", restart), only)


def on_milvus() -> dict[str, str]:
    """The operations on the testbed's Milvus. It has to run in a namespace of its own."""
    with alone() as milvus:

        def restart() -> None:
            milvus.kill()
            milvus.start()

        return tried(Target(f"http://{HOST}:{MILVUS_PORT}", f"root:{PASSWORD}", restart))


def wrong(found: dict[str, str], expected: Callable[[Operation], str]) -> list[str]:
    """A line for each operation that came out otherwise than the table says."""
    return [
        f"{each.room}, {each.title}: {found[each.title]}, not {expected(each)}"
        for each in OPERATIONS
        if each.title in found and found[each.title] != expected(each)
    ]
