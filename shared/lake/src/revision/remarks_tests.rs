use proptest::prelude::*;

use super::*;
use crate::RunId;
use crate::decisions::Decision;
use crate::fixtures::{at, bars, day, window};
use crate::merge::{Held, History};
use crate::quarantine::{QuarantineFile, entries};
use crate::refusal::{RefusalRule, RefusedRow};
use quantx_market::BarSeries;

fn refused(date: &str, rule: &str) -> RefusedRow {
    RefusedRow {
        date: day(date),
        prices: [Some(1.0); 4],
        volume: None,
        others: Vec::new(),
        rule: RefusalRule::from_name(rule),
        reason: format!("{rule} of {date}"),
    }
}

fn merged(stored: &[&str], quarantine: &[RefusedRow]) -> Merged {
    let bars = stored.iter().flat_map(|date| bars(date, &[1.0]));
    Merged {
        history: History {
            bars: BarSeries::new(bars.collect()),
            ..History::default()
        },
        quarantine: quarantine.to_vec(),
        ..Merged::default()
    }
}

/// One run on a day of June 2024 that asked for all of that month.
struct Run {
    today: Date,
    remarks: Vec<(About, &'static str)>,
    merged: Merged,
    decisions: Decisions,
    window: SessionRange,
}

impl Run {
    fn on(today: &str) -> Self {
        Self {
            today: day(today),
            remarks: Vec::new(),
            merged: Merged::default(),
            decisions: Decisions::none("AAPL"),
            window: window("2024-06-01", "2024-06-30"),
        }
    }

