"""One column of the bars as a matrix: a row per date, a column per listing."""

from collections.abc import Iterable
from typing import Any

import polars as pl

from quantx import _frames
from quantx._bars import Adjusted, select
from quantx._frames import Frame
from quantx._lake import Date, Lake, LakeError, StorageOptions


def matrix(
    lake: Lake,
    column: str = "Close",
    *,
    symbols: str | Iterable[str] | None = None,
    universe: str | None = None,
    exchange: str | None = None,
    start: Date | None = None,
    end: Date | None = None,
    adjusted: Adjusted = "none",
    frame: Frame = "polars",
    storage_options: StorageOptions = None,
) -> Any:
    """One column of :func:`quantx.bars`: ``Date``, then a column per ticker, both sorted; null where there is no bar.

    With ``universe`` a listing is null on the days on which it was no member. Takes what :func:`quantx.bars` takes, but
    for ``frame="lazy"``: which columns there are is known when the bars are read.

    Raises:
        LakeError: what :func:`quantx.bars` raises, or a column that has no number for each bar on that price basis.
    """
    _frames.check(frame)
    if frame == "lazy":
        raise LakeError("a matrix cannot be lazy; frame is one of polars, pandas, arrow")
    scan = select(lake, symbols, universe, exchange, (start, end), adjusted, storage_options)
    numbers = [name for name, kind in scan.collect_schema().items() if kind.is_numeric()]
    if column not in numbers:
        raise LakeError(f"column is {column!r}; with adjusted={adjusted!r} it is one of {', '.join(numbers)}")
    return _frames.hand_over(_spread(scan.select("Date", "Ticker", column).collect(), column).lazy(), frame)


def _spread(table: pl.DataFrame, column: str) -> pl.DataFrame:
    """Puts each value at its place in one long column, and cuts that into tickers.

    A pivot of polars 2.1 compares text per cell and takes seconds for hundreds of listings; this takes a tenth.
    """
    dates, tickers = table["Date"].unique().sort(), table["Ticker"].unique().sort()
    listing = pl.col("Ticker").cast(pl.Enum(tickers)).to_physical().cast(pl.Int64)
    session = dates.search_sorted(table["Date"]).cast(pl.Int64)
    places = table.select(listing * len(dates) + session).to_series()
    cells = pl.select(pl.repeat(None, len(dates) * len(tickers), dtype=table.schema[column])).to_series()
    cells = cells.scatter(places, table[column])
    columns = [cells.slice(at * len(dates), len(dates)).alias(ticker) for at, ticker in enumerate(tickers)]
    return pl.DataFrame([dates, *columns])
