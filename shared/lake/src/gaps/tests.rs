use super::*;
use crate::fixtures::{bars, day, weekdays, window, xnys};

#[test]
fn absent_and_present_sessions_are_the_sessions() {
    let calendar = xnys();
    let mut rows = bars("2024-07-01", &[1.0; 10]);
    rows.remove(7);
    rows.remove(2);
    let series = BarSeries::new(rows);
    let range = window("2024-07-01", "2024-07-15");
    let absent = absent(&series, range, &calendar);
    let dates: Vec<String> = absent.iter().map(ToString::to_string).collect();
    // The 4th is a holiday and no gap.
    assert_eq!(dates, ["2024-07-03", "2024-07-11"]);
    assert_eq!(absent.len() + series.len(), calendar.count(range));
}

#[test]
fn every_expected_cell_is_present_excused_or_missing() {
    let calendar = xnys();
    let range = window("2024-07-01", "2024-07-12");
    let mut watch = Watch::default();
    let hole = |asks| Hole {
        asks,
        last_asked: day("2024-07-15"),
        row: None,
    };
    watch.holes.insert(day("2024-07-02"), hole(3));
    watch.holes.insert(day("2024-07-03"), hole(2));
    watch.holes.insert(day("2024-06-03"), hole(9));
    for (rows, present, excused, missing) in [
        (7, 7, 1, 1),
        (9, 9, 0, 0),
        (8, 8, 1, 0),
        (12, 9, 0, 0),
        (0, 0, 1, 8),
    ] {
        let cells = coverage(range, rows, &watch, 3, &calendar);
        let expected = Coverage {
            expected: 9,
            present,
            excused,
            missing,
        };
        assert_eq!(cells, expected, "{rows} rows");
    }
}

#[test]
fn a_calendar_of_weekdays_expects_no_row_on_a_holiday() {
    let calendar = weekdays();
    assert!(calendar.is_approximate());
    let cells = coverage(
        window("2024-06-03", "2024-06-07"),
        4,
        &Watch::default(),
        3,
        &calendar,
    );
    assert_eq!(
        (cells.expected, cells.present, cells.excused, cells.missing),
        (5, 4, 1, 0)
    );
}

#[test]
fn a_refused_row_is_missing_and_a_rejected_one_is_excused() {
    let range = window("2024-06-03", "2024-06-07");
    let mut watch = Watch::default();
    let hole = |asks, row| Hole {
        asks,
        last_asked: day("2024-06-15"),
        row,
    };
    watch
        .holes
        .insert(day("2024-06-04"), hole(9, Some(HoleRow::Refused)));
    watch
        .holes
        .insert(day("2024-06-05"), hole(0, Some(HoleRow::Rejected)));
    watch.holes.insert(day("2024-06-06"), hole(9, None));
    for (calendar, excused) in [(xnys(), 2), (weekdays(), 2)] {
        let cells = coverage(range, 2, &watch, 3, &calendar);
        assert_eq!((cells.excused, cells.missing), (excused, 1), "{calendar:?}");
    }
}

#[test]
fn a_hole_remembers_that_its_row_was_refused_until_the_row_is_there_or_a_person_decides() {
    let mut watch = Watch::default();
    let june = ("2024-06-03", "2024-06-07");
    let refused = [day("2024-06-04")];
    note(&mut watch, june, &["2024-06-04"], "2024-06-08");
    note_rows(&mut watch, refused, HoleRow::Refused, day("2024-06-08"));
    for today in ["2024-06-09", "2024-06-10", "2024-06-11", "2024-06-12"] {
        // The vendor no longer sends it.
        note(&mut watch, june, &["2024-06-04"], today);
    }
    let hole = watch.holes[&day("2024-06-04")];
    assert_eq!((hole.asks, hole.is_excused(3)), (5, false));
    note_rows(&mut watch, refused, HoleRow::Rejected, day("2024-06-13"));
    assert!(watch.holes[&day("2024-06-04")].is_excused(3));
    note(&mut watch, june, &[], "2024-06-14");
    assert!(watch.is_empty());
}

fn note(watch: &mut Watch, asked: (&str, &str), absent: &[&str], today: &str) {
    let calendar = xnys();
    let absent: Vec<TradingDate> = absent
        .iter()
        .map(|date| calendar.session(day(date)).unwrap())
        .collect();
    note_holes(watch, window(asked.0, asked.1), &absent, day(today));
}

