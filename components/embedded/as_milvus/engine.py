"""Changes the engine where a request can't."""

import logging
from typing import Any

from components.embedded.as_milvus.filters import mend_parser
from components.embedded.as_milvus.keeping import released, set_released
from components.embedded.as_milvus.messages import Collection


def mend_engine() -> None:
    mend_parser()
    tuned, made, load, release, drop_index = (
        getattr(Collection, name) for name in ("_validate_sparse_tuning", "__init__", "load", "release", "drop_index")
    )

    def sparse_tuning(field: Any, metric: Any, params: Any) -> None:
        """Takes settings that trade recall for speed: the engine finds all there is without them."""
        approximate = ("drop_ratio_build", "drop_ratio_search", "inverted_index_algo")
        tuned(field, metric, {key: value for key, value in params.items() if key not in approximate})

    def loaded(self: Any) -> None:
        load(self)
        set_released(self, False)

    def let_go(self: Any) -> None:
        release(self)
        self._load_state = "released"  # without an index, too
        set_released(self, True)

    def without_index(self: Any, *arguments: Any, **named: Any) -> None:
        """The engine loads a collection that has lost its last index."""
        drop_index(self, *arguments, **named)
        self._load_state = "released" if released(self) else self._load_state

    def opened(self: Any, *arguments: Any, **named: Any) -> None:
        """Opens a collection as it was left: Milvus loads again what was loaded before a restart."""
        made(self, *arguments, **named)
        if released(self):
            self._load_state = "released"
        elif self.load_state == "released":
            try:
                load(self)
            except Exception:
                logging.exception("collection %s can't be loaded again", self.name)

    Collection._validate_sparse_tuning = staticmethod(sparse_tuning)
    Collection.load, Collection.release, Collection.__init__ = loaded, let_go, opened
    Collection.drop_index = without_index
