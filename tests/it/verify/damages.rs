//! Named damages, each alone: what is found, and what a repair does without and with the vendor.

use std::fmt::Write;
use std::fs;

use jiff::civil::date;
use quantx::lake::codec;
use quantx::market::Price;

use super::inflict::{
    bars, edit, hong_kong, json, read, recommit, record, remove, remove_row, repeat_row, rows,
    swap_rows, write,
};
use super::{copy_of, differing, finding_lines, text, verify, whole};
use crate::cli::Desk;

/// A name, and what it does to the lake.
type Damage = (&'static str, fn(&Desk));

/// Inflicts each damage on a copy of its own and tells the story of all in a snapshot.
fn check(group: &str, damages: &[Damage]) {
    let whole = whole();
    let mut story = String::new();
    for (name, inflict) in damages {
        let desk = copy_of(&whole);
        inflict(&desk);
        writeln!(story, "{name}").unwrap();
        let before = desk.lake();
        let report = verify(&desk, &["--deep"]).ends_with(1).json();
        let found = finding_lines(&report["findings"]);
        assert!(!found.is_empty(), "{name}");
        for line in &found {
            writeln!(story, "  found    {line}").unwrap();
        }
        // A quick proof may see less, but never something else, and it never calls damage clean that
        // it can see: whatever it finds is in the deep one.
        let quick = finding_lines(&verify(&desk, &[]).json()["findings"]);
        assert!(
            quick
                .iter()
                .all(|line| found.contains(line) || line.starts_with("session_missing")),
            "{name}: {quick:?}"
        );
        if quick.is_empty() {
            writeln!(story, "  only with --deep").unwrap();
        }
        let dry = verify(&desk, &["--deep", "--repair", "--dry-run"]).ends_with(1);
        assert_eq!(finding_lines(&dry.json()["findings"]), found, "{name}");
        assert_eq!(desk.lake(), before, "{name}: looking changed the lake");
        for flags in [
            &["--deep", "--repair", "--offline"][..],
            &["--deep", "--repair"],
        ] {
            let ran = verify(&desk, flags);
            let report = ran.json();
            let way = if flags.len() == 3 {
                "offline"
            } else {
                "vendor "
            };
            for repair in report["repairs"].as_array().unwrap_or(&Vec::new()) {
                let words = ["kind", "state", "path"].map(|key| text(&repair[key]));
                writeln!(story, "  {way}  {}", words.join(" ")).unwrap();
            }
            let left = finding_lines(&report["findings"]);
            let again = verify(&desk, &["--deep"]);
            assert_eq!(again.code, ran.code, "{name}: {again:?}");
            assert_eq!(finding_lines(&again.json()["findings"]), left, "{name}");
            if left.is_empty() {
                assert_eq!(ran.code, Some(0), "{name}");
                break;
            }
            assert_eq!(ran.code, Some(1), "{name}");
            if way == "vendor " {
                for line in left {
                    writeln!(story, "  left     {line}").unwrap();
                }
            }
        }
        let after = desk.lake();
        verify(&desk, &["--deep", "--repair"]);
        assert_eq!(
            desk.lake(),
            after,
            "{name}: a second repair changed the lake"
        );
        let differing = differing(&desk, &whole);
        if differing.is_empty() {
            writeln!(story, "  as before the damage").unwrap();
        }
        for path in differing {
            writeln!(story, "  differs  {path}").unwrap();
        }
        writeln!(story).unwrap();
    }
    insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(format!("verify_{group}"), story);
    });
}

fn known(price: Option<Price>) -> f64 {
    price.unwrap().get()
}

fn price(value: f64) -> Price {
    Price::new(value).unwrap()
}