    fn after(&self, before: &[Remark]) -> Vec<Remark> {
        let said = self.remarks.iter();
        let remarks: Vec<Remark> = said
            .map(|(about, date)| Remark::new(*about, "a_rule", day(date), self.today, "why"))
            .collect();
        let said = Said {
            remarks: &remarks,
            refused_actions: &[],
            merged: &self.merged,
            decisions: &self.decisions,
            window: self.window,
            today: self.today,
        };
        next(before, said)
    }
}

fn short(remarks: &[Remark]) -> Vec<(About, String, String)> {
    let short = |r: &Remark| (r.about, r.date.to_string(), r.since.to_string());
    remarks.iter().map(short).collect()
}

#[test]
fn what_is_said_again_keeps_its_first_day_and_needs_no_look_on_the_second() {
    let mut run = Run::on("2024-06-12");
    run.remarks = vec![(About::AdjustedClose, "2024-06-10")];
    let first = run.after(&[]);
    assert!(first[0].needs_a_look(day("2024-06-12")));
    // The same run again is the same news.
    assert_eq!(run.after(&first), first);
    run.today = day("2024-06-13");
    let second = run.after(&first);
    assert_eq!(second, first);
    assert!(!second[0].needs_a_look(day("2024-06-13")));
}

#[test]
fn a_suspect_row_is_remembered_although_later_runs_do_not_look_at_it_again() {
    let mut run = Run::on("2024-06-12");
    run.remarks = vec![(About::Suspect, "2024-06-10")];
    let first = run.after(&[]);
    assert_eq!(Run::on("2024-06-13").after(&first), first);
}

#[test]
fn what_the_vendor_no_longer_sends_is_settled_where_it_was_asked() {
    for about in [
        About::Contradiction,
        About::AdjustedClose,
        About::RefusedEvent,
        About::ClosedDay,
    ] {
        let mut run = Run::on("2024-06-12");
        run.remarks = vec![(about, "2024-06-10")];
        let first = run.after(&[]);
        assert_eq!(Run::on("2024-06-13").after(&first), [], "{about:?}");
        let elsewhere = Run {
            window: window("2024-06-11", "2024-06-30"),
            ..Run::on("2024-06-13")
        };
        assert_eq!(elsewhere.after(&first), first, "{about:?}");
        // A fetch that was held back proves nothing.
        let mut held = Run::on("2024-06-13");
        held.merged.held = Some(Held::NoOverlap);
        assert_eq!(held.after(&first), first, "{about:?}");
    }
}

#[test]
fn a_refused_row_stands_until_its_session_has_a_row_or_a_person_rejects_it() {
    let mut run = Run::on("2024-06-12");
    run.merged = merged(&["2024-06-07"], &[refused("2024-06-10", "unit_jump")]);
    let first = run.after(&[]);
    let expected = (
        About::RefusedRow,
        "2024-06-10".to_owned(),
        "2024-06-12".to_owned(),
    );
    assert_eq!(short(&first), [expected]);
    // The vendor no longer sends it, and the session still has no row.
    let mut run = Run::on("2024-06-13");
    assert_eq!(run.after(&first), first);
    run.merged = merged(&["2024-06-10"], &[]);
    assert_eq!(run.after(&first), []);

    let mut run = Run::on("2024-06-13");
    let row = refused("2024-06-10", "unit_jump");
    let file = QuarantineFile {
        run: RunId::new("daily_update", at("2024-06-12T22:00:00Z")).unwrap(),
        rows: vec![row.clone()],
    };
    run.decisions.decisions.push(Decision {
        id: entries("AAPL", vec![file.clone()], None).remove(0).id,
        resolution: Resolution::Rejected,
        row,
        run: file.run,
        by: "ann".to_owned(),
        at: at("2024-06-13T08:00:00Z"),
        note: None,
    });
    assert_eq!(run.after(&first), []);
    // Another row of the same session is said again.
    run.merged = merged(&[], &[refused("2024-06-10", "price_jump")]);
    assert_eq!(run.after(&first).len(), 1);
}

#[test]
fn a_row_that_contradicts_a_stored_one_needs_a_look_every_day() {
    let mut run = Run::on("2024-06-12");
    run.merged = merged(
        &["2024-06-10"],
        &[refused("2024-06-10", "correction_too_large")],
    );
    let first = run.after(&[]);
    assert_eq!(first[0].about, About::Contradiction);
    run.today = day("2024-06-13");
    let second = run.after(&first);
    assert_eq!(second, first);
    assert!(second[0].needs_a_look(day("2024-06-13")));
}

#[test]
fn a_fetch_that_is_held_back_is_one_thing_and_not_one_for_each_of_its_rows() {
    let mut run = Run::on("2024-06-12");
    run.merged = merged(&["2024-06-10"], &[refused("2024-06-10", "rebased")]);
    run.merged.held = Some(Held::Rebased { ratio: 2.0 });
    assert_eq!(run.after(&[]), []);
}

#[test]
fn of_too_many_the_newest_dates_are_remembered() {
    let calendar = crate::fixtures::sessions("2015-01-02", MAX_REMARKS + 7);
    let remarks: Vec<Remark> = calendar
        .iter()
        .map(|session| {
            let date = session.date();
            Remark::new(About::Suspect, "price_jump", date, date, "")
        })
        .collect();
    let after = Run::on("2024-06-12").after(&remarks);
    assert_eq!(after, remarks[7..]);
}

const KINDS: [About; 6] = [
    About::Suspect,
    About::RefusedRow,
    About::Contradiction,
    About::AdjustedClose,
    About::RefusedEvent,
    About::ClosedDay,
];

proptest! {
    #[test]
    fn twice_is_once_and_nothing_is_news_twice(
        days in prop::collection::vec(
            prop::collection::vec((0..KINDS.len(), 1..28_i8), 0..6),
            1..6,
        ),
    ) {
        let mut known: Vec<Remark> = Vec::new();
        for (index, said) in days.iter().enumerate() {
            let today = jiff::civil::date(2024, 7, 1 + i8::try_from(index).unwrap());
            let remarks: Vec<Remark> = said
                .iter()
                .map(|(kind, day)| {
                    let date = jiff::civil::date(2024, 6, *day);
                    Remark::new(KINDS[*kind], "a_rule", date, today, "why")
                })
                .collect();
            let (merged, decisions) = (Merged::default(), Decisions::none("AAPL"));
            let said = Said {
                remarks: &remarks,
                refused_actions: &[],
                merged: &merged,
                decisions: &decisions,
                window: window("2024-06-01", "2024-06-30"),
                today,
            };
            let after = next(&known, said);
            prop_assert_eq!(&next(&after, said), &after);
            for remark in &remarks {
                let same = |one: &&Remark| one.identity() == remark.identity();
                let found = after.iter().find(same);
                let before = known.iter().find(same);
                // What is said is known, since the first of the days on which it was said in a row.
                let since = before.map_or(today, |before| before.since);
                prop_assert_eq!(found.map(|found| found.since), Some(since));
            }
            prop_assert!(after.windows(2).all(|two| two[0].identity() < two[1].identity()));
            known = after;
        }
    }
}
