"""What each engine must find in the Delta tables of the lake that delta.py made. The arguments are the lake's folder, and one
with the files as they were after its first run."""

import json
import pathlib
import sys
import sysconfig

import deltalake
import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa

BARS = ["date", "ticker", "exchange", "open", "high", "low", "close", "volume", "dividends", "stock_splits"]
SORT = ["ticker", "date"]
TOLERANCE = 1e-12


def plain(lake):
    """The truth: the files of each listing."""
    bars = pl.read_parquet(lake / "data/**/data.parquet", hive_partitioning=False)
    return bars.rename({name: name.lower().replace(" ", "_") for name in bars.columns}).sort(SORT)


def equal(name, found, expected):
    assert found.equals(expected), f"{name}: {found.shape} rows and columns, expected {expected.shape}:\n{found}\n{expected}"
    print(f"ok  {name}: {found.height} rows")


def adjusted(bars, factors):
    """The close adjusted for splits and dividends: the factor of the stretch that a bar lies in."""
    joined = bars.sort("date").join_asof(
        factors.sort("from_date"), left_on="date", right_on="from_date", by=["exchange", "ticker"], check_sortedness=False
    )
    assert joined["to_date"].is_null().sum() == 0 and (joined["date"] <= joined["to_date"]).all()
    return joined.with_columns(adj_close=pl.col("close") * pl.col("adj_factor")).sort(SORT)


def near(name, found, expected):
    worst = ((found - expected) / expected).abs().max()
    assert worst <= TOLERANCE, f"{name}: off by {worst:e}"
    print(f"ok  {name}: at most {worst:.1e} off")


def versions(lake):
    found = {}
    for table in ("bars", "factors"):
        text = json.loads((lake / "delta" / table / "_versions.json").read_text())
        found[table] = [(entry["version"], entry["run"]) for entry in text["versions"]]
        history = deltalake.DeltaTable(lake / "delta" / table).history()
        assert sorted((entry["version"], entry["run"]) for entry in history) == found[table], history
    assert [version for version, _ in found["bars"]] == [0, 1], found
    assert [version for version, _ in found["factors"]] == [0, 1], found
    print("ok  two of three runs changed something, and their names are in the log")


def main():
    lake = pathlib.Path(sys.argv[1])
    truth, bars, factors = plain(lake), lake / "delta/bars", lake / "delta/factors"
    expected, before = truth.select(BARS), plain(pathlib.Path(sys.argv[2])).select(BARS)
    versions(lake)

    table = deltalake.DeltaTable(bars)
    types = {field.name: str(field.type) for field in pa.schema(table.schema().to_arrow())}
    assert "view" not in str(types), types
    equal("deltalake", pl.from_arrow(table.to_pyarrow_table()).select(BARS).sort(SORT), expected)
    equal("deltalake, version 0", pl.from_arrow(deltalake.DeltaTable(bars, version=0).to_pyarrow_table()).select(BARS).sort(SORT), before)
    adds = pl.DataFrame(pa.table(table.get_add_actions(flatten=True)))
    assert adds["min.ticker"].to_list() == ["AAPL"] * 3 and adds["max.ticker"].to_list() == ["MSFT"] * 3, adds
    assert adds["num_records"].sum() == expected.height, adds
    # Neither VACUUM nor a clean-up of the log finds anything that it may take.
    assert deltalake.DeltaTable(bars).vacuum(dry_run=True) == []

    scan = pl.scan_delta(str(bars))
    equal("polars scan_delta", scan.select(BARS).sort(SORT).collect(), expected)
    one = scan.filter((pl.col("ticker") == "IBM") & (pl.col("date") >= pl.date(2012, 1, 1))).select(BARS).sort(SORT).collect()
    equal("polars, one ticker and year", one, expected.filter((pl.col("ticker") == "IBM") & (pl.col("date") >= pl.date(2012, 1, 1))))
    equal("polars, version 0", pl.scan_delta(str(bars), version=0).select(BARS).sort(SORT).collect(), before)
    stretches = pl.scan_delta(str(factors)).collect()
    near("polars, close * adj_factor", adjusted(expected, stretches)["adj_close"], truth["adj_close"])
    known = adjusted(before, pl.scan_delta(str(factors), version=0).collect())
    aapl = pl.col("ticker") == "AAPL"
    now = adjusted(expected, stretches)
    # The dividend of 2012-08-09 was not known on 2012-08-07: then the last row's adjusted close was its close.
    then = known.filter(aapl).tail(1)
    assert then["adj_close"].item() == then["close"].item(), then
    later = now.filter(aapl & (pl.col("date") == pl.date(2012, 8, 7)))
    assert later["adj_close"].item() < later["close"].item(), later
    print("ok  what was known on 2012-08-07 and what is known now are two prices")

    frame = table.to_pandas(types_mapper=pd.ArrowDtype)
    equal("pandas", pl.from_pandas(frame).select(BARS).sort(SORT), expected)

    con = duckdb.connect()
    # The wheel of the extension, because its usual address is not open to every machine.
    [extension] = pathlib.Path(sysconfig.get_path("purelib")).glob(f"duckdb_ext/extensions/v{duckdb.__version__}/*/delta.duckdb_extension")
    con.execute(f"LOAD '{extension}'")
    con.execute(f"ATTACH '{bars}' AS bars (TYPE delta); ATTACH '{factors}' AS factors (TYPE delta); ATTACH '{bars}' AS first (TYPE delta, VERSION 0)")
    columns = ", ".join(BARS)
    equal("DuckDB", con.sql(f"SELECT {columns} FROM bars ORDER BY ticker, date").pl(), expected)
    equal("DuckDB, version 0", con.sql(f"SELECT {columns} FROM first ORDER BY ticker, date").pl(), before)
    join = "FROM bars b JOIN factors f ON f.exchange = b.exchange AND f.ticker = b.ticker AND b.date BETWEEN f.from_date AND f.to_date"
    found = con.sql(f"SELECT b.close * f.adj_factor AS adj_close {join} ORDER BY b.ticker, b.date").pl()
    near("DuckDB, range join", found["adj_close"], truth["adj_close"])
    join = "FROM bars b ASOF JOIN factors f ON f.exchange = b.exchange AND f.ticker = b.ticker AND b.date >= f.from_date"
    found = con.sql(f"SELECT b.close * f.adj_factor AS adj_close {join} ORDER BY b.ticker, b.date").pl()
    near("DuckDB, ASOF join", found["adj_close"], truth["adj_close"])

    for engine, rows in [("panel", pl.read_parquet(lake / "panel/**/data.parquet", hive_partitioning=False))]:
        found = rows.rename({name: name.lower().replace(" ", "_") for name in rows.columns}).sort(SORT)
        equal(engine, found.select(truth.columns), truth)


if __name__ == "__main__":
    main()
