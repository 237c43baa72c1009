use std::time::Duration;

use jiff::civil::date;

use super::*;
use crate::markets::{MarketSpec, Scope, open_market};

const WHOLE: &str = "429=0.05,429ra=0.02:3,500=0.05,hang=0.01,truncate=0.02,html=0.01,wrong-symbol=0.01,null-rows=0.05,\
    drop-session=2024-05-03:3d:0.9,no-rows=.JK:2024-05-03:2024-05-07,block100x=S0003:2024-05-06,revised-dividend=S0004,late-split=S0005,outage404=0.5@2024-08-06,S0001#2=500";

fn plan(text: &str) -> FaultPlan {
    text.parse().unwrap()
}

#[test]
fn the_whole_grammar_is_read() {
    let plan = plan(WHOLE);
    assert_eq!(
        (plan.chances.len(), plan.flaws.len(), plan.script.len()),
        (8, 6, 1)
    );
    assert_eq!("".parse(), Ok(FaultPlan::default()));
}

#[test]
fn what_is_no_fault_is_named_with_what_is_allowed() {
    for (text, problem, allowed) in [
        ("503=0.1", "\"503\" is not known", "429=P"),
        ("429", "there is no \"=\"", "429=P"),
        ("500=1.5", "\"1.5\" is not possible", "a number from 0 to 1"),
        (
            "429ra=0.1",
            "\"\" is not possible",
            "a whole number of seconds",
        ),
        (
            "hang=often",
            "\"often\" is not possible",
            "a number from 0 to 1",
        ),
        (
            "drop-session=2024-02-30:3d:1",
            "\"2024-02-30\" is not possible",
            "a date as 2024-05-03",
        ),
        (
            "drop-session=2024-05-03:3:1",
            "\"3\" is not possible",
            "a number of days as 3d",
        ),
        (
            "no-rows=S0001:2024-05-03:3d",
            "\"3d\" is not possible",
            "a date as 2024-05-03",
        ),
        ("block100x=:2024-05-03", "\"\" is not possible", "a symbol"),
        ("outage404=0.5", "\"0.5\" is not possible", "SHARE@DATE"),
        (
            "S0001#0=500",
            "\"0\" is not possible",
            "the number of a request, from 1",
        ),
        (
            "S0001#1=503",
            "\"503\" is not possible",
            "429, 429ra:SECONDS, 500",
        ),
        ("html=0.1:4", "\"4\" is too much", "429=P"),
    ] {
        let error = format!("500=0.1,{text}")
            .parse::<FaultPlan>()
            .unwrap_err()
            .to_string();
        let start = format!("fault {text:?}: {problem}");
        assert!(
            error.starts_with(&start) && error.contains(allowed),
            "{error}"
        );
    }
}

#[test]
fn a_script_goes_before_chance_and_chance_is_the_same_every_time() {
    let plan = plan("500=0.2,html=0.1,S0001#2=429ra:7");
    let expected = WireFault::TooManyRequests {
        retry_after: Some(Duration::from_secs(7)),
    };
    assert_eq!(plan.wire_fault(1, "S0001", 2), Some(expected));
    let draws = |seed| {
        (1..2000)
            .map(|attempt| plan.wire_fault(seed, "S0009", attempt))
            .collect::<Vec<_>>()
    };
    assert_eq!(draws(1), draws(1));
    assert_ne!(draws(1), draws(2));
    let n_errors = draws(1)
        .iter()
        .filter(|fault| **fault == Some(WireFault::ServerError))
        .count();
    assert!((330..470).contains(&n_errors), "{n_errors}");
}

#[test]
fn flaws_come_and_go_with_the_days() {
    let spec = MarketSpec::Synthetic {
        listings: 20,
        scope: Scope::UnitedStates,
    };
    let market = open_market(&spec, 0).unwrap();
    let plan = plan(
        "drop-session=2024-05-03:3d:1,block100x=S0003:2024-05-06:2:4d,revised-dividend=S0004,late-split=S0005,outage404=0.5@2024-08-06",
    );
    let defects = |symbol: &str, day| plan.defects(0, &market.truth(symbol).unwrap(), day);

    for (day, lost) in [(2, 0), (3, 1), (5, 1), (6, 0)] {
        assert_eq!(
            defects("S0000", date(2024, 5, day)).lost.len(),
            lost,
            "May {day}"
        );
    }
    let block = defects("S0003", date(2024, 5, 9)).hundredfold;
    assert_eq!(
        block.into_iter().collect::<Vec<_>>(),
        [date(2024, 5, 6), date(2024, 5, 7)]
    );
    assert!(defects("S0003", date(2024, 5, 10)).hundredfold.is_empty());

    let paying = market.truth("S0004").unwrap();
    let (ex_date, amount) = paying
        .actions
        .iter()
        .find_map(|a| Some((a.ex_date, a.kind.cash()?)))
        .unwrap();
    let announced = defects("S0004", ex_date).dividends[&ex_date];
    assert!(announced != amount && announced > 0.0);
    assert!(
        defects("S0004", ex_date.saturating_add(jiff::Span::new().days(5)))
            .dividends
            .is_empty()
    );

    let splitting = market.truth("S0005").unwrap();
    let split = splitting
        .actions
        .iter()
        .find(|action| action.kind.split_ratio().is_some())
        .unwrap();
    assert!(
        defects("S0005", split.ex_date)
            .unapplied_splits
            .contains(&split.ex_date)
    );
    assert!(
        defects("S0005", split.ex_date.tomorrow().unwrap())
            .unapplied_splits
            .is_empty()
    );

    let denied = |day| {
        market
            .symbols()
            .iter()
            .filter(|symbol| plan.denies(0, symbol, day))
            .count()
    };
    assert!((4..17).contains(&denied(date(2024, 8, 6))));
    assert_eq!(denied(date(2024, 8, 7)), 0);
}

#[test]
fn a_listing_or_an_exchange_has_no_rows_for_good_or_for_some_days() {
    let spec = MarketSpec::Synthetic {
        listings: 88,
        scope: Scope::Exchanges,
    };
    let market = open_market(&spec, 0).unwrap();
    let plan = plan("no-rows=.JK:2026-06-03:2026-06-08,no-rows=S0000:2026-06-05::2d");
    let lost = |symbol: &str, day| {
        let defects = plan.defects(0, &market.truth(symbol).unwrap(), date(2026, 6, day));
        defects.lost.len()
    };
    let listings = market.symbols();
    let jakarta = listings.iter().filter(|symbol| symbol.ends_with(".JK"));
    assert!(
        jakarta.clone().all(|symbol| lost(symbol, 30) == 4),
        "for good"
    );
    assert_eq!((jakarta.count(), lost("0079.KL", 30)), (2, 0));
    assert_eq!(
        (lost("S0000", 5), lost("S0000", 6), lost("S0000", 7)),
        (1, 1, 0)
    );
    assert_eq!(lost("S0044", 5), 0);
}