#[test]
fn a_hole_counts_one_ask_a_day_and_goes_when_it_is_filled() {
    let mut watch = Watch::default();
    let asks = |watch: &Watch| {
        watch
            .holes
            .values()
            .map(|hole| hole.asks)
            .collect::<Vec<_>>()
    };
    let june = ("2024-06-03", "2024-06-07");
    note(
        &mut watch,
        june,
        &["2024-06-04", "2024-06-06"],
        "2024-06-08",
    );
    note(
        &mut watch,
        june,
        &["2024-06-04", "2024-06-06"],
        "2024-06-08",
    );
    assert_eq!(asks(&watch), [1, 1]);
    // Not asked for the 4th: it stays as it is.
    note(
        &mut watch,
        ("2024-06-05", "2024-06-07"),
        &["2024-06-06"],
        "2024-06-09",
    );
    assert_eq!(asks(&watch), [1, 2]);
    // A run of the past does not count again.
    note(
        &mut watch,
        june,
        &["2024-06-04", "2024-06-06"],
        "2024-06-07",
    );
    assert_eq!(asks(&watch), [1, 2]);
    note(&mut watch, june, &["2024-06-04"], "2024-06-10");
    assert_eq!(asks(&watch), [2]);
    note(&mut watch, june, &[], "2024-06-10");
    assert!(watch.is_empty());
}

#[test]
fn the_pause_before_an_old_hole_is_asked_again_doubles() {
    for (asks, pause) in [(1, 1), (2, 2), (3, 4), (6, 32)] {
        let hole = Hole {
            asks,
            last_asked: day("2024-06-01"),
            row: None,
        };
        let after = |days: i64| day("2024-06-01") + jiff::Span::new().days(days);
        assert!(!is_due_again(&hole, after(pause - 1)), "{asks}");
        assert!(is_due_again(&hole, after(pause)), "{asks}");
    }
}

#[test]
fn a_hole_is_news_on_the_day_of_its_first_question_only() {
    let mut watch = Watch::default();
    let hole = |asks, last_asked| Hole {
        asks,
        last_asked: day(last_asked),
        row: None,
    };
    watch.holes.insert(day("2024-05-02"), hole(1, "2024-06-03"));
    watch.holes.insert(day("2024-05-03"), hole(2, "2024-06-03"));
    watch.holes.insert(day("2024-05-06"), hole(1, "2024-06-02"));
    assert_eq!(new_holes(&watch, day("2024-06-03")), 1);
    assert_eq!(new_holes(&watch, day("2024-06-04")), 0);
}

#[test]
fn only_the_days_that_are_not_confirmed_accuse_nobody() {
    // Shanghai's holidays of 2027 are not proclaimed in this release.
    let shanghai = Calendar::of("XSHG").unwrap();
    let range = window("2026-12-28", "2027-01-08");
    let expected = shanghai.count(range);
    assert_eq!((expected, shanghai.count_approximate(range)), (9, 5));
    let mut watch = Watch::default();
    let cells = |watch: &Watch, rows| {
        let cells = coverage(range, rows, watch, 3, &shanghai);
        (cells.excused, cells.missing)
    };
    assert_eq!(cells(&watch, expected - 5), (5, 0));
    assert_eq!(cells(&watch, expected - 6), (5, 1));
    let hole = Hole {
        asks: 1,
        last_asked: day("2027-01-09"),
        row: None,
    };
    watch.holes.insert(day("2026-12-29"), hole);
    assert_eq!(cells(&watch, expected - 3), (2, 1));
}

#[test]
fn a_hole_on_an_approximate_date_is_a_session_that_is_proven() {
    let calendar = weekdays();
    let range = window("2024-06-03", "2024-06-07");
    let mut watch = Watch::default();
    let cells = |watch: &Watch| {
        let cells = coverage(range, 3, watch, 3, &calendar);
        (cells.excused, cells.missing)
    };
    assert_eq!(cells(&watch), (2, 0));
    let day = day("2024-06-04");
    assert_eq!(
        accuse(&mut watch, [day], crate::fixtures::day("2024-06-08")),
        1
    );
    assert_eq!(cells(&watch), (1, 1));
    assert!(watch.holes[&day].is_new(crate::fixtures::day("2024-06-08")));
    // Twice is once, and what was asked for since is not forgotten.
    watch.holes.get_mut(&day).unwrap().asks = 3;
    assert_eq!(
        accuse(&mut watch, [day], crate::fixtures::day("2024-06-09")),
        0
    );
    assert_eq!((watch.holes[&day].asks, cells(&watch)), (3, (2, 0)));
}

#[test]
fn no_holiday_is_longer_than_the_exchange_ever_closes() {
    let calendar = weekdays();
    let longest = calendar.longest_closure();
    let sessions: Vec<TradingDate> = calendar
        .sessions(window("2024-06-03", "2024-07-31"))
        .collect();
    let mut absent = sessions[..longest].to_vec();
    assert_eq!(longer_than_a_closure(&absent, &calendar).len(), 0);
    // A row between two stretches makes them two closures.
    absent.extend(&sessions[longest + 1..2 * longest + 1]);
    assert_eq!(longer_than_a_closure(&absent, &calendar).len(), 0);
    let absent = &sessions[..=longest];
    let long = longer_than_a_closure(absent, &calendar);
    assert!(long.iter().eq(absent));
}
