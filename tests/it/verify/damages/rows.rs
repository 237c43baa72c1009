//! Damages of rows, under a right seal.

use super::*;

#[test]
fn damages_of_rows() {
    check(
        "rows",
        &[
            ("one row is dropped", |desk| {
                rows(desk, &bars("MSFT", 2004), |year| remove_row(year, 100));
            }),
            ("the last row is dropped", |desk| {
                rows(desk, &bars("AAPL", 2013), |year| {
                    remove_row(year, year.bars.len() - 1);
                });
            }),
            ("one row is dropped and the record follows", |desk| {
                rows(desk, &bars("MSFT", 2004), |year| remove_row(year, 100));
                recommit(desk, "MSFT", 2004);
            }),
            ("two rows are swapped", |desk| {
                rows(desk, &bars("AAPL", 2005), |year| swap_rows(year, 10, 11));
            }),
            ("a row stands twice", |desk| {
                rows(desk, &bars("AAPL", 2005), |year| repeat_row(year, 10));
            }),
            ("a row stands twice and the record follows", |desk| {
                rows(desk, &bars("AAPL", 2005), |year| repeat_row(year, 10));
                let bytes = read(desk, &bars("AAPL", 2005));
                json(desk, &record("AAPL"), |record| {
                    record["years"]["2005"]["sha256"] = codec::sha256_hex(&bytes).into();
                });
            }),
            ("a row stands twice and all of the record follows", |desk| {
                rows(desk, &bars("AAPL", 2005), |year| repeat_row(year, 10));
                let bytes = read(desk, &bars("AAPL", 2005));
                json(desk, &record("AAPL"), |record| {
                    let entry = &mut record["years"]["2005"];
                    entry["sha256"] = codec::sha256_hex(&bytes).into();
                    entry["rows"] = 253.into();
                });
            }),
            ("a row is on a holiday and the record follows", |desk| {
                rows(desk, &bars("AAPL", 2004), |year| {
                    let holiday = date(2004, 7, 5);
                    let mut dates = year.bars.iter().map(|bar| bar.date.date());
                    let before = dates.rposition(|date| date < holiday).unwrap();
                    repeat_row(year, before);
                    year.bars[before + 1].date = hong_kong(holiday);
                });
                recommit(desk, "AAPL", 2004);
            }),
            ("one close is changed", |desk| {
                rows(desk, &bars("IBM", 2008), |year| {
                    let bar = &mut year.bars[50];
                    bar.close = price((known(bar.high) + known(bar.low)) / 2.0);
                });
            }),
            ("one bar is absurd and the record follows", |desk| {
                rows(desk, &bars("IBM", 2008), |year| {
                    let bar = &mut year.bars[50];
                    bar.close = price(1e308);
                    (bar.open, bar.high, bar.low) =
                        (Some(bar.close), Some(bar.close), Some(bar.close));
                });
                recommit(desk, "IBM", 2008);
            }),
            ("one close is above the high", |desk| {
                rows(desk, &bars("IBM", 2008), |year| {
                    let bar = &mut year.bars[50];
                    bar.close = price(known(bar.high) * 1.5);
                });
            }),
            ("one high is below the low", |desk| {
                rows(desk, &bars("IBM", 2008), |year| {
                    let bar = &mut year.bars[50];
                    bar.high = Some(price(known(bar.low) / 2.0));
                });
            }),
            ("one volume is impossible", |desk| {
                rows(desk, &bars("IBM", 2008), |year| {
                    year.bars[50].volume = Some(u64::MAX);
                });
            }),
            ("one volume is another", |desk| {
                rows(desk, &bars("IBM", 2008), |year| {
                    year.bars[50].volume = year.bars[50].volume.map(|volume| volume + 1);
                });
            }),
            ("Adj Close is off by the last bit", |desk| {
                rows(desk, &bars("AAPL", 2005), |year| {
                    let value = &mut year.derived.adjusted_close[20];
                    *value = f64::from_bits(value.to_bits() + 1);
                });
            }),
            (
                "Adj Close is off by the last bit and the record follows",
                |desk| {
                    rows(desk, &bars("AAPL", 2005), |year| {
                        let value = &mut year.derived.adjusted_close[20];
                        *value = f64::from_bits(value.to_bits() + 1);
                    });
                    recommit(desk, "AAPL", 2005);
                },
            ),
            ("Split Factor is wrong", |desk| {
                rows(desk, &bars("AAPL", 2004), |year| {
                    year.derived.split_factor[3] = 1.0;
                });
            }),
            ("a dividend is zero", |desk| {
                rows(desk, &bars("AAPL", 2012), |year| {
                    year.derived.dividends.fill(0.0)
                });
            }),
            ("a split is gone", |desk| {
                rows(desk, &bars("MSFT", 2003), |year| {
                    year.derived.splits.fill(0.0)
                });
            }),
            ("a row is on a holiday", |desk| {
                rows(desk, &bars("AAPL", 2004), |year| {
                    let holiday = date(2004, 7, 5);
                    let mut dates = year.bars.iter().map(|bar| bar.date.date());
                    let before = dates.rposition(|date| date < holiday).unwrap();
                    repeat_row(year, before);
                    year.bars[before + 1].date = hong_kong(holiday);
                });
            }),
            ("a row is in the file of another year", |desk| {
                let mut moved = None;
                rows(desk, &bars("AAPL", 2004), |year| {
                    let last = year.bars.len() - 1;
                    moved = Some((year.bars[last], year.derived.clone()));
                    remove_row(year, last);
                });
                let (bar, derived) = moved.unwrap();
                rows(desk, &bars("AAPL", 2005), |year| {
                    year.bars.insert(0, bar);
                    let last = derived.splits.len() - 1;
                    let into = &mut year.derived;
                    into.adjusted_close.insert(0, derived.adjusted_close[last]);
                    into.split_factor.insert(0, derived.split_factor[last]);
                    into.dividends.insert(0, derived.dividends[last]);
                    into.splits.insert(0, derived.splits[last]);
                });
            }),
        ],
    );
}
