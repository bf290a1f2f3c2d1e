"""Searches batch by batch (`search_iter_v2`), which the engine does not know: it reads a batch by its offset.

Rows that are written or deleted meanwhile move the batches behind them; Milvus goes on in what it had at first.
"""

import time
import uuid
from dataclasses import dataclass
from typing import Any

from components.embedded.as_milvus.messages import RefusedError, parameters, put, schemas

WINDOW = 16_384
"""Most rows of an answer, and most vectors of a search (quotaAndLimits.limits.maxQueryResultWindow, nq)."""


@dataclass(frozen=True)
class Batch:
    """A batch that is asked for."""

    iterator: str
    start: int

    def answered(self, answer: Any) -> None:
        """Adds what the client says again when it asks for the next batch. Its bound is that many rows have been read:
        clients keep the token as it is, and do nothing with the bound but send it back.
        """
        read = self.start + len(answer.results.scores)
        said = schemas.SearchIteratorV2Results(token=self.iterator, last_bound=read)
        answer.results.search_iterator_v2_results.CopyFrom(said)
        answer.session_ts = int(time.time() * 1000) << 18


def batch(request: Any) -> Batch | None:
    """The batch for which a search asks, or None if it is no iterator's. The request is made one for these rows."""
    given = parameters(request.search_params)
    if str(given.get("search_iter_v2", "")).lower() != "true":
        return None
    if request.nq > 1:
        raise RefusedError(
            f"search iterator does not support processing multiple vectors simultaneously, got {request.nq}"
        )
    rows = int(given.get("search_iter_batch_size") or given.get("topk") or 0)
    if not 0 < rows <= WINDOW:
        raise RefusedError(f"batch size [{rows}] is invalid, it should be in range [1, {WINDOW}]")
    start = int(float(given.get("search_iter_last_bound") or 0))
    put(request.search_params, "topk", str(rows))
    put(request.search_params, "offset", str(start))
    return Batch(str(given.get("search_iter_id") or uuid.uuid4()), start)
