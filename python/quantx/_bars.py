"""Daily bars on a price basis that is named."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal, get_args, overload

import polars as pl

from quantx import _frames, _lake, _members
from quantx._frames import Frame
from quantx._lake import Date, Lake, LakeError, StorageOptions

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa  # type: ignore[import-untyped]

Adjusted = Literal["none", "split", "total"]
"""Price basis: as traded, in the shares of the last row, or with every dividend reinvested too."""

_KEYS = ("Date", "Ticker", "Exchange")
_PRICES = ("Open", "High", "Low", "Close")


@overload
def bars(
    lake: Lake, *, symbols: str | Iterable[str] | None = ..., universe: str | None = ..., exchange: str | None = ...,
    start: Date | None = ..., end: Date | None = ..., adjusted: Adjusted = ..., frame: Literal["polars"] = ...,
    storage_options: StorageOptions = ...,
) -> pl.DataFrame: ...
@overload
def bars(
    lake: Lake, *, symbols: str | Iterable[str] | None = ..., universe: str | None = ..., exchange: str | None = ...,
    start: Date | None = ..., end: Date | None = ..., adjusted: Adjusted = ..., frame: Literal["lazy"],
    storage_options: StorageOptions = ...,
) -> pl.LazyFrame: ...
@overload
def bars(
    lake: Lake, *, symbols: str | Iterable[str] | None = ..., universe: str | None = ..., exchange: str | None = ...,
    start: Date | None = ..., end: Date | None = ..., adjusted: Adjusted = ..., frame: Literal["pandas"],
    storage_options: StorageOptions = ...,
) -> "pd.DataFrame": ...
@overload
def bars(
    lake: Lake, *, symbols: str | Iterable[str] | None = ..., universe: str | None = ..., exchange: str | None = ...,
    start: Date | None = ..., end: Date | None = ..., adjusted: Adjusted = ..., frame: Literal["arrow"],
    storage_options: StorageOptions = ...,
) -> "pa.Table": ...
def bars(
    lake: Lake,
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
    """Daily bars, sorted by date, exchange and ticker.

    Args:
        lake: a folder such as ``data``, or an address that polars reads: ``az://market-data``.
        symbols: these listings, with their suffix as the lake has them: ``AAPL``, ``0700.HK``. One that has no
            bars is an error: it is more often a typing error than an empty history.
        universe: every listing on the days on which it was a member, those who left since among them. A
            member whose prices the vendor does not have is not in the answer; compare with :func:`members`.
        exchange: the lake's code, such as ``us``; all of them without it.
        start, end: first and last date, both inclusive, in each exchange's own time zone.
        adjusted: ``none``: every column as it is stored, prices and volume as traded on that day. ``split``:
            prices, dividends and volume in the shares of the listing's last row. ``total``: prices with
            dividends reinvested too (``Close`` is the lake's ``Adj Close``); dividends are left out, because
            they are in the prices. Adjusted volumes are floats: a share of a reverse split is a fraction. Both
            are scaled to the listing's last row in the lake, whatever ``end`` is.
        frame: ``polars``, ``lazy``, ``pandas`` (with Arrow types) or ``arrow``; the last two need pyarrow.
        storage_options: handed to polars for a lake in Blob Storage.

    Prices are in the quoted unit: pence stay pence. Null is unknown, and only in Open, High, Low and Volume.

    Raises:
        LakeError: no lake there, no bars of a symbol, a universe whose members are not known then.
    """
    _frames.check(frame)
    scan = select(lake, symbols, universe, exchange, (start, end), adjusted, storage_options)
    # Each panel is sorted by ticker and date, and panels are read in the order of their names: a stable sort by date
    # is all that several exchanges need. Sorting text as well would cost more than everything else.
    return _frames.hand_over(scan.sort("Date", maintain_order=True), frame)


def select(
    lake: Lake,
    symbols: str | Iterable[str] | None,
    universe: str | None,
    exchange: str | None,
    dates: tuple[Date | None, Date | None],
    adjusted: Adjusted,
    storage_options: StorageOptions,
) -> pl.LazyFrame:
    """The bars of :func:`bars`, in the order of the panels: by exchange, year, ticker and date.

    Raises:
        LakeError: as :func:`bars`.
    """
    if adjusted not in get_args(Adjusted):
        raise LakeError(f"adjusted is {adjusted!r}; it is one of {', '.join(get_args(Adjusted))}")
    first, last = _lake.date(dates[0], "start"), _lake.date(dates[1], "end")
    if first is not None and last is not None and last < first:
        raise LakeError(f"end is {last}, before start, {first}; both are inclusive")
    address = _lake.root(lake)
    scan = _lake.panel(address, exchange, storage_options)
    if symbols is not None:
        wanted = _lake.symbols(symbols)
        _all_there(scan, wanted, address)
        scan = scan.filter(pl.col("Ticker").is_in(wanted))
    if first is not None:
        scan = scan.filter(pl.col("Date") >= first)
    if last is not None:
        scan = scan.filter(pl.col("Date") <= last)
    if universe is not None:
        known = _members.spells(lake, universe, storage_options=storage_options)
        scan = _members.only_while_members(scan, known, universe, first)
    return _on_basis(scan, adjusted)


def _all_there(scan: pl.LazyFrame, wanted: list[str], address: str) -> None:
    there = set(scan.filter(pl.col("Ticker").is_in(wanted)).select(pl.col("Ticker").unique()).collect()["Ticker"])
    lacking = [symbol for symbol in wanted if symbol not in there]
    if lacking:
        raise LakeError(
            f"no bars of {', '.join(lacking)} in {address!r}; symbols are written with their suffix, as in the column "
            "Ticker (0700.HK); meta/symbols_manifest.csv names those that are there"
        )


def _on_basis(scan: pl.LazyFrame, adjusted: Adjusted) -> pl.LazyFrame:
    """Open, high, low and volume go the way that Split Factor and Adj Close of their own row go."""
    if adjusted == "none":
        return scan
    shares = pl.col("Split Factor")
    volume = pl.col("Volume") * shares
    if adjusted == "split":
        prices = [pl.col(name) / shares for name in _PRICES]
        return scan.select(*_KEYS, *prices, volume, pl.col("Dividends") / shares)
    # A future may close at zero, and is not adjusted.
    is_same = pl.col("Adj Close") == pl.col("Close")
    factor = pl.when(is_same).then(1.0).otherwise(pl.col("Adj Close") / pl.col("Close"))
    prices = [pl.col(name) * factor for name in _PRICES[:3]]
    return scan.select(*_KEYS, *prices, pl.col("Adj Close").alias("Close"), volume)
