use super::releases::decided;
use super::*;
use crate::decisions::Resolution;
use crate::fixtures::weekdays;
use crate::gaps;
use crate::record::{Hole, HoleRow};

#[test]
fn holes_are_counted_from_the_first_trade_on_and_once_a_day() {
    let rows = |without: &[&str]| {
        let mut rows = bars("2020-06-03", &[10.0; 8]);
        rows.retain(|bar| !without.contains(&bar.date.to_string().as_str()));
        fetched(rows, &[])
    };
    let gone = ["2020-06-05", "2020-06-09"];
    for (first_trade, expected) in [
        (None, vec!["2020-06-05", "2020-06-09"]),
        (Some("2020-06-08"), vec!["2020-06-09"]),
        (
            Some("2020-06-02"),
            vec!["2020-06-02", "2020-06-05", "2020-06-09"],
        ),
        (
            Some("2019-01-02"),
            vec!["2020-06-01", "2020-06-02", "2020-06-05", "2020-06-09"],
        ),
    ] {
        let mut lake = Lake::default();
        let mut ask = Ask::new(rows(&gone), "2020-06-01", "2020-06-12", "2020-06-13");
        ask.first_trade = first_trade.map(day);
        let revision = lake.commit(&ask);
        let absent: Vec<String> = revision.absent.iter().map(ToString::to_string).collect();
        assert_eq!(absent, expected, "{first_trade:?}");
        lake.commit(&ask);
        let holes = &lake.record().watch.holes;
        assert_eq!(holes.len(), expected.len());
        assert!(holes.values().all(|hole| *hole
            == Hole {
                asks: 1,
                last_asked: day("2020-06-13"),
                row: None,
            }));
        ask.today = day("2020-06-14");
        lake.commit(&ask);
        assert!(
            lake.record()
                .watch
                .holes
                .values()
                .all(|hole| hole.asks == 2)
        );
    }
    let mut lake = Lake::default();
    lake.commit(&Ask::new(
        rows(&gone),
        "2020-06-03",
        "2020-06-12",
        "2020-06-13",
    ));
    let filled = lake.commit(&Ask::new(
        rows(&[]),
        "2020-06-03",
        "2020-06-12",
        "2020-06-14",
    ));
    assert_eq!(filled.merged.stats.bars_added, 2);
    assert!(lake.record().watch.is_empty());
}

#[test]
fn a_fetch_that_is_held_back_excuses_no_session() {
    let mut lake = Lake::default();
    lake.commit(&Ask::new(
        fetched(bars("2020-06-03", &[10.0; 5]), &[]),
        "2020-06-03",
        "2020-06-09",
        "2020-06-10",
    ));
    let half = fetched(bars("2020-06-03", &[5.0; 8]), &[]);
    for today in ["2020-06-13", "2020-06-14"] {
        let revision = lake.commit(&Ask::new(half.clone(), "2020-06-03", "2020-06-12", today));
        assert_eq!(revision.absent.len(), 3);
        // Their rows are in quarantine: missing, and asked for in vain never.
        let holes = &lake.record().watch.holes;
        let is_missing = |hole: &Hole| hole.row == Some(HoleRow::Refused) && !hole.is_excused(0);
        assert!(
            holes.len() == 3 && holes.values().all(is_missing),
            "{holes:?}"
        );
        assert_eq!(lake.record().last(), Some(day("2020-06-09")));
        // The evidence is put aside once.
        assert_eq!(
            revision.quarantine.len(),
            if today.ends_with("13") { 3 } else { 0 }
        );
        assert_eq!(revision.merged.quarantine.len(), 3);
    }
}

#[test]
fn a_session_whose_row_was_refused_is_never_excused_by_asking() {
    for calendar in [xnys(), weekdays()] {
        let mic = calendar.mic();
        let mut offer = fetched(bars("2020-06-01", &[10.0; 8]), &[]);
        let mut rows = offer.bars.into_bars();
        let wrong = rows.remove(3);
        offer.bars = BarSeries::new(rows);
        let refused = RefusedRow::of_bar(
            &wrong,
            RefusalRule::from_name("outside_range"),
            "close 1 is outside".to_owned(),
        );
        offer.refused = vec![refused.clone()];
        let cells = |lake: &Lake| {
            let range = window("2020-06-01", "2020-06-10");
            let record = lake.record();
            let cells = gaps::coverage(range, record.rows(), &record.watch, 3, &calendar);
            (cells.missing, cells.excused)
        };
        let mut lake = Lake::default();
        let mut ask = Ask::new(offer, "2020-06-01", "2020-06-10", "2020-06-11");
        ask.calendar = calendar.clone();
        for today in [
            "2020-06-11",
            "2020-06-12",
            "2020-06-13",
            "2020-06-14",
            "2020-06-15",
        ] {
            ask.today = day(today);
            lake.commit(&ask);
            assert_eq!(cells(&lake), (1, 0), "{mic} on {today}");
        }
        // Nor when the vendor stops sending it.
        ask.fetched.refused.clear();
        for today in ["2020-06-16", "2020-06-17", "2020-06-18", "2020-06-19"] {
            ask.today = day(today);
            lake.commit(&ask);
            assert_eq!(cells(&lake), (1, 0), "{mic} on {today}");
        }
        // A person's word is an excuse, with the next fetch, whatever that brings.
        ask.decisions.decisions = vec![decided(Resolution::Rejected, &refused)];
        lake.commit(&ask);
        assert_eq!(cells(&lake), (0, 1), "{mic}");
        ask.decisions.decisions = vec![decided(Resolution::Released, &refused)];
        lake.commit(&ask);
        assert_eq!((cells(&lake), lake.record().rows()), ((0, 0), 8), "{mic}");
        assert!(lake.record().watch.holes.is_empty());
    }
}

#[test]
fn a_session_of_an_approximate_calendar_is_no_hole_until_something_proves_it() {
    let ask = |n_rows: usize, without: &str, today: &str| {
        let prices = vec![10.0; n_rows];
        let mut rows = bars("2020-06-01", &prices);
        rows.retain(|bar| bar.date.to_string() != without);
        let mut ask = Ask::new(fetched(rows, &[]), "2020-06-01", "2020-06-30", today);
        ask.calendar = weekdays();
        ask
    };
    // Sessions from the 1st to the 23rd, but one; those after may be holidays.
    let mut lake = Lake::default();
    let revision = lake.commit(&ask(17, "2020-06-10", "2020-07-01"));
    assert_eq!(revision.absent, []);
    let unsure: Vec<String> = revision.unsure.iter().map(ToString::to_string).collect();
    assert_eq!(
        unsure,
        [
            "2020-06-10",
            "2020-06-24",
            "2020-06-25",
            "2020-06-26",
            "2020-06-29",
            "2020-06-30"
        ]
    );
    assert!(lake.record().watch.is_empty());
    // Twelve in a row are none.
    let mut lake = Lake::default();
    let revision = lake.commit(&ask(10, "2020-06-10", "2020-07-01"));
    assert_eq!((revision.absent.len(), revision.unsure.len()), (12, 1));
    assert_eq!(lake.record().watch.holes.len(), 12);
    // They stay holes when rows come between.
    let revision = lake.commit(&ask(17, "2020-06-10", "2020-07-02"));
    assert_eq!((revision.absent.len(), revision.unsure.len()), (5, 1));
    let holes = &lake.record().watch.holes;
    assert!(holes.values().all(|hole| hole.asks == 2) && holes.len() == 5);
}