#[test]
fn damages_of_files() {
    check(
        "files",
        &[
            ("one byte is flipped", |desk| {
                edit(desk, &bars("AAPL", 2005), |bytes| bytes[4000] ^= 1);
            }),
            ("a file is cut off", |desk| {
                edit(desk, &bars("AAPL", 2012), |bytes| bytes.truncate(5000));
            }),
            ("a file is empty", |desk| {
                edit(desk, &bars("FB", 2012), Vec::clear);
            }),
            ("a file is deleted", |desk| remove(desk, &bars("IBM", 2007))),
            ("the newest file is deleted", |desk| {
                remove(desk, &bars("MSFT", 2013));
            }),
            ("all files of a listing are deleted", |desk| {
                for year in [2012, 2013] {
                    remove(desk, &bars("FB", year));
                }
            }),
            ("two files are damaged", |desk| {
                edit(desk, &bars("MSFT", 2004), |bytes| bytes[100] ^= 128);
                edit(desk, &bars("MSFT", 2010), |bytes| bytes[100] ^= 128);
            }),
            ("a file of another listing is copied in", |desk| {
                let other = read(desk, &bars("IBM", 2006));
                write(desk, &bars("MSFT", 2006), other);
            }),
            ("a file of another year is copied in", |desk| {
                let other = read(desk, &bars("IBM", 2006));
                write(desk, &bars("IBM", 2007), other);
            }),
            ("a year that nobody committed lies there", |desk| {
                rows(desk, &bars("GOOG", 2005), |year| {
                    let calendar = quantx::calendar::Calendar::of("XNYS").unwrap();
                    let range =
                        quantx::market::SessionRange::new(date(1999, 1, 4), date(2000, 1, 1));
                    let mut bars = year.bars.iter_mut().zip(calendar.sessions(range));
                    bars.by_ref().for_each(|(bar, session)| bar.date = session);
                });
                let stray = read(desk, &bars("GOOG", 2005));
                let whole = whole();
                write(desk, &bars("GOOG", 2005), read(&whole, &bars("GOOG", 2005)));
                write(desk, &bars("GOOG", 1999), stray);
            }),
            ("bytes that nobody wrote lie in a year's place", |desk| {
                write(desk, &bars("GOOG", 1999), "not Parquet");
            }),
            ("a file is not Parquet", |desk| {
                write(desk, &bars("GOOG", 2005), "not Parquet");
            }),
        ],
    );
}

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

#[test]
fn damages_of_records() {
    check(
        "records",
        &[
            ("the record is deleted", |desk| {
                remove(desk, &record("AAPL"))
            }),
            ("the record is cut off", |desk| {
                edit(desk, &record("AAPL"), |bytes| bytes.truncate(300));
            }),
            ("the record is deleted and a file is damaged", |desk| {
                remove(desk, &record("AAPL"));
                edit(desk, &bars("AAPL", 2008), |bytes| bytes[77] ^= 4);
            }),
            ("the listing is deleted", |desk| {
                let folder = desk.path("data/data/exchange=us/ticker=FB");
                fs::remove_dir_all(folder).unwrap();
            }),
            ("the record is another listing's", |desk| {
                let other = read(desk, &record("IBM"));
                write(desk, &record("AAPL"), other);
            }),
            ("the record is of a newer program", |desk| {
                json(desk, &record("AAPL"), |record| record["schema"] = 3.into());
            }),
            ("a hash of the record is wrong", |desk| {
                json(desk, &record("AAPL"), |record| {
                    record["years"]["2005"]["sha256"] = "0".repeat(64).into();
                });
            }),
            ("the record has one row more", |desk| {
                json(desk, &record("AAPL"), |record| {
                    record["years"]["2005"]["rows"] = 253.into();
                });
            }),
            ("the record begins a year late", |desk| {
                json(desk, &record("AAPL"), |record| {
                    record["years"]["2005"]["first"] = "2006-01-03".into();
                });
            }),
            ("a dividend of the record is gone", |desk| {
                json(desk, &record("MSFT"), |record| {
                    record["actions"].as_array_mut().unwrap().remove(5);
                });
            }),
            ("a dividend of the record is another", |desk| {
                json(desk, &record("MSFT"), |record| {
                    record["actions"][5]["amount"] = 0.5.into();
                });
            }),
            ("a split of the record is gone", |desk| {
                json(desk, &record("AAPL"), |record| {
                    let actions = record["actions"].as_array_mut().unwrap();
                    actions.retain(|action| action["kind"] != "split");
                });
            }),
            ("all events are gone and a file is deleted", |desk| {
                json(desk, &record("MSFT"), |record| {
                    record["actions"].as_array_mut().unwrap().clear();
                });
                remove(desk, &bars("MSFT", 2009));
            }),
            ("the record is in another currency", |desk| {
                json(desk, &record("IBM"), |record| {
                    record["currency"] = "EUR".into()
                });
            }),
            ("the record is in another unit", |desk| {
                json(desk, &record("IBM"), |record| {
                    record["unit_scale"] = 0.01.into()
                });
            }),
            ("the record knows a hole where a row is", |desk| {
                json(desk, &record("IBM"), |record| {
                    let hole = serde_json::json!({"asks": 3, "last_asked": "2013-03-01"});
                    record["watch"]["holes"]["2008-03-03"] = hole.clone();
                    record["watch"]["holes"]["2008-03-01"] = hole;
                });
            }),
            ("a rewrite was announced", |desk| {
                json(desk, &record("IBM"), |record| {
                    record["watch"]["rewriting"] = serde_json::json!([2007, 2008]);
                });
            }),
        ],
    );
}

