"""Imports of packages that publish no types. Their results are annotated where they are used."""

import warnings
from importlib import import_module
from typing import Any

boto3: Any = import_module("boto3")
moto: Any = import_module("moto")
moto_core: Any = import_module("moto.core")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # parliament finds its data by pkg_resources, which warns of its own end
    parliament: Any = import_module("parliament")
