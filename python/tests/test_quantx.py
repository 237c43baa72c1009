"""The module against the lakes that tests/readers/run.py makes: `data`, the sample, and `world`, made up."""

import datetime
import os
import pathlib

import duckdb
import polars as pl
import pytest
import quantx
from quantx import LakeError

FOLDER = pathlib.Path(os.environ["QUANTX_TEST_LAKES"])
SAMPLE = FOLDER / "data"
WORLD = FOLDER / "world"
MACROS = (pathlib.Path(__file__).parents[2] / "docs" / "quantx.sql").read_text()
BASES = ("none", "split", "total")


def rows_of_files(lake):
    """Every row of the files that runs commit, past panels and folder names."""
    return pl.read_parquet(sorted((lake / "data").glob("*/*/*/data.parquet")), hive_partitioning=False).sort("Date", "Exchange", "Ticker")


@pytest.mark.parametrize("lake", [SAMPLE, WORLD])
def test_as_stored_bars_are_the_rows_of_the_committed_files_bit_for_bit(lake):
    assert quantx.bars(lake).equals(rows_of_files(lake))


@pytest.mark.parametrize("lake", [SAMPLE, WORLD])
@pytest.mark.parametrize("macro, adjusted", [("bars", "none"), ("bars_split", "split"), ("bars_total", "total")])
def test_macro_and_function_give_the_same_bits(lake, macro, adjusted):
    with duckdb.connect() as connection:
        connection.execute(MACROS)
        theirs = connection.sql(f"SELECT * FROM {macro}('{lake}') ORDER BY \"Date\", \"Exchange\", \"Ticker\"").pl()
    ours = quantx.bars(lake, adjusted=adjusted)
    assert theirs.columns == ours.columns
    assert ours.equals(theirs.cast(dict(ours.schema)))


def test_total_return_of_a_day_is_the_price_with_the_dividend_over_the_price_before():
    world = rows_of_files(WORLD).sort("Ticker", "Date")
    before = pl.col("Close").shift().over("Ticker")
    ratio = pl.when(pl.col("Stock Splits") > 0).then("Stock Splits").otherwise(1.0)
    # The rule of docs/data-model.md, Adjustment: the dividend is in the shares of its own day, after that day's split.
    expected = world.with_columns(expected=pl.col("Close") / (before / ratio - pl.col("Dividends"))).select("Date", "Ticker", "expected")
    total = quantx.bars(WORLD, adjusted="total").sort("Ticker", "Date")
    compared = total.with_columns(found=pl.col("Close") / pl.col("Close").shift().over("Ticker")).join(expected, on=["Date", "Ticker"])
    off = compared.drop_nulls("found").filter((pl.col("found") / pl.col("expected") - 1).abs() > 1e-12)
    assert compared.drop_nulls("found").height > 10_000
    assert off.is_empty(), off


def test_a_split_leaves_no_jump_on_either_basis_and_its_ratio_as_traded():
    days = {"start": "2005-02-25", "end": "2005-02-28"}
    first, second = quantx.bars(SAMPLE, symbols="AAPL", **days)["Close"]
    assert (first, second) == (88.99, 44.86)
    for adjusted in ("split", "total"):
        first, second = quantx.bars(SAMPLE, symbols="AAPL", adjusted=adjusted, **days)["Close"]
        assert second / first == pytest.approx(44.86 / 44.495, rel=1e-12)


def test_money_traded_is_the_same_on_the_split_basis():
    traded = quantx.bars(WORLD).select(money=pl.col("Close") * pl.col("Volume"))
    split = quantx.bars(WORLD, adjusted="split").select(money=pl.col("Close") * pl.col("Volume"))
    apart = (traded["money"] - split["money"]).abs() > 1e-9 * traded["money"]
    assert not apart.any()


def test_bars_of_a_universe_are_those_of_its_members_on_each_day():
    frame = quantx.bars(WORLD, universe="us_mine")
    assert frame.equals(frame.sort("Date", "Exchange", "Ticker"))
    tickers = {day: sorted(there) for day, there in frame.group_by("Date").agg("Ticker").iter_rows()}
    around = [f"{day:%Y-%m-%d}" for day in sorted(tickers)]
    changes = [around.index(day) for day in ("2010-01-04", "2011-01-03", "2012-06-29")]
    days = {*around[::100], *(around[at + step] for at in changes for step in (-1, 0, 1))}
    for day in days:
        assert tickers[datetime.date.fromisoformat(day)] == quantx.members(WORLD, "us_mine", on=day), day
    assert "S0008" in set(frame["Ticker"])
    assert frame.filter(pl.col("Ticker") == "S0008")["Date"].max() == datetime.date(2012, 6, 28)


def test_dates_are_inclusive_on_both_sides_and_taken_as_text_or_date():
    text = quantx.bars(SAMPLE, symbols=["FB"], start="2012-05-18", end="2012-05-21")
    assert text["Date"].to_list() == [datetime.date(2012, 5, 18), datetime.date(2012, 5, 21)]
    assert text.equals(quantx.bars(SAMPLE, symbols="FB", start=datetime.date(2012, 5, 18), end=datetime.date(2012, 5, 21)))


