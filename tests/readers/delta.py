"""Reads the Delta tables of a lake as their users do: `python3 tests/readers/delta.py`, after a release build.

The lake is made by the program (QUANTX_BIN, or that of CARGO_TARGET_DIR or `target`) from the sample, in three runs, so there are
versions with and without a new dividend. Each of deltalake, polars, DuckDB and pandas must find the same rows as in the plain
files, in the newest version and in the first; the join with the factors must give `Adj Close` within 1e-12. The engines are
installed once, pinned and hashed, into a cache. Standard library only.

Ends with 0 if everything held, 1 if not, 2 if it could not be tried.
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile

import machine


def make_lake(quantx, lake, before):
    """Three runs: AAPL paid on 2012-08-09, between the first and the second; nothing new in the third.

    Each begins on the morning after its last session, when that is final. The files after the first run are kept in `before`: the
    vendor restates the newest volume later, so they are not the rows of today up to that day."""
    for end, now in (("2012-08-07", "2012-08-08"), ("2012-08-10", "2012-08-11"), ("2012-08-10", "2012-08-11")):
        command = [quantx, "backfill", "--symbols", "AAPL,IBM,MSFT", "--provider", "sample", "--start", "2010-01-04", "--end", end]
        command += ["--use-local", "--storage-root", lake, "--as-of", f"{now}T12:00:00Z"]
        done = subprocess.run(command, cwd=machine.ROOT, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{command} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
        if not before.exists():
            shutil.copytree(lake / "data", before / "data")


def main():
    try:
        quantx, python = machine.program(), machine.engines("delta-requirements.txt")
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"not tried: {error}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        lake = pathlib.Path(folder) / "lake"
        before = pathlib.Path(folder) / "before"
        make_lake(quantx, lake, before)
        checks = subprocess.run([python, machine.HERE / "delta_checks.py", lake, before])
    return 1 if checks.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
