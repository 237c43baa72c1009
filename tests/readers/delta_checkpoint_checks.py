"""Whether each engine begins at the checkpoint of a Delta table. The arguments are the folder of the lake that delta.py made, and the
number of versions that its bars have. Whoever reads the table without its early commits has read it from the checkpoint."""

import json
import os
import pathlib
import shutil
import sys
import sysconfig
import tempfile

import deltalake
import duckdb
import polars as pl

from delta_checks import BARS, SORT, equal, plain

INTERVAL = 50


def without_commits(table, folder, kept_from):
    """A copy of the table whose log has no commit before the version."""
    copy = pathlib.Path(folder) / "bars"
    shutil.copytree(table, copy)
    for commit in (copy / "_delta_log").glob("*.json"):
        if int(commit.stem) < kept_from:
            commit.unlink()
    return copy


def actions(table):
    """The checkpoint as a Parquet reader sees it, against the commits up to it."""
    log = table / "_delta_log"
    files, gone = {}, {}
    for version in range(INTERVAL + 1):
        for line in (log / f"{version:020}.json").read_text().splitlines():
            action = json.loads(line)
            if "remove" in action:
                files.pop(action["remove"]["path"])
                gone[action["remove"]["path"]] = action["remove"]
            if "add" in action:
                gone.pop(action["add"]["path"], None)
                files[action["add"]["path"]] = action["add"]
    found = pl.read_parquet(log / f"{INTERVAL:020}.checkpoint.parquet")
    last = json.loads((log / "_last_checkpoint").read_text())
    assert last == {"version": INTERVAL, "size": found.height}, last
    adds = [row for row in found["add"].to_list() if row and row["path"]]
    assert {row["path"] for row in adds} == set(files), adds
    for row in adds:
        told = files[row["path"]]
        assert (row["size"], row["modificationTime"], row["stats"], row["dataChange"]) == (told["size"], told["modificationTime"], told["stats"], False), row
    removes = {row["path"] for row in found["remove"].to_list() if row and row["path"]}
    assert removes == set(gone), removes
    assert found.height == 2 + len(files) + len(gone), found
    print(f"ok  the checkpoint has the {len(files)} files and {len(gone)} removals of {INTERVAL + 1} commits")


def engines(name, table, expected):
    equal(f"deltalake, {name}", pl.from_arrow(deltalake.DeltaTable(table).to_pyarrow_table()).select(BARS).sort(SORT), expected)
    equal(f"polars scan_delta, {name}", pl.scan_delta(str(table)).select(BARS).sort(SORT).collect(), expected)
    con = duckdb.connect()
    [extension] = pathlib.Path(sysconfig.get_path("purelib")).glob(f"duckdb_ext/extensions/v{duckdb.__version__}/*/delta.duckdb_extension")
    con.execute(f"LOAD '{extension}'")
    found = con.sql(f"SELECT {', '.join(BARS)} FROM delta_scan('{table}') ORDER BY ticker, date").pl()
    equal(f"DuckDB, {name}", found, expected)


def main():
    lake, versions = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    table, expected = lake / "delta/bars", plain(lake).select(BARS)
    assert deltalake.DeltaTable(table).version() == versions - 1
    actions(table)
    engines("with every commit", table, expected)
    # The one of version 50 is there, those before are not.
    first = deltalake.DeltaTable(table, version=0).to_pyarrow_table().num_rows
    assert first == expected.height - versions + 1, first
    with tempfile.TemporaryDirectory() as folder:
        copy = without_commits(table, folder, INTERVAL)
        engines("from the checkpoint on", copy, expected)
        between = deltalake.DeltaTable(copy, version=INTERVAL + 2).to_pyarrow_table().num_rows
        assert between == first + INTERVAL + 2, between
    with tempfile.TemporaryDirectory() as folder:
        # A checkpoint allows a clean-up of what is before it; the table's properties do not.
        copy = without_commits(table, folder, 0)
        for file in (copy / "_delta_log").iterdir():
            os.utime(file, (0, 1_000_000_000))
        deltalake.DeltaTable(copy).cleanup_metadata()
        assert len(list((copy / "_delta_log").glob("*.json"))) == versions
        assert deltalake.DeltaTable(copy).vacuum(dry_run=True) == []
        print("ok  no clean-up takes a commit or a file away")
    with tempfile.TemporaryDirectory() as folder:
        # As a run leaves it that was killed between the two writes: the list of the log shows the checkpoint.
        copy = without_commits(table, folder, INTERVAL)
        (copy / "_delta_log/_last_checkpoint").unlink()
        engines("from a checkpoint that is not named", copy, expected)
    with tempfile.TemporaryDirectory() as folder:
        copy = without_commits(table, folder, INTERVAL)
        (copy / "_delta_log" / f"{INTERVAL:020}.checkpoint.parquet").unlink()
        (copy / "_delta_log/_last_checkpoint").unlink()
        try:
            read = deltalake.DeltaTable(copy).to_pyarrow_table()
        except Exception as error:
            print(f"ok  without both nothing is read: {type(error).__name__}")
        else:
            raise AssertionError(f"{read.num_rows} rows without early commits and checkpoint: what was read was not the checkpoint")


if __name__ == "__main__":
    main()
