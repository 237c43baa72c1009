//! What goes wrong in June 2026 is told on the day on which it can be known, and nothing else is.
//!
//! Frankfurt's calendar is confirmed, Jakarta's is approximate in 2026. `S0004.DE` and `S0034.JK` are the first
//! listings of theirs.

use jiff::civil::{Date, date};
use quantx::report::{RunReport, Verdict};

use super::{World, days, listing};

const BEGIN: Date = date(2026, 4, 1);
const DAY: Date = date(2026, 6, 10);
const LAST: Date = date(2026, 6, 30);

/// Frankfurt and Jakarta with so many listings each, and Tokyo, which is well.
async fn world(n_each: usize, faults: &str, settings: &str) -> World {
    let market = format!("synthetic:{}:all", n_each * 44);
    let kept = [".DE", ".JK", ".T"];
    let keep = |symbol: &str| kept.iter().any(|suffix| symbol.ends_with(suffix));
    World::new(&market, faults, settings, BEGIN, keep).await
}

/// The daily updates of June. The first one fills the lake and is not among them.
async fn june(world: &World) -> Vec<(Date, RunReport)> {
    let filled = world.on(date(2026, 5, 31)).await;
    assert_eq!(filled.verdict, Verdict::Green, "{:?}", filled.reasons);
    let mut runs = Vec::new();
    for day in days(date(2026, 6, 1), LAST) {
        runs.push((day, world.on(day).await));
    }
    runs
}

fn not_green(runs: &[(Date, RunReport)]) -> Vec<Date> {
    let runs = runs.iter().filter(|(_, run)| run.verdict != Verdict::Green);
    runs.map(|(day, _)| *day).collect()
}

fn reasons(runs: &[(Date, RunReport)], day: Date) -> String {
    let run = runs.iter().find(|(of, _)| *of == day);
    run.map(|(_, run)| format!("{:?}: {}", run.verdict, run.reasons.join("; ")))
        .unwrap()
}

/// The mornings after an exchange's sessions from one date to the other.
fn mornings_after(world: &World, symbol: &str, first: Date, last: Date) -> Vec<Date> {
    let truth = world.lab.server.market().truth(symbol).unwrap();
    let sessions = truth.venue.sessions.iter().map(|session| session.date);
    let sessions = sessions.filter(|date| (first..=last).contains(date));
    sessions.map(|date| date.tomorrow().unwrap()).collect()
}

fn lacks(symbol: &'static str, first: Date, last: Date) -> impl Fn(&str, Date) -> bool {
    move |of, date| of.ends_with(symbol) && (first..=last).contains(&date)
}

#[tokio::test]
async fn a_session_that_the_vendor_lacks_is_told_once_and_excused_after_asking() {
    // Jakarta's calendar is not sure of the session, its other listing is.
    for symbol in ["S0004.DE", "S0034.JK"] {
        let world = world(2, &format!("no-rows={symbol}:{DAY}"), "").await;
        let runs = june(&world).await;
        let told = DAY.tomorrow().unwrap();
        assert_eq!(not_green(&runs), [told], "{symbol}");
        let because =
            format!("1 expected sessions have no row and no excuse, for the first time: {symbol}");
        assert!(
            reasons(&runs, told).contains(&because),
            "{}",
            reasons(&runs, told)
        );
        for (day, run) in &runs {
            let cells = listing(run, symbol).coverage;
            let expected = match (day.duration_since(told).as_hours() / 24, *day < told) {
                (_, true) => (0, 0),
                (0 | 1, _) => (1, 0),
                _ => (0, 1),
            };
            assert_eq!((cells.missing, cells.excused), expected, "{symbol} {day}");
        }
        world.is_the_truth(LAST, lacks(symbol, DAY, DAY)).await;
    }
}

#[tokio::test]
async fn a_listing_that_stalls_while_its_exchange_trades_is_never_green_on_a_morning_after_a_session()
 {
    let until = date(2026, 6, 26);
    for symbol in ["S0004.DE", "S0034.JK"] {
        for n_each in [2, 4] {
            let faults = format!("no-rows={symbol}:{DAY}:{until}");
            let world = world(n_each, &faults, "").await;
            let runs = june(&world).await;
            assert_eq!(
                not_green(&runs),
                mornings_after(&world, symbol, DAY, until),
                "{symbol} of {n_each}"
            );
            let newest = reasons(&runs, date(2026, 6, 25));
            assert!(
                newest.contains(symbol) && newest.contains("no row and no excuse"),
                "{newest}"
            );
            let probable = runs.iter().any(|(_, run)| !run.market_events.is_empty());
            assert!(!probable, "{symbol} of {n_each}");
            world.is_the_truth(LAST, lacks(symbol, DAY, until)).await;
        }
    }
}