@pytest.mark.parametrize("adjusted", BASES)
def test_every_kind_of_frame_has_the_same_values(adjusted):
    asked = {"symbols": "IBM", "start": "2012-01-01", "adjusted": adjusted}
    expected = quantx.bars(SAMPLE, **asked)
    assert quantx.bars(SAMPLE, frame="lazy", **asked).collect().equals(expected)
    table = quantx.bars(SAMPLE, frame="arrow", **asked)
    assert pl.from_arrow(table).equals(expected)
    assert str(table.schema.field("Ticker").type) in ("string", "large_string")
    pandas = quantx.bars(SAMPLE, frame="pandas", **asked)
    assert pl.from_pandas(pandas).equals(expected)
    assert len(pandas[pandas["Ticker"] == "IBM"]) == expected.height


@pytest.mark.parametrize("asked", [{}, {"adjusted": "total", "universe": "us_mine"}, {"column": "Volume", "adjusted": "split"}])
def test_a_matrix_has_the_values_of_a_pivot(asked):
    column = asked.pop("column", "Close")
    rows = quantx.bars(WORLD, **asked)
    expected = rows.pivot("Ticker", index="Date", values=column, sort_columns=True).sort("Date")
    found = quantx.matrix(WORLD, column, **asked)
    assert found.equals(expected.select("Date", *sorted(set(rows["Ticker"]))))
    assert found.select(pl.exclude("Date").null_count()).sum_horizontal().item() > 0


def test_a_matrix_of_what_is_no_number_or_not_there_is_refused():
    for column, adjusted in (("Ticker", "none"), ("Dividends", "total"), ("Adj Close", "split")):
        with pytest.raises(LakeError, match="it is one of Open, High, Low, Close"):
            quantx.matrix(SAMPLE, column, adjusted=adjusted)
    with pytest.raises(LakeError, match="cannot be lazy"):
        quantx.matrix(SAMPLE, frame="lazy")


def test_codes_of_hong_kong_keep_their_zeros():
    assert set(quantx.bars(WORLD, exchange="hk")["Ticker"]) == {"0009.HK", "0039.HK"}
    assert set(quantx.actions(WORLD, exchange="hk")["Ticker"]) == {"0009.HK", "0039.HK"}


def test_dividends_of_a_year_are_the_cash_of_its_bars():
    years = quantx.dividends_by_year(SAMPLE)
    special = years.row(by_predicate=(pl.col("Ticker") == "MSFT") & (pl.col("Year") == 2004))
    assert special == ("MSFT", 2004, pytest.approx(3.16), 2)
    cash = quantx.actions(SAMPLE).filter(pl.col("Kind") == "dividend")
    assert years["Payments"].sum() == cash.height == 92


@pytest.mark.parametrize(
    "asked, said",
    [
        ({"symbols": ["AAPL", "APPL"]}, "no bars of APPL"),
        ({"symbols": [700]}, "700 is no symbol"),
        ({"symbols": ["700"]}, "'700' is no symbol; symbols are text with their suffix"),
        ({"start": "2012/05/18"}, "a date is written YYYY-MM-DD"),
        ({"start": datetime.datetime(2012, 5, 18)}, "start is datetime.datetime"),
        ({"start": "2013-01-02", "end": "2013-01-01"}, "before start"),
        ({"adjusted": "dividends"}, "it is one of none, split, total"),
        ({"frame": "dask"}, "it is one of polars, lazy, pandas, arrow"),
        ({"exchange": "*"}, "is no exchange of a lake"),
        ({"exchange": "jp"}, "no table at"),
        ({"universe": "us_sp500"}, "meta/membership_us_sp500.csv is not in the lake"),
        ({"universe": "../secret"}, "is no universe's name"),
    ],
)
def test_what_cannot_be_answered_is_an_error_that_says_what_is_allowed(asked, said):
    with pytest.raises(LakeError, match=said.replace("*", r"\*")):
        quantx.bars(SAMPLE, **asked)


def test_a_folder_that_is_no_lake_is_told_and_one_that_is_missing_too(tmp_path):
    with pytest.raises(LakeError, match="the lake has no bars there yet"):
        quantx.bars(tmp_path)
    with pytest.raises(LakeError, match="is no folder"):
        quantx.bars(tmp_path / "data")


def test_members_of_a_day_before_the_history_are_an_error_never_an_empty_list():
    for ask in (lambda: quantx.members(WORLD, "us_mine", on="2007-12-31"), lambda: quantx.bars(WORLD, universe="us_mine", start="2007-12-31")):
        with pytest.raises(LakeError, match="known since 2008-01-02, not on 2007-12-31"):
            ask()


@pytest.mark.parametrize(
    "text, said",
    [
        ("symbol,from,to,source\nA,2008-01-02,2010-01-04,imported\nA,2010-01-01,,imported\n", "spells of A that overlap"),
        ("symbol,from,to,source\nA,2008-01-02,,imported\nA,2010-01-01,,imported\n", "spells of A that overlap"),
        ("symbol,from,to,source\nA,yesterday,,imported\n", "a line whose date is none"),
        ("ticker,since\nA,2008-01-02\n", "needed are symbol, from and to"),
    ],
)
def test_a_membership_that_would_count_a_bar_twice_or_not_at_all_is_refused(tmp_path, text, said):
    (tmp_path / "meta").mkdir()
    (tmp_path / "meta" / "membership_mine.csv").write_text(text)
    with pytest.raises(LakeError, match=said):
        quantx.spells(tmp_path, "mine")
