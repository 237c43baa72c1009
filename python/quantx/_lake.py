"""Where things lie in a lake, and the errors that say so."""

import datetime
import os
import pathlib
import re
from collections.abc import Iterable, Mapping

import polars as pl

Lake = str | os.PathLike[str]
Date = str | datetime.date
StorageOptions = Mapping[str, str] | None

# What the lake writes as a code of an exchange and as a name of a universe (docs/data-model.md, Paths). A
# star or a slash in one of them would read other files than those that were meant.
_CODE = re.compile(r"[a-z0-9]+")
_UNIVERSE = re.compile(r"[A-Za-z0-9_-]+")


class LakeError(Exception):
    """The lake has not what was asked for, or the question cannot be answered; says what was read and what to do."""


def root(lake: Lake) -> str:
    """The lake's address without a slash at its end.

    Raises:
        LakeError: it is a folder of this machine and is not there.
    """
    address = os.fspath(lake).rstrip("/\\") or "/"
    if not is_remote(address) and not pathlib.Path(address).is_dir():
        raise LakeError(f"{address!r} is no folder; a lake is the folder that has data/ and panel/ in it, such as ./data")
    return address


def is_remote(address: str) -> bool:
    """Whether it is an address such as az://market-data, not a folder of this machine."""
    return "://" in address


def panel(address: str, exchange: str | None, options: StorageOptions) -> pl.LazyFrame:
    """All bars of an exchange, or of every exchange, from the tables that runs make for readers."""
    return _scan(address, "panel", exchange, "/year=*", options)


def events(address: str, exchange: str | None, options: StorageOptions) -> pl.LazyFrame:
    """All splits, dividends and capital gains that are applied."""
    return _scan(address, "actions", exchange, "", options)


def _scan(address: str, table: str, exchange: str | None, years: str, options: StorageOptions) -> pl.LazyFrame:
    if exchange is not None and not _CODE.fullmatch(exchange):
        raise LakeError(f"{exchange!r} is no exchange of a lake; it is a code such as us or hk")
    pattern = f"{address}/{table}/exchange={exchange or '*'}{years}/data.parquet"
    # The files say everything themselves: what a reader makes of folder names is one more chance to be wrong.
    scan = pl.scan_parquet(pattern, hive_partitioning=False, storage_options=_options(options))
    try:
        scan.collect_schema()
    except (FileNotFoundError, pl.exceptions.ComputeError, OSError) as error:
        if not _is_absence(error):
            raise
        raise LakeError(
            f"no table at {pattern}: the lake has no bars there yet, or {address!r} is not a lake's folder; "
            "every backfill and daily update makes panel/ and actions/ at its end"
        ) from error
    return scan


def meta(address: str, name: str, options: StorageOptions) -> pl.DataFrame | None:
    """A csv table of meta/ with every cell as text, or None where the lake has none of that name."""
    path = f"{address}/meta/{name}"
    try:
        return pl.read_csv(path, infer_schema=False, storage_options=_options(options)) if is_remote(path) else _local(path)
    except (FileNotFoundError, pl.exceptions.ComputeError, OSError) as error:
        if not _is_absence(error):
            raise
        return None


def _local(path: str) -> pl.DataFrame:
    return pl.read_csv(pathlib.Path(path).read_bytes(), infer_schema=False)


def _is_absence(error: Exception) -> bool:
    """Whether an error of polars says that nothing is there: other errors are told as they are."""
    text = str(error).lower()
    absent = ("no such file", "not found", "expanded paths were empty", "404", "no files", "at least 1 source")
    return isinstance(error, FileNotFoundError) or any(word in text for word in absent)


def _options(options: StorageOptions) -> dict[str, str] | None:
    return dict(options) if options else None


def universe_name(name: str) -> str:
    """A universe's name, as it stands in file names.

    Raises:
        LakeError: it can be none.
    """
    if not _UNIVERSE.fullmatch(name):
        raise LakeError(f"{name!r} is no universe's name; it is a word such as us_sp500")
    return name


def date(value: Date | None, what: str) -> datetime.date | None:
    """A date, or its text YYYY-MM-DD.

    Raises:
        LakeError: the text is no date, or the value has a time of day: bars have the exchange's own date.
    """
    if value is None:
        return None
    if isinstance(value, datetime.datetime) or not isinstance(value, str | datetime.date):
        raise LakeError(f"{what} is {value!r}; it is a date, such as '2024-01-31' or datetime.date(2024, 1, 31)")
    if isinstance(value, datetime.date):
        return value
    try:
        return datetime.datetime.strptime(value, "%Y-%m-%d").date()
    except ValueError as error:
        raise LakeError(f"{what} is {value!r}; a date is written YYYY-MM-DD") from error


def symbols(value: str | Iterable[str]) -> list[str]:
    """Symbols as the column Ticker has them.

    Raises:
        LakeError: one is a number: 0700.HK has lost its zeros and its suffix on the way.
    """
    if isinstance(value, str):
        value = [value]
    listed = list(value)
    for symbol in listed:
        if not isinstance(symbol, str) or symbol.isdigit():
            raise LakeError(f"{symbol!r} is no symbol; symbols are text with their suffix: AAPL, 0700.HK, 7203.T")
    return listed
