-- Macros for DuckDB that read a lake: `.read docs/quantx.sql`, or duckdb.execute(open("docs/quantx.sql").read()).
-- They read panel/, actions/ and meta/ and nothing else, so no bar is seen twice. `lake` is the lake's folder, such as 'data'.
-- Exchanges are all read unless told: bars('data', exchange_code := 'hk').
-- (The parameter is not called exchange: DuckDB would put it in the place of the column Exchange.)
-- docs/reading.md shows them at work; docs/data-model.md says what the columns mean.

-- Bars as they are stored: prices and volume as traded on the day.
CREATE OR REPLACE MACRO bars(lake, exchange_code := '*') AS TABLE
SELECT *
FROM read_parquet(lake || '/panel/exchange=' || exchange_code || '/year=*/data.parquet', hive_partitioning = false);

-- Open to close, volume and dividends in the shares of the listing's last row.
CREATE OR REPLACE MACRO bars_split(lake, exchange_code := '*') AS TABLE
SELECT "Date", "Ticker", "Exchange",
       "Open" / "Split Factor" AS "Open", "High" / "Split Factor" AS "High",
       "Low" / "Split Factor" AS "Low", "Close" / "Split Factor" AS "Close",
       "Volume" * "Split Factor" AS "Volume", "Dividends" / "Split Factor" AS "Dividends"
FROM bars(lake, exchange_code := exchange_code);

-- Open to close with dividends reinvested too. No column of dividends: they are in the prices.
CREATE OR REPLACE MACRO bars_total(lake, exchange_code := '*') AS TABLE
SELECT "Date", "Ticker", "Exchange",
       "Open" * factor AS "Open", "High" * factor AS "High", "Low" * factor AS "Low", "Adj Close" AS "Close",
       "Volume" * "Split Factor" AS "Volume"
FROM (
    -- A future may close at zero, and is not adjusted.
    SELECT *, CASE WHEN "Adj Close" = "Close" THEN 1.0 ELSE "Adj Close" / "Close" END AS factor
    FROM bars(lake, exchange_code := exchange_code)
);

-- Splits, dividends and capital gains that are applied.
CREATE OR REPLACE MACRO actions(lake, exchange_code := '*') AS TABLE
SELECT *
FROM read_parquet(lake || '/actions/exchange=' || exchange_code || '/data.parquet', hive_partitioning = false);

-- Spells of membership; "to" is the first day as none, null for members of today.
CREATE OR REPLACE MACRO spells(lake, universe) AS TABLE
SELECT symbol, CAST("from" AS DATE) AS "from", CAST("to" AS DATE) AS "to", source
FROM read_csv(lake || '/meta/membership_' || universe || '.csv', header = true, all_varchar = true);

-- Who was a member on a date. A date before the first spell is an error, never an empty list.
CREATE OR REPLACE MACRO members(lake, universe, day) AS TABLE
SELECT symbol
FROM spells(lake, universe)
WHERE "from" <= CAST(day AS DATE) AND ("to" IS NULL OR "to" > CAST(day AS DATE))
  AND CASE WHEN CAST(day AS DATE) < (SELECT min("from") FROM spells(lake, universe))
           THEN error('the members of ' || universe || ' are not known on ' || CAST(day AS VARCHAR)) ELSE true END
ORDER BY symbol;

-- Bars of each listing on the days on which it was a member, those who left since among them.
CREATE OR REPLACE MACRO member_bars(lake, universe, exchange_code := '*') AS TABLE
SELECT bars.*
FROM bars(lake, exchange_code := exchange_code) AS bars
JOIN spells(lake, universe) AS spells
  ON bars."Ticker" = spells.symbol AND bars."Date" >= spells."from"
 AND (spells."to" IS NULL OR bars."Date" < spells."to");

-- Spells of membership without a single bar: what is left of survivorship bias, by name.
CREATE OR REPLACE MACRO unpriced(lake, universe) AS TABLE
SELECT symbol, "from", "to"
FROM spells(lake, universe) AS spells
WHERE NOT EXISTS (
  SELECT 1 FROM bars(lake) AS bars
  WHERE bars."Ticker" = spells.symbol AND bars."Date" >= spells."from" AND (spells."to" IS NULL OR bars."Date" < spells."to"))
ORDER BY symbol, "from";

-- Cash per share and year of the ex-date, in the shares of the listing's last row.
CREATE OR REPLACE MACRO dividends_by_year(lake, exchange_code := '*') AS TABLE
SELECT "Ticker", CAST(year("Date") AS INTEGER) AS "Year",
       sum("Dividends" / "Split Factor") AS "Dividends", count(*) AS "Payments"
FROM bars(lake, exchange_code := exchange_code)
WHERE "Dividends" > 0
GROUP BY ALL
ORDER BY ALL;
