use proptest::prelude::*;

use super::*;
use crate::fixtures::{at, day, weekdays, xnys};
use crate::gaps;
use crate::record::{Hole, Watch, YearEntry};
use crate::schema::SCHEMA_VERSION;

/// A listing that was asked for from `asked_from` on and has rows on `stored`.
fn record(asked_from: &str, stored: &[Date]) -> CommitRecord {
    let mut years = BTreeMap::new();
    for rows in stored.chunk_by(|a, b| a.year() == b.year()) {
        let entry = YearEntry {
            rows: rows.len(),
            first: rows[0],
            last: rows[rows.len() - 1],
            sha256: "ab".repeat(32),
        };
        years.insert(rows[0].year(), entry);
    }
    CommitRecord {
        schema: SCHEMA_VERSION,
        symbol: "AAPL".to_owned(),
        exchange: "us".to_owned(),
        currency: Some("USD".to_owned()),
        unit_scale: 1.0,
        first_trade: None,
        asked_from: day(asked_from),
        actions: Vec::new(),
        judged: Vec::new(),
        sources: Vec::new(),
        confirmed: Vec::new(),
        years,
        watch: Watch::default(),
        revision: 1,
        updated: at("2024-07-20T00:00:00Z"),
    }
}

fn sessions(calendar: &Calendar, first: &str, last: &str) -> Vec<Date> {
    let range = SessionRange::inclusive(day(first), day(last));
    calendar.sessions(range).map(TradingDate::date).collect()
}

fn frame<'a>(calendar: &'a Calendar, last_final: &str) -> CoverageFrame<'a> {
    CoverageFrame {
        calendar,
        last_final: calendar.session(day(last_final)),
        hole_asks: 3,
    }
}

fn hole(asks: u32) -> Hole {
    Hole {
        asks,
        last_asked: day("2024-07-18"),
        row: None,
    }
}

fn without(sessions: &[Date], absent: &[&str]) -> Vec<Date> {
    let is_there = |date: &&Date| !absent.contains(&date.to_string().as_str());
    sessions.iter().filter(is_there).copied().collect()
}

/// The dates of the years that must be looked into, as a reader would bring them.
fn read(
    record: &CommitRecord,
    stored: &[Date],
    frame: CoverageFrame<'_>,
) -> BTreeMap<i16, Vec<Date>> {
    let dates = |year: i16| stored.iter().filter(move |d| d.year() == year).copied();
    let years = unnamed_years(record, frame).into_iter();
    years.map(|year| (year, dates(year).collect())).collect()
}

fn named(survey: &Survey) -> Vec<(String, Absence, u32)> {
    let absent = survey.absent.iter();
    absent
        .map(|session| (session.date.to_string(), session.absence, session.asks))
        .collect()
}

#[test]
fn a_full_listing_needs_no_file() {
    let calendar = xnys();
    let stored = sessions(&calendar, "2023-07-03", "2024-07-12");
    let record = record("2023-07-03", &stored);
    let frame = frame(&calendar, "2024-07-12");
    assert_eq!(unnamed_years(&record, frame), [0_i16; 0]);
    let survey = survey(&record, &BTreeMap::new(), frame);
    assert_eq!(survey.cells.present, survey.cells.expected);
    assert_eq!(survey.cells.expected, stored.len());
    assert_eq!((survey.behind, survey.absent.len()), (0, 0));
}

#[test]
fn what_the_record_names_needs_no_file_either() {
    let calendar = xnys();
    let all = sessions(&calendar, "2023-07-03", "2024-07-12");
    let stored = without(&all, &["2023-11-01", "2024-07-09", "2024-07-12"]);
    let mut record = record("2023-07-03", &stored);
    record.watch.holes = BTreeMap::from([
        (day("2023-11-01"), hole(3)),
        (day("2024-07-09"), hole(2)),
        (day("2024-07-12"), hole(1)),
    ]);
    let frame = frame(&calendar, "2024-07-12");
    assert_eq!(unnamed_years(&record, frame), [0_i16; 0]);
    let survey = survey(&record, &BTreeMap::new(), frame);
    assert_eq!(
        named(&survey),
        [
            ("2023-11-01".to_owned(), Absence::Asked, 3),
            ("2024-07-09".to_owned(), Absence::Missing, 2),
            ("2024-07-12".to_owned(), Absence::Missing, 1),
        ]
    );
    assert_eq!((survey.cells.excused, survey.cells.missing), (1, 2));
    assert_eq!(survey.behind, 1);
}

