"""Splits, dividends and capital gains."""

from collections.abc import Iterable
from typing import Any

import polars as pl

from quantx import _frames, _lake
from quantx._frames import Frame
from quantx._lake import Lake, StorageOptions


def actions(
    lake: Lake,
    *,
    symbols: str | Iterable[str] | None = None,
    exchange: str | None = None,
    frame: Frame = "polars",
    storage_options: StorageOptions = None,
) -> Any:
    """Every event that is applied: ``Date`` (ex-date), ``Ticker``, ``Exchange``, ``Kind``, ``Ratio``, ``Amount``.

    ``Kind`` is ``split``, ``dividend`` or ``capital_gain``. Amounts are per share as traded on the ex-date, in the
    quoted unit. An event that was judged wrong is not among them; the listing's record says why.

    Raises:
        LakeError: no lake there, or a symbol that can be none.
    """
    _frames.check(frame)
    scan = _lake.events(_lake.root(lake), exchange, storage_options)
    if symbols is not None:
        scan = scan.filter(pl.col("Ticker").is_in(_lake.symbols(symbols)))
    return _frames.hand_over(scan.sort("Date", "Ticker", "Kind"), frame)


def dividends_by_year(
    lake: Lake,
    *,
    symbols: str | Iterable[str] | None = None,
    exchange: str | None = None,
    frame: Frame = "polars",
    storage_options: StorageOptions = None,
) -> Any:
    """Cash per share and year of the ex-date, capital gains included: ``Ticker``, ``Year``, ``Dividends``, ``Payments``.

    In the shares of the listing's last row, so that the years of a listing that split can be compared.

    Raises:
        LakeError: no lake there, or a symbol that can be none.
    """
    _frames.check(frame)
    scan = _lake.panel(_lake.root(lake), exchange, storage_options).filter(pl.col("Dividends") > 0)
    if symbols is not None:
        scan = scan.filter(pl.col("Ticker").is_in(_lake.symbols(symbols)))
    cash = (pl.col("Dividends") / pl.col("Split Factor")).sum()
    years = scan.group_by("Ticker", pl.col("Date").dt.year().alias("Year")).agg(cash, pl.len().alias("Payments"))
    return _frames.hand_over(years.sort("Ticker", "Year"), frame)
