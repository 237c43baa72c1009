use super::*;
use crate::fixtures::{bars, day};

fn run(from: &str, to: &str, vendor: &str, standing: Standing) -> SourceRun {
    SourceRun {
        from: day(from),
        to: day(to),
        vendor: vendor.to_owned(),
        standing,
    }
}

fn series(first: &str, closes: &[f64]) -> BarSeries {
    BarSeries::new(bars(first, closes))
}

struct Case<'a> {
    before: &'a [SourceRun],
    stored: &'a BarSeries,
    merged: &'a BarSeries,
    source: Option<Source>,
    settled: BTreeMap<Date, Spoken>,
    voted: BTreeMap<Date, String>,
}

impl Case<'_> {
    fn after(&self) -> Vec<SourceRun> {
        after(
            self.before,
            SourceChange {
                stored: self.stored,
                merged: self.merged,
                source: self.source.as_ref(),
                settled: &self.settled,
                voted: &self.voted,
            },
        )
    }
}

fn eodhd(standing: Standing) -> Source {
    Source {
        vendor: "eodhd".to_owned(),
        standing,
    }
}

#[test]
fn a_lake_of_the_usual_vendor_says_nothing_of_sources() {
    let stored = series("2024-03-04", &[1.0, 2.0]);
    let merged = series("2024-03-04", &[1.0, 2.5, 3.0]);
    let case = Case {
        before: &[],
        stored: &stored,
        merged: &merged,
        source: Some(Source::default()),
        settled: BTreeMap::new(),
        voted: BTreeMap::new(),
    };
    assert_eq!(case.after(), []);
}

#[test]
fn rows_that_stood_in_are_a_run_until_the_first_vendor_has_them_too() {
    let stored = series("2024-03-04", &[1.0, 2.0]);
    let merged = series("2024-03-04", &[1.0, 2.0, 3.0, 4.0]);
    let mut case = Case {
        before: &[],
        stored: &stored,
        merged: &merged,
        source: Some(eodhd(Standing::Provisional)),
        settled: BTreeMap::new(),
        voted: BTreeMap::new(),
    };
    let away = case.after();
    let expected = [run(
        "2024-03-06",
        "2024-03-07",
        "eodhd",
        Standing::Provisional,
    )];
    assert_eq!(away, expected);
    assert_eq!(first_provisional(&away), Some(day("2024-03-06")));
    assert_eq!(standing_on(&away, day("2024-03-07")), Standing::Provisional);
    assert_eq!(standing_on(&away, day("2024-03-05")), Standing::Settled);
    // Back again: it has one of both, and a row more.
    let back = series("2024-03-04", &[1.0, 2.0, 3.0, 4.0, 5.0]);
    case.before = &away;
    case.stored = &merged;
    case.merged = &back;
    case.source = Some(Source::default());
    case.settled.insert(day("2024-03-06"), Spoken::HasIt);
    case.settled.insert(day("2024-03-07"), Spoken::HasNothing);
    let expected = [run("2024-03-07", "2024-03-07", "eodhd", Standing::Settled)];
    assert_eq!(case.after(), expected);
    // Both: nothing is left to say.
    case.settled.insert(day("2024-03-07"), Spoken::HasIt);
    assert_eq!(case.after(), []);
}

#[test]
fn years_that_were_not_read_keep_their_runs_and_one_across_both_stays_one() {
    let before = [
        run("2023-12-01", "2023-12-05", "csv", Standing::Settled),
        run("2023-12-20", "2024-01-03", "eodhd", Standing::Settled),
    ];
    let stored = series("2024-01-02", &[1.0, 2.0]);
    let merged = series("2024-01-02", &[1.0, 2.0, 3.0]);
    let case = Case {
        before: &before,
        stored: &stored,
        merged: &merged,
        source: Some(eodhd(Standing::Settled)),
        settled: BTreeMap::new(),
        voted: BTreeMap::new(),
    };
    let mut expected = before.clone();
    expected[1].to = day("2024-01-04");
    assert_eq!(case.after(), expected);
}

#[test]
fn a_vote_names_its_vendor_and_another_price_that_of_the_fetch() {
    let stored = series("2024-03-04", &[1.0, 2.0, 3.0]);
    let merged = series("2024-03-04", &[1.0, 2.1, 3.0, 4.0]);
    let case = Case {
        before: &[run("2024-03-04", "2024-03-06", "csv", Standing::Settled)],
        stored: &stored,
        merged: &merged,
        source: Some(Source::default()),
        settled: BTreeMap::new(),
        voted: BTreeMap::from([(day("2024-03-07"), "tiingo".to_owned())]),
    };
    let expected = [
        run("2024-03-04", "2024-03-04", "csv", Standing::Settled),
        run("2024-03-06", "2024-03-06", "csv", Standing::Settled),
        run("2024-03-07", "2024-03-07", "tiingo", Standing::Voted),
    ];
    assert_eq!(case.after(), expected);
}

#[test]
fn confirmation_is_lost_with_the_price_that_was_confirmed() {
    let names =
        |names: &[&str]| -> BTreeSet<String> { names.iter().map(|it| (*it).to_owned()).collect() };
    let stored = series("2024-03-04", &[1.0, 2.0, 3.0]);
    let news: BTreeMap<Date, BTreeSet<String>> = stored
        .bars()
        .iter()
        .map(|bar| (bar.date.date(), names(&["alpaca", "tiingo"])))
        .collect();
    let said = confirmed_after(&[], &BarSeries::default(), &stored, &news);
    assert_eq!(said.len(), 1);
    assert_eq!(
        (said[0].from, said[0].to),
        (day("2024-03-04"), day("2024-03-06"))
    );
    let merged = series("2024-03-04", &[1.0, 2.2, 3.0]);
    let later = BTreeMap::from([(day("2024-03-06"), names(&["eodhd"]))]);
    let said = confirmed_after(&said, &stored, &merged, &later);
    let spans: Vec<_> = said.iter().map(|run| (run.from, run.by.len())).collect();
    assert_eq!(spans, [(day("2024-03-04"), 2), (day("2024-03-06"), 3)]);
}

#[test]
fn runs_out_of_order_or_beside_the_rows_are_a_fault() {
    let stored = Some((day("2024-03-04"), day("2024-03-08")));
    let spans = |spans: &[(&str, &str)]| {
        let spans: Vec<_> = spans.iter().map(|(a, b)| (day(a), day(b))).collect();
        fault_of(spans.into_iter(), stored)
    };
    assert_eq!(
        spans(&[("2024-03-04", "2024-03-05"), ("2024-03-06", "2024-03-08")]),
        None
    );
    for bad in [
        &[("2024-03-05", "2024-03-04")][..],
        &[("2024-03-01", "2024-03-04")],
        &[("2024-03-05", "2024-03-11")],
        &[("2024-03-04", "2024-03-06"), ("2024-03-06", "2024-03-07")],
    ] {
        assert!(spans(bad).is_some(), "{bad:?}");
    }
}