#[test]
fn sessions_outside_the_rows_of_a_year_are_absent_without_a_look_into_its_file() {
    let calendar = xnys();
    let all = sessions(&calendar, "2022-07-01", "2024-07-08");
    let absent = [
        "2022-12-29",
        "2022-12-30",
        "2023-01-03",
        "2024-07-05",
        "2024-07-08",
    ];
    let stored = without(&all, &absent);
    let record = record("2022-07-01", &stored);
    let frame = frame(&calendar, "2024-07-08");
    assert_eq!(unnamed_years(&record, frame), [0_i16; 0]);
    let survey = survey(&record, &BTreeMap::new(), frame);
    let dates: Vec<String> = named(&survey).into_iter().map(|named| named.0).collect();
    assert_eq!(dates, absent);
    assert_eq!((survey.unnamed, survey.cells.present), (0, stored.len()));
}

#[test]
fn what_nobody_noted_is_found_by_looking_into_that_year_alone() {
    let calendar = xnys();
    let all = sessions(&calendar, "2022-07-01", "2024-07-12");
    let stored = without(&all, &["2023-11-01", "2023-11-02", "2024-07-09"]);
    let mut record = record("2022-07-01", &stored);
    record.watch.holes.insert(day("2024-07-09"), hole(1));
    let frame = frame(&calendar, "2024-07-12");
    assert_eq!(unnamed_years(&record, frame), [2023]);
    let survey_all = survey(&record, &read(&record, &stored, frame), frame);
    let dates: Vec<String> = named(&survey_all)
        .into_iter()
        .map(|named| named.0)
        .collect();
    assert_eq!(dates, ["2023-11-01", "2023-11-02", "2024-07-09"]);
    let ordinals: Vec<usize> = survey_all.absent.iter().map(|s| s.ordinal).collect();
    assert_eq!(ordinals[1], ordinals[0] + 1);
    // The file cannot be read: the count is known, the names are not.
    let blind = survey(&record, &BTreeMap::new(), frame);
    assert_eq!((blind.unnamed, blind.absent.len()), (2, 1));
    assert_eq!(blind.cells, survey_all.cells);
}

#[test]
fn a_year_without_a_file_is_absent_as_a_whole() {
    let calendar = xnys();
    let all = sessions(&calendar, "2021-12-30", "2023-01-04");
    let stored: Vec<Date> = all.iter().filter(|d| d.year() != 2022).copied().collect();
    let record = record("2021-12-30", &stored);
    let frame = frame(&calendar, "2023-01-04");
    let survey = survey(&record, &read(&record, &stored, frame), frame);
    assert_eq!(survey.cells.missing, all.len() - stored.len());
    assert_eq!(survey.absent.len(), survey.cells.missing);
}

#[test]
fn sessions_before_the_first_trade_are_not_expected_and_counted_apart() {
    let calendar = xnys();
    let stored = sessions(&calendar, "2024-03-01", "2024-07-12");
    let mut record = record("2024-01-02", &stored);
    record.first_trade = Some(day("2024-03-01"));
    let frame = frame(&calendar, "2024-07-12");
    let survey = survey(&record, &BTreeMap::new(), frame);
    assert_eq!(survey.cells.expected, stored.len());
    let before = sessions(&calendar, "2024-01-02", "2024-02-29").len();
    assert_eq!(survey.listed_later, before);
}

#[test]
fn the_run_of_a_day_counts_what_is_over_and_not_fetched_yet() {
    let calendar = xnys();
    let stored = sessions(&calendar, "2024-07-01", "2024-07-09");
    let record = record("2024-07-01", &stored);
    for (last_final, behind) in [("2024-07-08", 0), ("2024-07-09", 0), ("2024-07-12", 3)] {
        let frame = frame(&calendar, last_final);
        let survey = survey(&record, &read(&record, &stored, frame), frame);
        assert_eq!((survey.behind, survey.cells.missing), (behind, behind));
        assert_eq!(survey.cells.present, stored.len());
    }
}

