"""The lake: immutable versions behind links, manifests, locks, releases and the read API.

Importing this package loads the standard library and duckdb alone.
"""

from stevo_dagster.lake.collect import collect_garbage, lease
from stevo_dagster.lake.files import damage, files, verified, version_folder
from stevo_dagster.lake.hashes import content_hash, file_sha256, text_sha256
from stevo_dagster.lake.layout import UNDATED, Lake, day_of, day_partition
from stevo_dagster.lake.locks import FileLock, lock, lock_all
from stevo_dagster.lake.manifest import Manifest, load_manifest, manifest, partitions, tables
from stevo_dagster.lake.publish import publish, stage_table, write_table
from stevo_dagster.lake.read import connect, create_view, read, table_files
from stevo_dagster.lake.sql import scan, sql_text
from stevo_dagster.lake.staging import run_staging, sweep_staging

__all__ = [
    "UNDATED",
    "FileLock",
    "Lake",
    "Manifest",
    "collect_garbage",
    "connect",
    "content_hash",
    "create_view",
    "damage",
    "day_of",
    "day_partition",
    "file_sha256",
    "files",
    "lease",
    "load_manifest",
    "lock",
    "lock_all",
    "manifest",
    "partitions",
    "publish",
    "read",
    "run_staging",
    "scan",
    "sql_text",
    "stage_table",
    "sweep_staging",
    "table_files",
    "tables",
    "text_sha256",
    "verified",
    "version_folder",
    "write_table",
]
