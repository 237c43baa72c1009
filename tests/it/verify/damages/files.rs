//! Damages of whole files, and what lies beside listings.

use super::*;

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