#[test]
fn damages_beside_listings() {
    check(
        "beside",
        &[
            ("a temporary file was left", |desk| {
                let folder = "data/exchange=us/ticker=AAPL/year=2005";
                write(desk, &format!("{folder}/.data.parquet.17.3.tmp"), "half a");
            }),
            ("a copy lies among the bars", |desk| {
                let folder = "data/exchange=us/ticker=AAPL/year=2005";
                let bytes = read(desk, &bars("AAPL", 2005));
                write(desk, &format!("{folder}/data (1).parquet"), bytes);
            }),
            ("a line of the manifest is wrong", |desk| {
                edit(desk, "meta/symbols_manifest.csv", |bytes| {
                    let text = String::from_utf8(bytes.clone()).unwrap();
                    *bytes = text.replace("2013-03-01", "2013-03-08").into_bytes();
                });
            }),
            ("a line of the manifest is missing", |desk| {
                edit(desk, "meta/symbols_manifest.csv", |bytes| {
                    let text = String::from_utf8(bytes.clone()).unwrap();
                    let lines = text.lines().filter(|line| !line.starts_with("IBM"));
                    *bytes = lines.collect::<Vec<_>>().join("\n").into_bytes();
                });
            }),
            ("a line of the manifest is of no listing", |desk| {
                edit(desk, "meta/symbols_manifest.csv", |bytes| {
                    let text = String::from_utf8(bytes.clone()).unwrap();
                    let line = text.lines().find(|line| line.starts_with("IBM")).unwrap();
                    bytes.extend(line.replace("IBM,us", "IBM,hk").bytes());
                });
            }),
            ("the manifest is not one", |desk| {
                write(desk, "meta/symbols_manifest.csv", "what,is,this\n1,2,3\n");
            }),
            ("the manifest is deleted", |desk| {
                remove(desk, "meta/symbols_manifest.csv");
            }),
            ("a quarantine file is broken", |desk| {
                let path = "quarantine/exchange=us/ticker=AAPL/backfill_20130302_000000.json";
                write(desk, path, "[{\"date\":");
            }),
            ("a report is broken", |desk| {
                write(desk, "reports/backfill_20130101_000000.json", "{");
            }),
            ("a report is another run's", |desk| {
                let reports = fs::read_dir(desk.path("data/reports")).unwrap();
                let report = reports.map(|entry| entry.unwrap().path()).next().unwrap();
                write(
                    desk,
                    "reports/backfill_20130101_000000.json",
                    fs::read(report).unwrap(),
                );
            }),
            ("a universe is broken", |desk| {
                write(desk, "meta/universe_mine.csv", "symbol\nA/B\n");
            }),
            ("an exchange is unknown", |desk| {
                let bytes = read(desk, &record("AAPL"));
                write(desk, "data/exchange=zz/ticker=AAPL/_symbol.json", bytes);
            }),
        ],
    );
}
