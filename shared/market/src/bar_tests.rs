use super::*;
use jiff::civil::date;

#[expect(
    clippy::disallowed_methods,
    reason = "the calendar stands above this room"
)]
fn session(day: i8) -> TradingDate {
    TradingDate::approved(date(2024, 1, day))
}

fn rule(prices: [Option<f64>; 4], volume: Option<f64>) -> &'static str {
    Bar::new(session(2), prices, volume).map_or_else(|fault| fault.rule(), |_| "none")
}

#[test]
fn only_the_close_must_be_known_and_what_is_known_must_be_possible() {
    let good = [10.0, 11.0, 9.0, 10.5].map(Some);
    assert_eq!(rule(good, Some(100.0)), "none");
    assert_eq!(rule([None, None, None, Some(10.5)], None), "none");
    assert_eq!(
        rule([None, Some(11.0), None, Some(10.5)], Some(0.0)),
        "none"
    );
    let [open, high, low, close] = good;
    assert_eq!(rule([open, high, low, None], None), "missing_price");
    for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(
            rule([Some(bad), high, low, close], None),
            "impossible_price"
        );
        assert_eq!(rule([open, high, low, Some(bad)], None), "impossible_price");
    }
    assert_eq!(
        rule([open, Some(9.0), Some(11.0), close], None),
        "high_below_low"
    );
    for bad in [-1.0, f64::NAN, 9_007_199_254_740_994.0] {
        assert_eq!(rule(good, Some(bad)), "impossible_volume", "{bad}");
    }
}

#[test]
fn open_and_close_may_lie_outside_the_range_as_far_as_is_believed() {
    let of = |open, close| Bar::new(session(2), [open, 11.0, 10.0, close], 1.0).unwrap();
    assert_eq!(of(10.0, 11.0).check_range(0.0), Ok(()));
    assert_eq!(of(9.75, 11.25).check_range(0.03), Ok(()));
    let fault = of(9.0, 10.5).check_range(0.03).unwrap_err();
    assert_eq!(fault.rule(), "outside_range");
    assert_eq!(
        fault.to_string(),
        "open 9 is 10.0 % outside low 10 .. high 11"
    );
    assert!(of(10.0, 11.5).check_range(0.03).is_err());
    // Half a range judges as far as it goes, and an unknown price is not judged.
    let half = |open: Option<f64>, close| {
        Bar::new(session(2), [open, None, Some(10.0), Some(close)], None).unwrap()
    };
    assert_eq!(half(None, 99.0).check_range(0.0), Ok(()));
    let fault = half(Some(5.0), 10.0).check_range(0.03).unwrap_err();
    assert_eq!(fault.to_string(), "open 5 is 50.0 % outside low 10");
}

#[test]
fn a_future_may_fall_through_zero_within_a_session_and_a_share_may_not() {
    // CL=F of 2020-04-20.
    let prices = [17.73, 17.85, -40.32, -37.63];
    let bar = Bar::of(InstrumentKind::Future, session(2), prices, 247_947.0).unwrap();
    assert_eq!(bar.check_range(0.03), Ok(()));
    assert_eq!(
        Bar::new(session(2), prices, 1.0).unwrap_err().rule(),
        "impossible_price"
    );
    let of = |prices| Bar::of(InstrumentKind::Future, session(2), prices, 1.0);
    assert!(
        of([-2.0, -3.0, -1.0, -2.0]).is_err(),
        "the high is below the low"
    );
    assert!(
        of([-2.0, -1.0, -3.0, -3.05])
            .unwrap()
            .check_range(0.03)
            .is_ok()
    );
    assert!(
        of([-2.0, -1.0, -3.0, -4.0])
            .unwrap()
            .check_range(0.03)
            .is_err()
    );
    assert!(
        of([1.0, 0.0, -3.0, 0.0])
            .unwrap()
            .check_range(0.03)
            .is_err()
    );
}

#[test]
fn what_a_bar_does_not_know_comes_from_another_but_never_an_upside_down_range() {
    let bar =
        |prices, volume| Bar::new::<Option<f64>, Option<f64>>(session(2), prices, volume).unwrap();
    let knows_high = bar([None, Some(11.0), None, Some(10.5)], None);
    let knows_low = bar([Some(10.0), None, Some(9.0), Some(10.4)], Some(7.0));
    let filled = knows_high.filled_from(&knows_low);
    assert_eq!(
        filled,
        bar([Some(10.0), Some(11.0), Some(9.0), Some(10.5)], Some(7.0))
    );
    assert!(filled.is_complete() && !knows_low.is_complete());
    let above = bar([None, None, Some(12.0), Some(12.0)], None);
    assert_eq!(knows_high.filled_from(&above), knows_high);
}

#[test]
fn a_series_is_sorted_with_one_bar_per_session_and_the_later_input_wins() {
    let bar = |day, close| Bar::new(session(day), [close; 4], 1.0).unwrap();
    let series = BarSeries::new(vec![bar(3, 1.0), bar(2, 2.0), bar(3, 4.0)]);
    let closes: Vec<f64> = series.bars().iter().map(|bar| bar.close.get()).collect();
    assert_eq!(closes, [2.0, 4.0]);
    assert_eq!(series.get(date(2024, 1, 3)).unwrap().close.get(), 4.0);
    assert_eq!(series.get(date(2024, 1, 4)), None);
}
