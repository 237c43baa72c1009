//! Every session of every exchange against a witness, whose answers are facts in `witness/`.

mod facts;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::{Calendar, rules::MARKETS};
use facts::{Facts, Hours};
use quantx_market::Date;

/// How we differ from the witness on a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Difference {
    /// The witness has a session.
    Closed,
    /// The witness has none.
    Session,
    /// Both have one, with other hours.
    Hours,
}

/// What comparing one exchange gave; dates that are not confirmed are counted apart.
#[derive(Default)]
struct Comparison {
    n_sessions: usize,
    differing: BTreeMap<Date, Difference>,
    n_approximate: usize,
}

fn compare(facts: &Facts) -> Comparison {
    let calendar = Calendar::of(&facts.mic).unwrap();
    let market = MARKETS.iter().find(|it| it.mic == facts.mic).unwrap();
    let time_zone = TimeZone::get(market.time_zone).unwrap();
    let wall = |at: Timestamp| time_zone.to_datetime(at).time();
    let mut found = Comparison::default();
    for date in facts.first.series(jiff::Span::new().days(1)) {
        if date > facts.last {
            break;
        }
        let ours: Option<Hours> = calendar
            .session(date)
            .map(|it| (wall(calendar.open(it)), wall(calendar.close(it))));
        let theirs = facts.session(date);
        let difference = match (ours, theirs) {
            _ if ours == theirs => None,
            (None, _) => Some(Difference::Closed),
            (Some(_), None) => Some(Difference::Session),
            (Some(_), Some(_)) => Some(Difference::Hours),
        };
        let n_sessions = usize::from(ours.is_some());
        if calendar.is_approximate_on(date) {
            found.n_approximate += n_sessions;
        } else {
            found.n_sessions += n_sessions;
            found.differing.extend(difference.map(|it| (date, it)));
        }
    }
    found
}

/// The differences of an exchange that have a reason: `witness/differences.txt`.
fn named(mic: &str) -> Vec<(Date, Date, Difference)> {
    let text = std::fs::read_to_string(facts::folder().join("differences.txt")).unwrap();
    let lines = text.lines().filter(|line| line.starts_with(mic));
    let named = lines.map(|line| {
        let words: Vec<&str> = line.splitn(4, ' ').collect();
        assert!(words[3].len() > 8, "no reason: {line}");
        let (first, last) = words[1].split_once("..").unwrap_or((words[1], words[1]));
        let kind = match words[2] {
            "closed" => Difference::Closed,
            "session" => Difference::Session,
            "hours" => Difference::Hours,
            kind => panic!("unknown kind {kind}: {line}"),
        };
        (first.parse().unwrap(), last.parse().unwrap(), kind)
    });
    named.collect()
}

#[test]
fn every_session_is_as_the_witness_says_or_the_difference_has_a_reason() {
    let all = facts::read_all();
    assert!(all.len() >= 39, "only {} exchanges have facts", all.len());
    let mut wrong = String::new();
    for facts in &all {
        let mut found = compare(facts).differing;
        for (first, last, kind) in named(&facts.mic) {
            let before = found.len();
            found.retain(|date, it| !((first..=last).contains(date) && *it == kind));
            if found.len() == before {
                writeln!(
                    wrong,
                    "{} {first}: {kind:?} is named, and there is none",
                    facts.mic
                )
                .unwrap();
            }
        }
        for (date, difference) in found {
            let weekday = date.weekday();
            writeln!(
                wrong,
                "{} {date} {weekday:?}: {difference:?} without a reason",
                facts.mic
            )
            .unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn a_calendar_without_facts_has_those_of_another() {
    let known: Vec<String> = facts::read_all().into_iter().map(|it| it.mic).collect();
    for market in &MARKETS {
        let shares = [
            "XTSX", "XKOS", "ROCO", "XNSE", "XSHE", "24x5", "24x7", "GLBX",
        ];
        let has = known.iter().any(|mic| mic == market.mic);
        assert_eq!(has, !shares.contains(&market.mic), "{}", market.mic);
    }
}

/// The table of `docs/calendars.md`.
fn table() -> String {
    let mut rows = String::new();
    for facts in facts::read_all() {
        let found = compare(&facts);
        let market = MARKETS.iter().find(|it| it.mic == facts.mic).unwrap();
        let n_equal = found.n_sessions
            - found
                .differing
                .values()
                .filter(|it| **it != Difference::Closed)
                .count();
        let n_unknown = market.unknown().len();
        writeln!(
            rows,
            "| {} | {} to {} | {} | {n_equal} | {} | {n_unknown} | {} |",
            facts.mic,
            market.exact_from,
            market.exact_to,
            found.n_sessions,
            found.differing.len(),
            found.n_approximate,
        )
        .unwrap();
    }
    rows
}

#[test]
fn the_published_table_is_what_the_comparison_gives() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/calendars.md");
    let published = std::fs::read_to_string(path).unwrap();
    let rows = table();
    assert!(
        published.contains(&rows),
        "the rows of docs/calendars.md are now\n{rows}"
    );
}