#[tokio::test]
async fn an_exchange_that_lacks_a_day_is_an_outage_and_heals() {
    let world = world(4, &format!("no-rows=.DE:{DAY}:{DAY}:3d"), "").await;
    let runs = june(&world).await;
    let told = DAY.tomorrow().unwrap();
    assert_eq!(not_green(&runs), [told]);
    let because = format!("4 of 4 listings of de lack {DAY}: vendor outage");
    assert!(
        reasons(&runs, told).contains(&because),
        "{}",
        reasons(&runs, told)
    );
    world.is_the_truth(LAST, |_, _| false).await;
}

#[tokio::test]
async fn a_lake_of_one_exchange_whose_rows_do_not_come_is_red() {
    let faults = format!("no-rows=.DE:{DAY}:{DAY}:3d");
    let world = World::new("synthetic:88:all", &faults, "", BEGIN, |it| {
        it.ends_with(".DE")
    })
    .await;
    let runs = june(&world).await;
    let told = DAY.tomorrow().unwrap();
    assert_eq!(not_green(&runs), [told]);
    assert!(
        reasons(&runs, told).starts_with("Red: nothing was stored"),
        "{}",
        reasons(&runs, told)
    );
    world.is_the_truth(LAST, |_, _| false).await;
}

#[tokio::test]
async fn rows_on_a_day_that_the_calendar_calls_closed_are_told_with_the_exchange() {
    let settings = format!("exchanges: {{ de: {{ calendar: {{ holidays: [{DAY}] }} }} }}\n");
    let world = world(2, "", &settings).await;
    let runs = june(&world).await;
    let told = DAY.tomorrow().unwrap();
    assert_eq!(not_green(&runs), [told]);
    let because =
        format!("2 of 2 listings of de have volume on {DAY}: the calendar is wrong about this day");
    assert!(
        reasons(&runs, told).contains(&because),
        "{}",
        reasons(&runs, told)
    );
    world.is_the_truth(LAST, lacks(".DE", DAY, DAY)).await;
}

#[tokio::test]
async fn a_holiday_that_an_approximate_calendar_does_not_know_is_told_with_the_line_that_settles_it()
 {
    let holidays = format!("no-rows=.JK:{DAY}:2026-06-11");
    let line = "exchanges: { id: { calendar: { holidays: [2026-06-10, 2026-06-11] } } }";
    for n_each in [1, 2, 4] {
        let world = self::world(n_each, &holidays, "").await;
        let runs = june(&world).await;
        // While nothing comes, and on the morning after the first session.
        let told = [11, 12, 13].map(|day| date(2026, 6, day));
        assert_eq!(not_green(&runs), told, "{n_each}");
        for day in told {
            let because =
                "a holiday that the approximate calendar does not know, or the vendor is out";
            let reasons = reasons(&runs, day);
            assert!(
                reasons.starts_with("Yellow") && reasons.contains(because),
                "{reasons}"
            );
        }
        let last = runs.iter().find(|(day, _)| *day == told[2]);
        let notices = last.unwrap().1.notices.join("; ");
        assert!(notices.contains(line), "{notices}");
        let missing: usize = runs
            .iter()
            .map(|(_, run)| run.totals.coverage.missing)
            .sum();
        assert_eq!(missing, 0, "nobody's hole");
        world
            .is_the_truth(LAST, lacks(".JK", DAY, date(2026, 6, 11)))
            .await;
    }
    // With the line in the settings there is nothing to tell.
    let world = self::world(2, &holidays, &format!("{line}\n")).await;
    let runs = june(&world).await;
    assert_eq!(not_green(&runs), [] as [Date; 0]);
    assert_eq!(runs.last().unwrap().1.totals.coverage.excused, 0);
}

#[tokio::test]
async fn an_exchange_that_is_away_for_longer_than_it_ever_closes_has_holes() {
    let until = date(2026, 6, 26);
    let world = world(2, &format!("no-rows=.JK:{DAY}:{until}"), "").await;
    let runs = june(&world).await;
    // Jakarta closes for seven days of its week in a row at most; the 16th is a holiday that is known. Every
    // morning until a row comes: while nobody can tell, then each new session, and on weekends nothing else is due.
    let away = days(date(2026, 6, 11), date(2026, 6, 29));
    assert_eq!(not_green(&runs), away.collect::<Vec<_>>());
    assert!(reasons(&runs, date(2026, 6, 22)).starts_with("Yellow"));
    assert!(reasons(&runs, date(2026, 6, 28)).starts_with("Red: nothing was stored"));
    let missing = |day: Date| {
        let run = runs.iter().find(|(of, _)| *of == day).unwrap();
        listing(&run.1, "S0034.JK").coverage.missing
    };
    let eighth = date(2026, 6, 23);
    assert_eq!((missing(date(2026, 6, 22)), missing(eighth)), (0, 8));
    let reasons = reasons(&runs, eighth);
    assert!(
        reasons.contains("expected sessions have no row and no excuse"),
        "{reasons}"
    );
    world.is_the_truth(LAST, lacks(".JK", DAY, until)).await;
}
