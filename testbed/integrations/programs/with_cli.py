"""milvus-cli: its commands, with what a person would type at their questions."""

import json
import tempfile
from pathlib import Path

from click.testing import CliRunner
from milvus_cli.scripts import milvus_client_cli
from trying import URI, operation

FOLDER = Path(tempfile.mkdtemp())
SCHEMA = {
    "collection_name": "cli_rows",
    "consistency_level": 0,
    "fields": [
        {"name": "id", "type": "INT64", "is_primary": True},
        {"name": "vector", "type": "FLOAT_VECTOR", "dim": 2},
        {"name": "text", "type": "VARCHAR", "max_length": 100},
    ],
}
(FOLDER / "schema.json").write_text(json.dumps(SCHEMA))
(FOLDER / "rows.csv").write_text('id,vector,text\n1,"[1.0, 0.0]","""a baboon"""\n2,"[0.0, 1.0]","""the ocelot"""\n')


def typed(command, *answers):
    """What a command prints. It prints errors and ends well, so that they are looked for in its words."""
    done = CliRunner().invoke(milvus_client_cli.cli, command.split(), input="\n".join(answers) + "\n")
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    if done.exit_code or "Error" in done.output or "Exception" in done.output:
        raise RuntimeError(done.output)
    return done.output


def says(wanted, command, *answers):
    found = typed(command, *answers)
    if wanted not in found:
        raise AssertionError(f"{wanted!r} is not in {found!r}")


@operation("`connect`")
def connect():
    says("Connect Milvus successfully", f"connect -uri {URI}")


@operation("`create collection --schema-file`, `list collections`")
def collection():
    typed(f"create collection --schema-file {FOLDER / 'schema.json'}")
    says("cli_rows", "list collections")


@operation("`show collection`")
def shown():
    says("vector", "show collection -c cli_rows")


@operation("`create index`, `list indexes`, `show index`")
def index():
    typed("create index", "cli_rows", "vector", "vector", "HNSW", "COSINE", "8", "64")
    says("vector", "list indexes -c cli_rows")
    says("HNSW", "show index -c cli_rows -in vector")


@operation("`show index_progress`, `wait_for_index`")
def progress():
    typed("show index_progress -c cli_rows -in vector")
    typed("wait_for_index -c cli_rows -in vector")


@operation("`load collection`, `show loading_progress`, `show load_state`")
def load():
    typed("load collection -c cli_rows")
    says("100", "show loading_progress -c cli_rows")
    says("Loaded", "show load_state -c cli_rows")


@operation("`insert file` (CSV)")
def insert():
    says("Inserted successfully", f"insert file -c cli_rows {FOLDER / 'rows.csv'}")


@operation(
    "`insert row`", "a mistake of the package's own: it sends keys as text", "'str' object cannot be interpreted"
)
def insert_row():
    says("Inserted successfully", "insert row", "cli_rows", "", "3", "[0.5, 0.5]", "a hog")


@operation("`upsert row`")
def upsert():
    typed("upsert row", "cli_rows", "", "3", "[0.5, 0.5]", "two hogs")


@operation("`query`")
def query():
    says("two hogs", "query", "cli_rows", "id > 2", "", "text", "", "0", "5")


@operation("`get`")
def get():
    says("the ocelot", "get", "cli_rows", "[2]", "text")


@operation("`search_iterator`")
def search():
    says("the ocelot", "search_iterator", "cli_rows", "vector", "[0.0, 1.0]", "2", "2", "", "text", "y")


@operation("`delete ids`, `delete entities`")
def delete():
    typed("delete ids -c cli_rows", "[3]", "y")
    typed("delete entities -c cli_rows", "id == 1", "y")
    says("No results", "query", "cli_rows", "id in [1, 3]", "", "text", "", "0", "5")


@operation("`flush`, `compact`, `show compaction_state`")
def flush():
    typed("flush -c cli_rows")
    typed("compact -c cli_rows")


@operation("`show query_segment_info`")
def segments():
    says("1", "show query_segment_info -c cli_rows")


@operation("`show replicas`", beyond="replicas")
def replicas():
    typed("show replicas -c cli_rows")


@operation("`create partition`, `list partitions`, `show partition_stats`, `delete partition`")
def partition():
    typed("create partition -c cli_rows -p part")
    says("part", "list partitions -c cli_rows")
    typed("show partition_stats -c cli_rows -p part")
    typed("release collection -c cli_rows")
    typed("delete partition -c cli_rows -p part", "y")


@operation("`load partition`", beyond="loading single partitions")
def load_partition():
    typed("load partition -c cli_rows -p _default")


@operation("`create alias`, `list aliases`, `delete alias`")
def alias():
    typed("create alias -c cli_rows -a cli_alias")
    says("cli_alias", "list aliases -c cli_rows")
    typed("delete alias -a cli_alias", "y")


@operation("`rename collection`")
def rename():
    typed("rename collection -old cli_rows -new cli_renamed")
    says("cli_renamed", "list collections")


@operation("`alter collection_properties`")
def properties():
    typed("alter collection_properties -c cli_renamed", "collection.ttl.seconds", "3600", "n")


@operation("`delete index`, `delete collection`")
def drop():
    typed("delete index -c cli_renamed -in vector", "y")
    typed("delete collection -c cli_renamed", "y")


@operation("`create database`, `use database`, `list databases`, `delete database`")
def database():
    typed("create database -db cli_database")
    says("cli_database", "list databases")
    typed("use database -db cli_database")
    typed("use database -db default")
    typed("delete database -db cli_database", "y")


@operation("`create user`, `list users`", beyond="users")
def user():
    typed("create user -u somebody -p Password-1")
    says("somebody", "list users")


@operation("`list roles`", beyond="roles")
def role():
    typed("list roles")
