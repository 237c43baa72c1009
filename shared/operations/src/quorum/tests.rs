use super::*;
use jiff::civil::date;
use quantx_lake::basis::Fetched;
use quantx_lake::refusal::RefusalRule;
use quantx_lake::revision::VENDORS_DISAGREE;
use quantx_lake::sources::SourceRun;
use quantx_lake::sources::Standing;
use quantx_market::{Action, ActionKind, InstrumentKind, SessionRange, TradingDate};
use quantx_quality::Rule;

fn sessions(n: usize) -> Vec<TradingDate> {
    let calendar = Calendar::of("XNYS").unwrap();
    let range = SessionRange::new(date(2024, 3, 4), date(2024, 6, 1));
    calendar.sessions(range).take(n).collect()
}

fn bars(closes: &[f64]) -> BarSeries {
    let pairs = sessions(closes.len()).into_iter().zip(closes);
    let bars = pairs.map(|(session, close)| Bar::new(session, [*close; 4], 1_000_000.0).unwrap());
    BarSeries::new(bars.collect())
}

fn said(vendor: &str, closes: &[f64]) -> Testimony {
    let bars = bars(closes);
    let rows: Vec<InspectedRow> = bars.bars().iter().map(InspectedRow::of_bar).collect();
    Testimony {
        vendor: vendor.to_owned(),
        lineage: Lineage(vendor.to_owned()),
        source: BarSource::Official,
        covers: (rows[0].date, rows[rows.len() - 1].date),
        rows,
        actions: Some(Vec::new()),
        halted: BTreeSet::new(),
    }
}

fn answer(closes: &[f64]) -> Interpreted {
    Interpreted {
        fetched: Fetched {
            bars: bars(closes),
            ..Fetched::default()
        },
        ..Interpreted::default()
    }
}

fn decided(read: &mut Interpreted, stored: &[f64], said: &[Testimony]) -> revision::Testimony {
    decided_with(read, stored, said, None)
}

fn decided_with(
    read: &mut Interpreted,
    stored: &[f64],
    said: &[Testimony],
    known: Option<&CommitRecord>,
) -> revision::Testimony {
    let ballot = Ballot {
        kind: InstrumentKind::Share,
        source: &Source::default(),
        lineage: &Lineage("yahoo".to_owned()),
        bars: BarSource::Official,
        said,
        known,
        stored: &bars(stored),
        calendar: &Calendar::of("XNYS").unwrap(),
        from: date(2024, 3, 4),
        today: date(2024, 3, 20),
    };
    decide(read, ballot)
}

fn closes(read: &Interpreted) -> Vec<f64> {
    let bars = read.fetched.bars.bars().iter();
    bars.map(|bar| bar.close.get()).collect()
}

fn rules(read: &Interpreted) -> Vec<&str> {
    read.remarks
        .iter()
        .map(|remark| remark.rule.as_str())
        .collect()
}

#[test]
fn two_of_three_decide_a_new_row_and_one_alone_decides_nothing() {
    let mut read = answer(&[10.0, 11.0, 12.5]);
    let eodhd = said("eodhd", &[10.0, 11.0, 12.0]);
    let alpaca = said("alpaca", &[10.0, 11.0, 12.004]);
    let testimony = decided(&mut read, &[10.0, 11.0], &[eodhd.clone(), alpaca]);
    assert_eq!(closes(&read), [10.0, 11.0, 12.0]);
    assert_eq!(
        testimony.voted,
        BTreeMap::from([(date(2024, 3, 6), "eodhd".to_owned())])
    );
    assert_eq!(rules(&read), [OUTVOTED]);
    assert!(
        read.remarks[0].detail.contains("yahoo 12.5"),
        "{}",
        read.remarks[0].detail
    );
    let names: Vec<usize> = testimony.confirmed.values().map(BTreeSet::len).collect();
    assert_eq!(names, [2, 2, 1]);
    let mut read = answer(&[10.0, 11.0, 12.5]);
    let testimony = decided(&mut read, &[10.0, 11.0], &[eodhd]);
    assert_eq!(closes(&read), [10.0, 11.0, 12.5]);
    assert!(testimony.voted.is_empty());
    assert_eq!(rules(&read), [VENDORS_DISAGREE]);
    assert!(
        read.remarks[0].detail.contains("eodhd 12"),
        "{}",
        read.remarks[0].detail
    );
}

