use super::*;
use crate::decisions::Decision;
use crate::fixtures::{at, bar};
use crate::refusal::RefusalRule;

fn run(time: &str) -> RunId {
    RunId::new("daily_update", at(time)).unwrap()
}

fn row(date: &str, close: f64, rule: &str) -> RefusedRow {
    RefusedRow::of_bar(
        &bar(date, close),
        RefusalRule::from_name(rule),
        "because".to_owned(),
    )
}

fn file(time: &str, rows: &[RefusedRow]) -> QuarantineFile {
    QuarantineFile {
        run: run(time),
        rows: rows.to_vec(),
    }
}

#[test]
fn the_same_values_are_one_entry_however_many_runs_refused_them() {
    let jump = row("2024-06-10", 400.0, "unit_jump");
    let restated = RefusedRow {
        volume: Some(1200.0),
        reason: "again".to_owned(),
        ..jump.clone()
    };
    let other = row("2024-06-10", 410.0, "unit_jump");
    let files = vec![
        file("2024-06-12T02:00:00Z", &[restated.clone(), other.clone()]),
        file("2024-06-11T02:00:00Z", std::slice::from_ref(&jump)),
        file(
            "2024-06-13T02:00:00Z",
            &[row("2024-06-07", 9.0, "disagrees")],
        ),
    ];
    let entries = entries("AAPL", files.clone(), None);
    let shown: Vec<_> = entries
        .iter()
        .map(|entry| {
            (
                entry.row.date.to_string(),
                entry.runs.len(),
                entry.row.reason.as_str(),
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("2024-06-07".to_owned(), 1, "because"),
            ("2024-06-10".to_owned(), 2, "again"),
            ("2024-06-10".to_owned(), 1, "because"),
        ]
    );
    // The name is that of the first sight, and another listing's is another.
    let first = super::entries("AAPL", vec![files[1].clone()], None).remove(0);
    assert_eq!(first.id, entries[1].id);
    assert_eq!(first.id.as_str().len(), 12);
    let ibm = super::entries("IBM", vec![files[1].clone()], None).remove(0);
    assert_ne!(first.id, ibm.id);
}

#[test]
fn a_row_is_the_same_by_session_and_prices_and_by_volume_where_that_is_the_question() {
    let one = row("2024-06-10", 10.0, "unit_jump");
    let check = |other: &RefusedRow, expected| {
        assert_eq!(one.says_the_same(other), expected, "{other:?}");
        assert_eq!(other.says_the_same(&one), expected, "{other:?}");
    };
    check(&one, true);
    check(&row("2024-06-10", 10.0005, "disagrees"), true);
    check(&row("2024-06-10", 10.01, "unit_jump"), false);
    check(&row("2024-06-11", 10.0, "unit_jump"), false);
    check(
        &RefusedRow {
            volume: None,
            ..one.clone()
        },
        true,
    );
    check(
        &RefusedRow {
            prices: [None; 4],
            ..one.clone()
        },
        false,
    );
    check(&row("2024-06-10", 10.0, "volume_spike"), true);
    let volume = RefusedRow {
        volume: Some(1.0),
        ..row("2024-06-10", 10.0, "volume_spike")
    };
    check(&volume, false);
    let zero = RefusedRow {
        prices: [Some(0.0); 4],
        ..one.clone()
    };
    assert!(zero.says_the_same(&zero.clone()));
}

#[test]
fn a_row_becomes_a_bar_only_by_the_rules_of_bars() {
    let session = bar("2024-06-10", 1.0).date;
    let good = row("2024-06-10", 10.0, "unit_jump");
    assert_eq!(
        good.bar(InstrumentKind::Share, session),
        Ok(bar("2024-06-10", 10.0))
    );
    let rule = |row: RefusedRow| row.bar(InstrumentKind::Share, session).unwrap_err().rule();
    let with = |prices| RefusedRow {
        prices,
        ..good.clone()
    };
    assert_eq!(
        rule(with([Some(1.0), Some(1.0), Some(1.0), None])),
        "missing_price"
    );
    assert_eq!(rule(with([Some(0.0); 4])), "impossible_price");
    assert_eq!(
        rule(with([Some(1.0), Some(1.0), Some(2.0), Some(1.0)])),
        "high_below_low"
    );
    // A person may say that these are right; 0.0 is how rows of before unknown values said unknown.
    let released = |row: RefusedRow| row.bar(InstrumentKind::Share, session).unwrap();
    let outside = released(with([Some(1.0), Some(2.0), Some(1.0), Some(3.0)]));
    assert!(outside.check_range(0.03).is_err());
    let incomplete = released(RefusedRow {
        volume: None,
        ..with([Some(0.0), Some(2.0), None, Some(3.0)])
    });
    let known = |bar: quantx_market::Bar| bar.prices().map(|price| price.is_some());
    assert_eq!(known(incomplete), [false, true, false, true]);
    assert_eq!(incomplete.volume, None);
    assert_eq!(
        rule(RefusedRow {
            volume: Some(-1.0),
            ..good
        }),
        "impossible_volume"
    );
}

#[test]
fn an_entry_stands_by_decision_first_and_then_by_what_the_lake_holds() {
    let date = "2024-06-10";
    let entry = |rule: &str, current| Entry {
        current,
        ..entries(
            "AAPL",
            vec![file("2024-06-11T02:00:00Z", &[row(date, 400.0, rule)])],
            None,
        )
        .remove(0)
    };
    let decide = |decided: &[(Resolution, f64)]| {
        let mut decisions = Decisions::none("AAPL");
        for (resolution, close) in decided {
            let row = row(date, *close, "unit_jump");
            let rows = std::slice::from_ref(&row);
            decisions.decisions.push(Decision {
                id: entries("AAPL", vec![file("2024-06-11T02:00:00Z", rows)], None)
                    .remove(0)
                    .id,
                resolution: *resolution,
                row,
                run: run("2024-06-11T02:00:00Z"),
                by: "ann".to_owned(),
                at: at("2024-06-12T08:00:00Z"),
                note: None,
            });
        }
        decisions
    };
    let (same, other) = (bar(date, 400.0), bar(date, 4.0));
    let jump = entry("unit_jump", false);
    let correction = entry("correction_too_large", false);
    let current = entry("close_spike", true);
    use Resolution::{Rejected, Released};
    for (entry, decided, stored, expected) in [
        (&jump, vec![], None, ReviewStatus::Open),
        (&jump, vec![], Some(&same), ReviewStatus::Taken),
        (&jump, vec![], Some(&other), ReviewStatus::Overtaken),
        (&correction, vec![], Some(&other), ReviewStatus::Open),
        (&current, vec![], Some(&other), ReviewStatus::Open),
        (
            &jump,
            vec![(Released, 400.0)],
            Some(&same),
            ReviewStatus::Released,
        ),
        (
            &jump,
            vec![(Released, 400.0)],
            Some(&other),
            ReviewStatus::Unfinished,
        ),
        (
            &jump,
            vec![(Released, 400.0)],
            None,
            ReviewStatus::Unfinished,
        ),
        (
            &jump,
            vec![(Released, 400.0), (Released, 4.0)],
            Some(&other),
            ReviewStatus::Overtaken,
        ),
        (&jump, vec![(Rejected, 400.0)], None, ReviewStatus::Rejected),
        (
            &jump,
            vec![(Rejected, 400.0), (Released, 400.0)],
            Some(&same),
            ReviewStatus::Released,
        ),
        (&jump, vec![(Rejected, 4.0)], None, ReviewStatus::Open),
    ] {
        let status = entry.status(&decide(&decided), stored);
        assert_eq!(
            status, expected,
            "{} {decided:?} {stored:?}",
            entry.row.rule
        );
    }
}

#[test]
fn what_the_newest_run_refused_is_current() {
    let old = row("2024-06-07", 9.0, "disagrees");
    let new = row("2024-06-10", 400.0, "unit_jump");
    let files = vec![
        file("2024-06-10T02:00:00Z", &[old]),
        file("2024-06-11T02:00:00Z", std::slice::from_ref(&new)),
    ];
    let current = |hash: Option<&str>| -> Vec<bool> {
        let entries = entries("AAPL", files.clone(), hash);
        entries.iter().map(|entry| entry.current).collect()
    };
    let hash = rows_hash(&[new]).unwrap();
    assert_eq!(current(Some(&hash)), [false, true]);
    assert_eq!(current(Some("another")), [false, false]);
    assert_eq!(current(None), [false, false]);
}