#[test]
fn a_weekday_calendar_excuses_holidays_and_nothing_longer() {
    let calendar = weekdays();
    let all = sessions(&calendar, "2024-06-03", "2024-07-12");
    // One more than any exchange closes for.
    let week = [
        "2024-06-13",
        "2024-06-14",
        "2024-06-17",
        "2024-06-18",
        "2024-06-19",
        "2024-06-20",
        "2024-06-21",
        "2024-06-24",
        "2024-06-25",
        "2024-06-26",
        "2024-06-27",
    ];
    assert_eq!(week.len(), calendar.longest_closure() + 1);
    let holidays = ["2024-06-06", "2024-07-11", "2024-07-12"];
    let stored = without(&without(&all, &week), &holidays);
    let record = record("2024-06-03", &stored);
    let frame = frame(&calendar, "2024-07-12");
    let survey = survey(&record, &read(&record, &stored, frame), frame);
    let of = |absence| {
        let absent = survey.absent.iter().filter(|s| s.absence == absence);
        absent.map(|s| s.date.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(of(Absence::ApproximateCalendar), holidays);
    assert_eq!(of(Absence::Missing), week);
    // The two days at the end may be holidays.
    assert_eq!(survey.behind, 0);
}

#[test]
fn months_add_up_and_leave_possible_holidays_out_of_the_share() {
    let calendar = weekdays();
    let all = sessions(&calendar, "2024-05-27", "2024-07-12");
    let stored = without(&all, &["2024-06-06"]);
    let record = record("2024-05-27", &stored);
    let frame = frame(&calendar, "2024-07-12");
    let survey = survey(&record, &read(&record, &stored, frame), frame);
    let mut months = Months::default();
    months.add(&survey, &calendar);
    months.add(&survey, &calendar);
    let months = months.into_cells();
    let names: Vec<_> = months.iter().map(|m| (m.year, m.month)).collect();
    assert_eq!(names, [(2024, 5), (2024, 6), (2024, 7)]);
    assert_eq!((months[1].cells.excused, months[1].holidays), (2, 2));
    assert_eq!(months[1].share(), Some(1.0));
    let mut sum = Coverage::default();
    for month in &months {
        sum += month.cells;
    }
    let mut twice = survey.cells;
    twice += survey.cells;
    assert_eq!(sum, twice);
}

proptest! {
    #[test]
    fn present_and_absent_are_the_sessions_however_much_the_record_knows(
        lost in prop::collection::btree_set(0_usize..500, 0..40),
        noted in prop::collection::btree_set(0_usize..500, 0..40),
        asks in 1_u32..5,
        behind in 0_usize..30,
    ) {
        let calendar = xnys();
        let all = sessions(&calendar, "2022-06-01", "2024-06-28");
        let end = all.len() - behind;
        let is_stored = |at: usize| !lost.contains(&at) && at < end;
        let stored: Vec<Date> = all.iter().enumerate().filter(|(at, _)| is_stored(*at)).map(|(_, d)| *d).collect();
        let mut record = record("2022-06-01", &stored);
        record.first_trade = Some(all[0]);
        // A record may know less than all holes, never one that is none.
        for at in noted.intersection(&lost) {
            record.watch.holes.insert(all[*at], hole(asks));
        }
        let frame = frame(&calendar, "2024-06-28");
        let dates = read(&record, &stored, frame);
        let survey = survey(&record, &dates, frame);
        let mut together: Vec<Date> = survey.absent.iter().map(|session| session.date).collect();
        prop_assert!(together.is_sorted());
        together.extend(&stored);
        together.sort();
        prop_assert_eq!(&together, &all);
        let cells = survey.cells;
        prop_assert_eq!(cells.expected, cells.present + cells.excused + cells.missing);
        prop_assert_eq!(survey.unnamed, 0);
        // The count of run reports is the same.
        let counted = gaps::coverage(survey.range, record.rows(), &record.watch, 3, &calendar);
        prop_assert_eq!(counted, cells);
    }
}
