//! A range with a split and dividends: the stored rows, Tiingo and EODHD each write them another way.

use serde_json::json;

use super::{Bench, Desk, Events};

/// Microsoft split two for one on 2003-02-18 and paid 0.08 the day after, 0.16 on 2003-10-15.
fn bench() -> (Bench, Events) {
    let desk = Desk::new();
    #[rustfmt::skip]
    let words = [
        "backfill", "-q", "--symbols", "MSFT", "--provider", "sample", "--use-local",
        "--start", "2002-06-03", "--end", "2003-12-31",
    ];
    desk.run(&words).ends_with(0);
    let range = ["2002-12-02", "2003-11-28"];
    let bench = Bench::of(desk, "MSFT", range, "2002-09-03");
    let events = Events {
        splits: [("2003-02-18".to_owned(), 2.0)].into(),
        dividends: [("2003-02-19", 0.08), ("2003-10-15", 0.16)]
            .map(|(date, amount)| (date.to_owned(), amount))
            .into(),
    };
    (bench, events)
}

#[test]
fn one_truth_in_three_ways_of_writing_a_split_agrees_as_traded() {
    let (bench, events) = bench();
    let truth = bench.truth();
    bench.tiingo_says_with(&truth, &events);
    bench.eodhd_says_with(&truth, &events);
    let report = bench.report(&[], 0);
    let cells = 5 * bench.sessions(&truth);
    assert_eq!(report["votes"]["confirmed"], json!({ "3": cells }));
    // What each writes is not the same: shares of today are twice as many before the split.
    assert_eq!(events.factor("2003-02-14"), 2.0);
}

#[test]
fn a_dividend_that_one_lacks_is_laid_to_it() {
    let (bench, events) = bench();
    let truth = bench.truth();
    bench.tiingo_says_with(&truth, &events);
    let mut fewer = events.clone();
    fewer.dividends.remove("2003-10-15");
    bench.eodhd_says_with(&truth, &fewer);
    let report = bench.report(&[], 1);
    assert_eq!(report["verdict"], "others_outvoted", "{report:#}");
    let listing = &report["listings"][0];
    assert_eq!(
        listing["events"],
        json!([{
            "event": { "ex_date": "2003-10-15", "kind": "dividend", "amount": 0.16 },
            "supporting": ["lake", "tiingo"], "dissenting": [], "silent": ["eodhd"],
            "confirmed": true,
        }])
    );
    assert_eq!(listing["cells"], json!([]));
    let text = bench.compare(&[], 1);
    assert!(text.contains("outvoted: eodhd in 1 event\n"), "{text}");
}
