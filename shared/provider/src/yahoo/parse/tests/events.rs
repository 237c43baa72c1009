//! Splits, dividends and capital gains of an answer.

use quantx_market::{Action, ActionKind};

use super::*;

fn actions(events: Value) -> Result<Vec<Action>, ParseError> {
    let mut chart = one_row();
    chart.pointer_mut("/chart/result/0").unwrap()["events"] = events;
    match parse(&chart)? {
        Parsed::History(history) => Ok(history.actions),
        other => panic!("no history: {other:?}"),
    }
}

#[test]
fn actions_are_dated_by_their_date_and_put_together_by_kind() {
    let (june, july) = (at("2025-06-12T13:30:00Z"), at("2025-07-10T13:30:00Z"));
    let june_late = at("2025-06-12T18:00:00Z");
    let actions = actions(json!({
        "dividends": {
            "1": {"date": july, "amount": 0.25, "currency": "USD"},
            "2": {"date": june, "amount": 0.5},
            "3": {"date": june_late, "amount": 1},
            "4": {"date": at("2025-05-01T13:30:00Z"), "amount": 0},
        },
        "capitalGains": {"5": {"date": june, "amount": 2.5}},
        "splits": {
            "6": {"date": july, "numerator": 1.0, "denominator": 8.0, "splitRatio": "1:8"},
            "7": {"date": june, "numerator": 3, "denominator": 2, "splitRatio": "3:2"},
            "8": {"date": june_late, "numerator": 2, "denominator": 1, "splitRatio": "2:1"},
        },
        "earnings": {"9": {}},
    }));
    let split = |numerator, denominator| ActionKind::Split {
        numerator,
        denominator,
    };
    let (in_june, in_july) = (date(2025, 6, 12), date(2025, 7, 10));
    let expected = [
        (in_june, split(6.0, 2.0)),
        (in_june, ActionKind::Dividend { amount: 1.5 }),
        (in_june, ActionKind::CapitalGain { amount: 2.5 }),
        (in_july, split(1.0, 8.0)),
        (in_july, ActionKind::Dividend { amount: 0.25 }),
    ];
    let expected = expected.map(|(ex_date, kind)| Action { ex_date, kind });
    assert_eq!(actions.unwrap(), expected);
}

/// What was read of `events` in an answer with one row: actions, and what is refused.
fn read_events(events: Value) -> (Vec<Action>, Vec<String>) {
    let mut body = one_row();
    body["chart"]["result"][0]["events"] = events;
    let Ok(Parsed::History(history)) = parse(&body) else {
        panic!("{body}");
    };
    let refused = history.refused_actions.into_iter();
    let refused = refused.map(|refused| format!("{} {}", refused.action.ex_date, refused.reason));
    (history.actions, refused.collect())
}

#[test]
fn an_action_that_cannot_be_is_refused_and_the_rows_are_read() {
    let stamp = at("2025-06-12T13:30:00Z");
    for (numerator, denominator, ratio) in [
        (json!(0.0), json!(1.0), "0:1"),
        (json!(1.0), json!(0.0), "1:0"),
        (json!(1.0), Value::Null, "1:0"),
        (json!(-2.0), json!(1.0), "-2:1"),
        (json!(-2.0), json!(-1.0), "-2:-1"),
    ] {
        let split = json!({"date": stamp, "numerator": numerator, "denominator": denominator});
        let good = json!({"date": stamp, "amount": 0.5});
        let (actions, refused) =
            read_events(json!({"splits": {"1": split}, "dividends": {"1": good}}));
        assert_eq!(actions.len(), 1);
        assert_eq!(
            refused,
            [format!("2025-06-12 no split has the ratio {ratio}")]
        );
    }
    for (events, kind) in [("dividends", "dividend"), ("capitalGains", "capital gain")] {
        let (actions, refused) =
            read_events(json!({events: {"1": {"date": stamp, "amount": -0.1}}}));
        assert_eq!(actions, []);
        assert_eq!(refused, [format!("2025-06-12 no {kind} is -0.1 per share")]);
        let huge = json!({"date": stamp, "amount": 1e308});
        let (actions, refused) = read_events(json!({events: {"1": huge, "2": huge}}));
        assert_eq!((actions.len(), refused.len()), (0, 1));
    }
}

#[test]
fn one_split_that_is_listed_twice_is_one_split() {
    let split = |n: f64, d: f64, hour: &str| {
        let stamp = at(&format!("2025-06-12T{hour}:30:00Z"));
        json!({"date": stamp, "numerator": n, "denominator": d})
    };
    let twice = json!({"1": split(3.0, 1.0, "13"), "2": split(6.0, 2.0, "14")});
    let (actions, _) = read_events(json!({"splits": twice}));
    assert_eq!(actions[0].kind.split_ratio().unwrap().get(), 3.0);
    let two = json!({"1": split(3.0, 1.0, "13"), "2": split(1.0, 2.0, "14")});
    let (actions, _) = read_events(json!({"splits": two}));
    assert_eq!(actions[0].kind.split_ratio().unwrap().get(), 1.5);
}

#[test]
fn cash_in_another_currency_is_put_beside() {
    let stamp = at("2025-06-12T13:30:00Z");
    let cash = |currency: &str| json!({"1": {"date": stamp, "amount": 0.31, "currency": currency}});
    for (currency, is_foreign) in [("EUR", true), ("USD", false), ("", false)] {
        let mut body = one_row();
        body["chart"]["result"][0]["events"] = json!({"dividends": cash(currency)});
        let Ok(Parsed::History(history)) = parse(&body) else {
            panic!("{body}");
        };
        let beside: Vec<&str> = history
            .foreign
            .iter()
            .map(|f| f.currency.as_str())
            .collect();
        assert_eq!(!beside.is_empty(), is_foreign, "{currency}");
        assert_eq!(history.actions.is_empty(), is_foreign, "{currency}");
    }
    let mut pence = one_row();
    let result = pence.pointer_mut("/chart/result/0").unwrap();
    result["meta"]["currency"] = json!("GBp");
    result["events"] = json!({"dividends": cash("GBP")});
    let Parsed::History(history) = parse(&pence).unwrap() else {
        panic!("no history");
    };
    assert_eq!((history.actions.len(), history.foreign.len()), (1, 0));
}
