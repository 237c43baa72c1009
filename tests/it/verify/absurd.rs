//! Prices that no listing can have, stored by a version that did not refuse them.

use quantx::lake::codec;
use quantx::market::{Bar, Price};
use serde_json::json;

use super::inflict::{bars, read, recommit, rows, write};
use super::{finding_lines, text, verify, whole};
use crate::cli::Desk;

const ROW: usize = 50;
/// One listing: tables are of all, and of other files than these now.
const DEEP: [&str; 3] = ["--deep", "--symbols", "IBM"];

/// Changes one row of a year, and the record with it; the row as it is stored then.
fn absurd(desk: &Desk, change: impl FnOnce(&mut Bar)) -> Bar {
    let path = bars("IBM", 2008);
    rows(desk, &path, |year| change(&mut year.bars[ROW]));
    recommit(desk, "IBM", 2008);
    codec::decode(&read(desk, &path)).unwrap().bars[ROW]
}

#[test]
fn an_absurd_price_is_named_with_its_row_and_what_to_type() {
    let desk = whole();
    let bar = absurd(&desk, |bar| bar.low = Some(Price::new(1e-5).unwrap()));
    // Nothing is derived from a low: only the price itself is wrong.
    let report = verify(&desk, &DEEP).ends_with(1).json();
    let expected = format!(
        "impossible_price {} row {} of {}",
        bars("IBM", 2008),
        ROW + 1,
        bar.date.date()
    );
    assert_eq!(finding_lines(&report["findings"]), [expected]);
    let detail = text(&report["findings"][0]["detail"]);
    for words in [
        "low 1e-5 is",
        "times its level",
        "`quantx verify --deep --repair --symbols IBM`",
        "quality.impossible_price",
    ] {
        assert!(detail.contains(words), "{words:?} is not in {detail:?}");
    }
    // It says nothing where a quick proof reads no rows, and what it says to type helps.
    verify(&desk, &DEEP[1..]).ends_with(0);
    let flags = ["--deep", "--repair", "--symbols", "IBM"];
    let report = verify(&desk, &flags).ends_with(0).json();
    assert_eq!(report["repairs"][0]["kind"], "refetched", "{report:#}");
    verify(&desk, &DEEP).ends_with(0);
}

#[test]
fn an_absurd_price_that_a_person_released_stands() {
    let desk = whole();
    let bar = absurd(&desk, |bar| bar.low = Some(Price::new(1e-5).unwrap()));
    let prices = bar.prices().map(|price| price.map(Price::get));
    let released = json!({"schema": 2, "symbol": "IBM", "decisions": [{
        "id": "0123456789ab", "ruling": "released", "run": "backfill_20130302_000000",
        "by": "somebody", "at": "2013-03-02T00:00:00Z",
        "row": {"date": bar.date.date(), "rule": "impossible_price", "reason": "low",
            "prices": prices, "volume": bar.volume}}]});
    let path = "quarantine/exchange=us/ticker=IBM/decisions.json";
    write(&desk, path, released.to_string());
    let report = verify(&desk, &DEEP).json();
    let found = finding_lines(&report["findings"]);
    assert!(
        found.iter().all(|it| !it.starts_with("impossible_price")),
        "{found:?}"
    );
}