#[test]
fn copies_of_one_lineage_have_one_vote() {
    let mut read = answer(&[10.0, 11.0, 12.5]);
    let one = said("eodhd", &[10.0, 11.0, 12.0]);
    let copy = Testimony {
        vendor: "csv".to_owned(),
        ..one.clone()
    };
    decided(&mut read, &[10.0, 11.0], &[one, copy]);
    assert_eq!(closes(&read), [10.0, 11.0, 12.5]);
}

#[test]
fn a_correction_is_confirmed_by_one_and_denied_by_two() {
    let new = [10.0, 11.6, 12.0];
    let old = [10.0, 11.0, 12.0];
    let mut read = answer(&new);
    let testimony = decided(&mut read, &old, &[said("eodhd", &new)]);
    assert_eq!(testimony.vote.confirmed, BTreeSet::from([date(2024, 3, 5)]));
    let mut read = answer(&new);
    let testimony = decided(&mut read, &old, &[said("eodhd", &old)]);
    assert_eq!(testimony.vote, Default::default());
    assert_eq!(rules(&read), [VENDORS_DISAGREE]);
    let mut read = answer(&new);
    let both = [said("eodhd", &old), said("tiingo", &old)];
    decided(&mut read, &old, &both);
    // Outvoted, its row is the stored one again: there is no claim at all.
    assert_eq!(closes(&read), old);
}

#[test]
fn two_others_correct_what_is_stored_on_one_word() {
    let wrong = [10.0, 11.6, 12.0];
    let right = [10.0, 11.0, 12.0];
    let mut read = answer(&wrong);
    let both = [said("eodhd", &right), said("tiingo", &right)];
    let testimony = decided(&mut read, &wrong, &both);
    assert_eq!(closes(&read), right);
    assert_eq!(testimony.vote.confirmed, BTreeSet::from([date(2024, 3, 5)]));
    assert_eq!(testimony.voted.len(), 1);
}

#[test]
fn a_row_that_a_rule_refused_is_taken_when_a_second_lineage_has_it() {
    let refused = |close: f64| {
        let mut read = answer(&[10.0, 11.0]);
        let bar = *bars(&[10.0, 11.0, close]).bars().last().unwrap();
        let rule = RefusalRule::Quality(Rule::UnitJump);
        read.fetched
            .refused
            .push(RefusedRow::of_bar(&bar, rule, "far off".to_owned()));
        read
    };
    let mut read = refused(40.0);
    decided(
        &mut read,
        &[10.0, 11.0],
        &[said("eodhd", &[10.0, 11.0, 40.0])],
    );
    assert_eq!((closes(&read).len(), read.fetched.refused.len()), (3, 0));
    let mut read = refused(40.0);
    decided(
        &mut read,
        &[10.0, 11.0],
        &[said("eodhd", &[10.0, 11.0, 12.0])],
    );
    assert_eq!((closes(&read).len(), read.fetched.refused.len()), (2, 1));
    let both = [
        said("eodhd", &[10.0, 11.0, 12.0]),
        said("tiingo", &[10.0, 11.0, 12.0]),
    ];
    let mut read = refused(40.0);
    decided(&mut read, &[10.0, 11.0], &both);
    assert_eq!(closes(&read), [10.0, 11.0, 12.0]);
    annotate(&mut refused(40.0).fetched.refused, &both);
}

