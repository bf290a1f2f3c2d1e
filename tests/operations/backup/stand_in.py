"""Stands in for milvus-backup 0.6, which is in no package registry: the same command line, and the same ways of lying.

It copies by queries and inserts what the real one copies as files, so that a restore of it is real. With STAND_IN_LIE
it lies in one of the ways below, and ends with 0 all the same. Left out: what the real one says while it works.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import boto3
import pymilvus
import yaml
from pymilvus import MilvusClient

from milvus_contract.connecting import ON_THIS_MACHINE
from operations.backup import rows as reading

LIES = {
    "restores nothing into a bucket that is not Milvus' own": "rows",
    "forgets a collection": "rows",
    "forgets a partition": "rows",
    "forgets the last rows": "rows",
    "restores an older segment": "rows",
    "brings deleted rows back": "rows",
    "restores a segment twice": "rows",
    "puts all rows into one partition": "rows",
    "swaps the vectors of two rows": "rows",
    "loses dynamic fields": "rows",
    "loses a field of JSON": "rows",
    "restores vectors as zeros": "rows",
    "shortens a text field": "schema",
    "loses the switch for dynamic fields": "schema",
    "adds a field": "schema",
    "builds another index": "index",
    "searches by another metric": "index",
    "builds no index": "index",
}
"""What each lie makes differ, among other things."""


def main(arguments: Sequence[str], lie: str = "") -> int:
    parser = argparse.ArgumentParser(prog="milvus-backup")
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("check", "create", "restore", "delete"):
        command = commands.add_parser(name)
        command.add_argument("--config", required=True, type=Path)
        command.add_argument("-n", dest="name")
        command.add_argument("--filter", default="")
        command.add_argument("-s", dest="suffix", default="")
        command.add_argument("-r", dest="renames", default="")
        for flag in ("rbac", "rebuild_index", "drop_exist_collection"):
            command.add_argument(f"--{flag}", action="store_true")
    options = parser.parse_args(arguments)
    config: dict[str, Any] = yaml.safe_load(options.config.read_text(encoding="utf-8"))
    tool = StandIn(config, lie or os.environ.get("STAND_IN_LIE", ""))
    try:
        getattr(tool, options.command)(options)
    except RuntimeError as error:
        print(f"[ERROR] {error}")
        print("[INFO] bye\n" * 50)
        return 1
    return 0


class StandIn:
    """One run."""

    def __init__(self, config: dict[str, Any], lie: str) -> None:
        self._milvus, self._lie = config["milvus"], lie
        self._bucket, self._root = config["backup"]["storage"]["bucketName"], config["backup"]["storage"]["rootPath"]
        self._s3: Any = cast(Any, boto3).client("s3")

    def _client(self, database: str = "default") -> Any:
        grpc = self._milvus["grpc"]
        uri = f"http://{grpc['address']}:{grpc['port']}"
        password = os.environ.get("MILVUS_PASSWORD", "")
        token = f"{self._milvus['user']}:{password}" if password else ""
        return cast(Any, MilvusClient)(uri, token=token, db_name=database, grpc_options=ON_THIS_MACHINE)

    def check(self, _: argparse.Namespace) -> None:
        if self._root != "backup":
            print("[WARN] root path is empty")
        self._client().list_collections()

    def create(self, options: argparse.Namespace) -> None:
        options.name = options.name or f"backup_{time.time_ns()}"
        if self._keys(options.name):
            raise RuntimeError(f"backup {options.name} exists")
        server, collections = self._client(), list[dict[str, Any]]()
        for database in server.list_databases():
            client = self._client(database)
            for name in client.list_collections():
                if not self._client(database).list_indexes(name):
                    continue
                collections.append({"database": database, "name": name} | self._read(client, name))
                key = f"{self._root}/{options.name}/binlogs/{database}.{name}"
                self._s3.put_object(Bucket=self._bucket, Key=key, Body=json.dumps(collections[-1]).encode())
        meta = {"state_code": 2, "collections": [f"{each['database']}.{each['name']}" for each in collections]}
        key = f"{self._root}/{options.name}/meta/backup_meta.json"
        self._s3.put_object(Bucket=self._bucket, Key=key, Body=json.dumps(meta).encode())

    def _read(self, client: Any, name: str) -> dict[str, Any]:
        described = client.describe_collection(name)
        keyed = any(each.get("is_partition_key") for each in described["fields"])
        loaded = client.get_load_state(name)["state"].name == "Loaded"
        client.load_collection(name)
        rows: dict[str, list[Any]] = {}
        for partition in [""] if keyed else client.list_partitions(name):
            batches = reading.batches(client, name, described, partition=partition or None)
            rows[partition] = [dict(row) for batch in batches for row in batch]
        if not loaded:
            client.release_collection(name)
        indexes = [client.describe_index(name, index) for index in client.list_indexes(name)]
        return {"described": json.loads(json.dumps(described, default=int)), "rows": rows, "indexes": indexes}

    def restore(self, options: argparse.Namespace) -> None:
        content = [
            json.loads(self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read())
            for key in self._keys(options.name)
            if "/binlogs/" in key
        ]
        if not content:
            raise RuntimeError(f"backup {options.name} is not there")
        renames = dict(pair.split(":") for pair in options.renames.split(",") if pair)
        wanted = [name for name in options.filter.split(",") if name]
        for each in content:
            name = f"{each['database']}.{each['name']}"
            copy = renames.get(name, f"{name}{options.suffix}")
            if copy in wanted or not wanted:
                database, collection = copy.split(".")
                self._write(each, database, collection, options)

    def _write(self, saved: dict[str, Any], database: str, name: str, options: argparse.Namespace) -> None:
        client = self._client(database)
        if name in client.list_collections():
            if not options.drop_exist_collection:
                raise RuntimeError(f"collection {database}.{name} exists")
            for alias in client.list_aliases(name)["aliases"]:
                client.drop_alias(alias)
            client.drop_collection(name)
        if self._lie == "forgets a collection":
            return
        described, keyed = saved["described"], "" in saved["rows"]
        self._spoil_schema(described)
        schema = cast(Any, pymilvus.CollectionSchema).construct_from_dict(described)
        client.create_collection(
            name,
            schema=schema,
            consistency_level=described["consistency_level_name"],
            **({"num_partitions": described["num_partitions"]} if keyed and described["num_partitions"] < 17 else {}),
        )
        written: list[dict[str, Any]] = []
        for partition, rows in saved["rows"].items():
            if partition == "b" and self._lie == "forgets a partition":
                continue
            if partition and partition not in client.list_partitions(name):
                client.create_partition(name, partition)
            if self._lie == "puts all rows into one partition":
                partition = "_default"
            rows = self._spoilt(rows)
            for start in range(0, len(rows), 5000):
                batch = rows[start : start + 5000]
                client.insert(name, batch, **({"partition_name": partition} if partition else {}))
            written += rows
        if self._lie == "restores a segment twice":
            client.insert(name, [row | {next(iter(row)): row[next(iter(row))]} for row in written[:5]])
        if options.rebuild_index and self._lie != "builds no index":
            self._build(client, name, saved["indexes"])

    def _spoil_schema(self, described: dict[str, Any]) -> None:
        if self._lie == "shortens a text field":
            for field in described["fields"]:
                field["params"] |= (
                    {"max_length": field["params"]["max_length"] - 1} if "max_length" in field["params"] else {}
                )
        if self._lie == "loses the switch for dynamic fields":
            described["enable_dynamic_field"] = False
        if self._lie == "adds a field":
            described["fields"].append({"name": "extra", "type": 5, "params": {}, "description": ""})

    def _spoilt(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        lie = self._lie
        if lie.startswith("restores nothing"):
            return []
        if lie == "forgets the last rows":
            return rows[:-2]
        if lie == "restores an older segment":
            return [row | {"facts": {"a": -1}} if number == 4 else row for number, row in enumerate(rows)]
        if lie == "brings deleted rows back":
            return [*rows, *({**row, "pk": -1 - row["pk"]} for row in rows[:3])]
        if lie == "swaps the vectors of two rows":
            one, other = rows[5], rows[6]
            return [*rows[:5], one | {"vector": other["vector"]}, other | {"vector": one["vector"]}, *rows[7:]]
        if lie == "loses dynamic fields":
            return [{key: value for key, value in row.items() if key != "note"} for row in rows]
        if lie == "loses the switch for dynamic fields":
            return [{key: value for key, value in row.items() if key != "note"} for row in rows]
        if lie == "loses a field of JSON":
            return [row | {"facts": {"a": row["facts"]["a"]}} for row in rows]
        if lie == "restores vectors as zeros":
            return [row | {"vector": [0.0] * len(row["vector"])} for row in rows]
        return [row | {"extra": 1} for row in rows] if lie == "adds a field" else rows

    def _build(self, client: Any, name: str, indexes: list[dict[str, Any]]) -> None:
        parameters = client.prepare_index_params()
        for index in indexes:
            params = {key: value for key, value in index.items() if key in ("M", "efConstruction", "nlist")}
            kind, metric = index["index_type"], index.get("metric_type", "")
            if self._lie == "builds another index":
                kind, params = "FLAT", {}
            if self._lie == "searches by another metric":
                metric = "IP"
            parameters.add_index(
                index["field_name"], index_name=index["index_name"], index_type=kind, metric_type=metric, params=params
            )
        client.create_index(name, parameters)

    def delete(self, options: argparse.Namespace) -> None:
        for key in self._keys(options.name):
            self._s3.delete_object(Bucket=self._bucket, Key=key)

    def _keys(self, name: str) -> list[str]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=f"{self._root}/{name}/")
        return [each["Key"] for page in pages for each in page.get("Contents", [])]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
