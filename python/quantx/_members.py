"""Who was a member of a universe, and when."""

import datetime

import polars as pl

from quantx import _lake
from quantx._lake import Date, Lake, LakeError, StorageOptions


def members(lake: Lake, universe: str, on: Date | None = None, *, storage_options: StorageOptions = None) -> list[str]:
    """The members of a universe on a date (today), those who left since among them, sorted.

    The end of a membership is exclusive: the first day as none. Symbols are those of the time, and one that the
    vendor has under another symbol now (FB, META), or not any more, has no bars under it.

    Raises:
        LakeError: the lake has no membership of the universe, or it begins later: nobody is guessed.
    """
    day = _lake.date(on, "on") or datetime.datetime.now(tz=datetime.timezone.utc).date()
    known = spells(lake, universe, storage_options=storage_options)
    _known(known, universe, day)
    there = known.filter((pl.col("from") <= day) & (pl.col("to").is_null() | (pl.col("to") > day)))
    return sorted(set(there["symbol"]))


def spells(lake: Lake, universe: str, *, storage_options: StorageOptions = None) -> pl.DataFrame:
    """Every spell of membership: ``symbol``, ``from`` (first day), ``to`` (first day as none, null: still one), ``source``.

    What the words of ``source`` prove, and what ``unproven`` does not, is in docs/data-model.md, Membership.

    Raises:
        LakeError: the lake has no membership of the universe, or a table that is none.
    """
    name = f"membership_{_lake.universe_name(universe)}.csv"
    table = _lake.meta(_lake.root(lake), name, storage_options)
    if table is None:
        raise LakeError(
            f"meta/{name} is not in the lake: `quantx refresh-universe` writes it for the universes of a phase, "
            "`quantx members import FILE` stores a history of your own; for a plain list pass symbols=..."
        )
    lacking = {"symbol", "from", "to"} - set(table.columns)
    if lacking or table.is_empty():
        raise LakeError(f"meta/{name} has the columns {table.columns} and {table.height} rows; needed are symbol, from and to")
    try:
        known = table.with_columns(pl.col("from", "to").str.to_date("%Y-%m-%d")).sort("symbol", "from")
    except pl.exceptions.InvalidOperationError as error:
        raise LakeError(f"meta/{name} has a line whose date is none, which `quantx verify` names: {error}") from error
    # A bar of two spells would be counted twice.
    before = pl.col("to").shift().over("symbol")
    again = known.filter((pl.col("symbol").cum_count().over("symbol") > 1) & (before.is_null() | (before > pl.col("from"))))
    if not again.is_empty():
        raise LakeError(f"meta/{name} has spells of {again['symbol'][0]} that overlap; mend the one from {again['from'][0]}")
    return known


def only_while_members(bars: pl.LazyFrame, known: pl.DataFrame, universe: str, start: datetime.date | None) -> pl.LazyFrame:
    """The bars of days on which their listing was a member; a listing may come, leave and come back."""
    if start is not None:
        _known(known, universe, start)
    ranges = known.select(pl.col("symbol").alias("Ticker"), "from", "to").lazy()
    inside = (pl.col("Date") >= pl.col("from")) & (pl.col("to").is_null() | (pl.col("Date") < pl.col("to")))
    return bars.join(ranges, on="Ticker", maintain_order="left").filter(inside).drop("from", "to")


def _known(known: pl.DataFrame, universe: str, day: datetime.date) -> None:
    first = known["from"].min()
    if isinstance(first, datetime.date) and day < first:
        raise LakeError(f"the members of {universe} are known since {first}, not on {day}; ask from then on, or import an older history")