#[test]
fn refused_rows_keep_what_the_others_said() {
    let bar = *bars(&[10.0]).bars().last().unwrap();
    let mut rows = [RefusedRow::of_bar(
        &bar,
        RefusalRule::Rebased,
        String::new(),
    )];
    annotate(
        &mut rows,
        &[said("eodhd", &[20.0]), said("tiingo", &[20.5])],
    );
    let words: Vec<_> = rows[0]
        .others
        .iter()
        .map(|it| (it.vendor.as_str(), it.prices[3]))
        .collect();
    assert_eq!(words, [("eodhd", Some(20.0)), ("tiingo", Some(20.5))]);
}

#[test]
fn a_constant_ratio_is_one_remark_and_not_one_for_each_session() {
    let level: Vec<f64> = (0..8).map(|n| 20.0 + f64::from(n)).collect();
    let half: Vec<f64> = level.iter().map(|price| price / 2.0).collect();
    let mut read = answer(&level);
    decided(&mut read, &[], &[said("eodhd", &half)]);
    assert_eq!(rules(&read), [VENDORS_STEP]);
    assert!(
        read.remarks[0].detail.contains("(2:1)"),
        "{}",
        read.remarks[0].detail
    );
    assert_eq!(closes(&read), level);
}

fn dividend(amount: f64) -> Action {
    Action {
        ex_date: date(2024, 3, 5),
        kind: ActionKind::Dividend { amount },
    }
}

#[test]
fn cash_that_two_others_do_not_know_is_held_and_one_other_makes_it_a_remark() {
    let flat = [10.0, 11.0, 12.0];
    let with_dividend = || {
        let mut read = answer(&flat);
        read.fetched.actions.insert(dividend(0.4));
        read
    };
    let mut read = with_dividend();
    decided(
        &mut read,
        &[],
        &[said("eodhd", &flat), said("tiingo", &flat)],
    );
    assert_eq!(read.fetched.actions.iter().count(), 0);
    assert_eq!(
        (read.judged.len(), &read.judged[0].rule),
        (1, &RefusalRule::OnlyOneVendor)
    );
    assert_eq!(
        read.judged[0].reason,
        "a dividend of 0.4 by yahoo, eodhd has none, tiingo has none"
    );
    let mut read = with_dividend();
    decided(&mut read, &[], &[said("eodhd", &flat)]);
    assert_eq!(read.fetched.actions.iter().count(), 1);
    assert_eq!(rules(&read), [VENDORS_DISAGREE]);
    // What two have stays, whatever the third says of the amount.
    let mut agreeing = said("eodhd", &flat);
    agreeing.actions = Some(vec![dividend(0.4)]);
    let mut other = said("tiingo", &flat);
    other.actions = Some(vec![dividend(0.5)]);
    let mut read = with_dividend();
    decided(&mut read, &[], &[agreeing, other]);
    assert_eq!(
        (read.fetched.actions.iter().count(), rules(&read).len()),
        (1, 0)
    );
}

#[test]
fn a_vote_for_the_stored_row_does_not_change_its_bits() {
    let stored = [10.0, 11.0, 12.0];
    let run = SourceRun {
        from: date(2024, 3, 6),
        to: date(2024, 3, 6),
        vendor: "eodhd".to_owned(),
        standing: Standing::Voted,
    };
    let record = serde_json::json!({
        "schema": 2, "symbol": "X", "exchange": "us", "currency": "USD", "unit_scale": 1.0, "first_trade": null,
        "asked_from": "2024-03-04", "actions": [], "years": {}, "sources": [run], "revision": 1,
        "updated": "2024-03-07T00:00:00Z",
    });
    let record: CommitRecord = serde_json::from_value(record).unwrap();
    let others = [
        said("alpaca", &[10.0, 11.0, 12.004]),
        said("tiingo", &[10.0, 11.0, 12.003]),
    ];
    let mut read = answer(&[10.0, 11.0, 12.5]);
    decided_with(&mut read, &stored, &others, Some(&record));
    assert_eq!(closes(&read), stored);
}
