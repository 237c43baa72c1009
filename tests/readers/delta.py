"""Reads the Delta tables of a lake as their users do: `python3 tests/readers/delta.py`, after a release build.

The lake is made by the program (QUANTX_BIN, or that of CARGO_TARGET_DIR or `target`) from the sample, in three runs, so there are
versions with and without a new dividend. Each of deltalake, polars, DuckDB and pandas must find the same rows as in the plain
files, in the newest version and in the first; the join with the factors must give `Adj Close` within 1e-12. A second lake grows
by one version a day until it has a checkpoint, and is read by it: in a copy without the early commits. The engines are
installed once, pinned and hashed, into a cache. Standard library only.

Ends with 0 if everything held, 1 if not, 2 if it could not be tried.
"""

import datetime
import pathlib
import shutil
import subprocess
import sys
import tempfile

import machine

VERSIONS = 55


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


def run(quantx, lake, operation, now, *more):
    command = [quantx, operation, "--symbols", "AAPL", "--provider", "sample", "--use-local", "--storage-root", lake, "--as-of", now, *more]
    done = subprocess.run(command, cwd=machine.ROOT, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{command} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")


def make_long_lake(quantx, lake, versions):
    """A run after each session, until the bars have so many versions: more than one checkpoint's interval."""
    day = datetime.date(2012, 3, 1)
    run(quantx, lake, "backfill", f"{day}T12:00:00Z", "--start", "2010-01-04", "--end", "2012-02-29")
    log = lake / "delta/bars/_delta_log"
    while len(list(log.glob("*.json"))) < versions:
        day += datetime.timedelta(days=1)
        # The bar of a session is final on the morning after it.
        if day.weekday() not in (6, 0):
            run(quantx, lake, "update-daily", f"{day}T12:00:00Z")


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
        long = pathlib.Path(folder) / "long"
        make_long_lake(quantx, long, VERSIONS)
        checkpoints = subprocess.run([python, machine.HERE / "delta_checkpoint_checks.py", long, str(VERSIONS)])
    return 1 if checks.returncode or checkpoints.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
