use super::*;
use crate::RunId;
use crate::decisions::{Decision, Resolution};
use crate::quarantine::{QuarantineFile, entries};

pub(super) fn decided(resolution: Resolution, row: &RefusedRow) -> Decision {
    let run = RunId::new("daily_update", at("2021-01-04T02:00:00Z")).unwrap();
    let rows = vec![row.clone()];
    let file = QuarantineFile {
        run: run.clone(),
        rows,
    };
    Decision {
        id: entries("AAPL", vec![file], None).remove(0).id,
        resolution,
        row: row.clone(),
        run,
        by: "ann".to_owned(),
        at: at("2021-01-05T08:00:00Z"),
        note: None,
    }
}

/// Nothing is asked; a row of `date` was released.
fn release(date: &str, close: f64) -> Ask {
    let row = RefusedRow::of_bar(&bar(date, close), "any", String::new());
    let mut ask = Ask::new(Fetched::default(), date, date, "2021-01-08");
    ask.window = SessionRange::new(day(date), day(date));
    ask.decisions
        .decisions
        .push(decided(Resolution::Released, &row));
    ask
}

fn close(lake: &Lake, date: &str) -> Option<f64> {
    let year = codec::decode(&lake.files[&day(date).year()]).unwrap();
    let bar = year.bars.iter().find(|bar| bar.date.date() == day(date));
    bar.map(|bar| bar.close.get())
}

#[test]
fn a_release_rewrites_its_year_and_what_its_close_changes() {
    let mut plain = two_years();
    assert_eq!(years(&plain.commit(&release("2020-03-02", 14.0))), [2020]);
    assert_eq!(close(&plain, "2020-03-02"), Some(14.0));
    // The close before an ex-date is a part of every earlier adjusted close.
    let mut paying = two_years();
    let cash = fetched(
        bars("2019-12-02", &[10.0; 21 + 253]),
        &[dividend("2020-03-03", 0.5)],
    );
    paying.commit(&Ask::new(cash, "2019-12-02", "2020-12-31", "2021-01-02"));
    let ask = release("2020-03-02", 14.0);
    assert!(matches!(
        ask.revise(&paying.base(2020)),
        Err(RevisionError::NeedsAllYears)
    ));
    assert_eq!(years(&paying.commit(&ask)), [2019, 2020]);
    // Twice is once.
    let record = paying.record().clone();
    assert_eq!(years(&paying.commit(&ask)), [0_i16; 0]);
    assert!(record.same_content(paying.record()));
}

#[test]
fn a_release_asks_nothing_and_fills_its_hole() {
    let mut lake = Lake::default();
    let mut rows = bars("2019-12-02", &[10.0; 21 + 253]);
    rows.retain(|bar| ![day("2020-03-02"), day("2020-03-04")].contains(&bar.date.date()));
    let mut offer = fetched(rows, &[dividend("2020-03-03", 0.5)]);
    let spike = RefusedRow::of_bar(&bar("2020-03-02", 14.0), "any", String::new());
    offer.refused = vec![spike];
    lake.commit(&Ask::new(offer, "2019-12-02", "2020-12-31", "2021-01-01"));
    let before = lake.record().clone();
    assert_eq!(before.watch.holes.len(), 2);
    lake.commit(&release("2020-03-02", 14.0));
    let after = lake.record();
    let holes: Vec<_> = after.watch.holes.iter().collect();
    assert_eq!(
        holes,
        [(&day("2020-03-04"), &before.watch.holes[&day("2020-03-04")])]
    );
    assert_eq!(after.watch.quarantined, before.watch.quarantined);
    assert_eq!(
        (after.asked_from, &after.actions),
        (before.asked_from, &before.actions)
    );
    assert_eq!(after.watch.pending, []);
    assert_eq!(close(&lake, "2020-03-02"), Some(14.0));
}

#[test]
fn a_run_that_does_not_read_the_year_leaves_a_release_to_one_that_does() {
    let mut lake = two_years();
    let before = lake.files[&2019].clone();
    let mut daily = Ask::new(
        fetched(bars("2020-12-24", &[10.0; 8]), &[]),
        "2020-12-24",
        "2021-01-06",
        "2021-01-07",
    );
    daily.decisions = release("2019-12-10", 14.0).decisions;
    lake.commit(&daily);
    assert_eq!(lake.files[&2019], before);
    assert_eq!(years(&lake.commit(&release("2019-12-10", 14.0))), [2019]);
}

#[test]
fn a_release_makes_the_year_that_nobody_had() {
    let mut lake = two_years();
    let later = fetched(bars("2022-01-03", &[10.0; 8]), &[]);
    // As a backfill with a lost year leaves it: two stretches and nothing in between.
    let mut all = bars("2019-12-02", &[10.0; 21 + 253]);
    all.extend(later.bars.bars());
    lake.commit(&Ask::new(
        fetched(all, &[]),
        "2019-12-02",
        "2022-01-12",
        "2022-01-13",
    ));
    assert!(!lake.files.contains_key(&2021));
    assert_eq!(years(&lake.commit(&release("2021-06-01", 10.5))), [2021]);
    assert_eq!(lake.record().years[&2021].rows, 1);
    assert_eq!(lake.record().rows(), 21 + 253 + 1 + 8);
}
