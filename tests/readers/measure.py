"""What reading costs: `python3 tests/readers/measure.py [--listings 500] [--lake FOLDER]`.

Makes a lake of the made-up market (20 years), then asks DuckDB and polars the questions of docs/performance.md, Reading, and prints its
table: the fastest of some runs in one process after one that is not counted (files are in the page cache), and the median of the CPU
time of all threads, which a busy machine disturbs less.
"""

import argparse
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

import run

FIRST, LAST, NOW = "2005-01-03", "2024-12-31", "2025-01-03T12:00:00Z"
MATRIX_FROM = 2015
DAY = "2020-06-15"


def make(folder, n_listings):
    """A lake of the synthetic market; its vendor is ended by its process id."""
    quantx = run.program()
    vendor = subprocess.Popen(
        [quantx, "replay", "--market", f"synthetic:{n_listings}:us", "--seed", "1", "--as-of", NOW],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        address = re.search(r"http://\S+", vendor.stdout.readline())[0]
        symbols = ",".join(f"S{index:04}" for index in range(n_listings))
        words = ["backfill", "--symbols", symbols, "--start", FIRST, "--end", LAST, "--as-of", NOW, "--max-workers", "16", "--quiet"]
        where = ["--use-local", "--storage-root", folder, "--yahoo-base-url", address, "--requests-per-second", "0"]
        subprocess.run([quantx, *words, *where], check=True, stdout=subprocess.DEVNULL)
    finally:
        vendor.terminate()
        vendor.wait()
        vendor.stdout.close()


def questions(lake):
    """What is asked: name, engine, the question, and how often."""
    import datetime

    import duckdb
    import polars as pl
    import quantx

    macros = (run.ROOT / "docs/quantx.sql").read_text()
    connection = duckdb.connect()
    connection.execute(macros)
    panel = f"{lake}/panel/exchange=us/year=*/data.parquet"
    panels = [f"{lake}/panel/exchange=us/year={year}/data.parquet" for year in range(MATRIX_FROM, 2025)]
    files = [str(path) for path in sorted(lake.glob("data/exchange=us/ticker=*/year=*/data.parquet")) if int(path.parent.name[5:]) >= MATRIX_FROM]
    ticker = "S0007"

    def sql(text):
        return lambda: connection.execute(text).fetchall()

    def rows(paths):
        return f"(SELECT \"Date\", \"Ticker\", \"Close\" FROM read_parquet({paths}, hive_partitioning = false))"

    def pivoted(paths):
        return sql(f"SELECT count(*), count(COLUMNS(* EXCLUDE \"Date\")) FROM (PIVOT {rows(paths)} ON \"Ticker\" USING first(\"Close\"))")

    def polars_rows(paths):
        return pl.scan_parquet(paths, hive_partitioning=False).select("Date", "Ticker", "Close")

    def where(condition, paths=panel):
        return lambda: pl.scan_parquet(paths, hive_partitioning=False).filter(condition).collect()

    day = datetime.date.fromisoformat(DAY)
    all_rows = f"closes of ten years, as rows ({len(panels)} panels, {len(files):,} files)"
    as_matrix = "the same as a matrix"
    return [
        (all_rows, "panel", "DuckDB", lambda: connection.sql(f"FROM {rows(panels)}").to_arrow_table(), 5),
        (all_rows, "panel", "polars", lambda: polars_rows(panels).collect(), 5),
        (all_rows, "files of the listings", "DuckDB", lambda: connection.sql(f"FROM {rows(files)}").to_arrow_table(), 3),
        (all_rows, "files of the listings", "polars", lambda: polars_rows(files).collect(), 3),
        (as_matrix, "panel", "DuckDB, `PIVOT`", pivoted(panels), 3),
        (as_matrix, "panel", "polars, `pivot`", lambda: polars_rows(panels).collect().pivot("Ticker", index="Date", values="Close"), 3),
        (as_matrix, "panel", "module, `matrix`", lambda: quantx.matrix(lake, start=f"{MATRIX_FROM}-01-01"), 5),
        (as_matrix, "files of the listings", "DuckDB, `PIVOT`", pivoted(files), 2),
        ("one listing, 20 years", "panel", "DuckDB", sql(f"SELECT * FROM read_parquet('{panel}', hive_partitioning = false) WHERE \"Ticker\" = '{ticker}'"), 5),
        ("one listing, 20 years", "panel", "polars", where(pl.col("Ticker") == ticker), 5),
        ("one listing, 20 years", "its files", "DuckDB", sql(f"SELECT * FROM read_parquet('{lake}/data/exchange=us/ticker={ticker}/*/data.parquet', hive_partitioning = false)"), 5),
        ("one listing, 20 years", "its files", "polars", where(True, f"{lake}/data/exchange=us/ticker={ticker}/*/data.parquet"), 5),
        ("one day, every listing", "panel of the year", "DuckDB", sql(f"SELECT * FROM read_parquet('{lake}/panel/exchange=us/year=2020/data.parquet') WHERE \"Date\" = '{DAY}'"), 5),
        ("one day, every listing", "panel of the year", "polars", where(pl.col("Date") == day, f"{lake}/panel/exchange=us/year=2020/data.parquet"), 5),
        ("one day, every listing", "all panels", "DuckDB", sql(f"SELECT * FROM bars('{lake}') WHERE \"Date\" = '{DAY}'"), 5),
        ("one day, every listing", "all panels", "module", lambda: quantx.bars(lake, start=DAY, end=DAY), 5),
        ("total return of ten years, sorted", "all panels", "DuckDB", sql(f"SELECT count(*), sum(\"Close\") FROM (FROM bars_total('{lake}') WHERE \"Date\" >= '2015-01-01' ORDER BY \"Date\", \"Ticker\")"), 5),
        ("total return of ten years, sorted", "all panels", "module", lambda: quantx.bars(lake, start="2015-01-01", adjusted="total"), 5),
    ]  # fmt: skip


def measure(lake):
    n_bars = 0
    print("| question | read from | engine | fastest | CPU |\n|---|---|---|---|---|")
    for name, source, engine, ask, n_times in questions(lake):
        answer = ask()
        n_bars += len(answer)
        walls, cpus = [], []
        for _ in range(n_times):
            wall, cpu = time.perf_counter(), time.process_time()
            ask()
            walls.append(time.perf_counter() - wall)
            cpus.append(time.process_time() - cpu)
        print(f"| {name} | {source} | {engine} | {spoken(min(walls))} | {spoken(statistics.median(cpus))} |", flush=True)
    if n_bars == 0:
        raise RuntimeError("no question had an answer")


def spoken(seconds):
    return f"{seconds:.2f} s" if seconds >= 1 else f"{1000 * seconds:.0f} ms"


def main():
    parser = argparse.ArgumentParser(description="Measures what reading costs.")
    parser.add_argument("--listings", type=int, default=500)
    parser.add_argument("--lake", type=pathlib.Path, help="a lake that is there already, made by an earlier call with --keep")
    parser.add_argument("--keep", type=pathlib.Path, metavar="FOLDER", help="makes the lake there and leaves it")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        return measure(options.lake)
    with tempfile.TemporaryDirectory(prefix="quantx-measure-") as scratch:
        lake = options.lake or options.keep or pathlib.Path(scratch) / "lake"
        if options.lake is None:
            make(lake, options.listings)
        python = run.engines()
        words = [python, __file__, "--inside", "--lake", lake.resolve()]
        return subprocess.run(words, env=run.clean(lake, python), check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
