//! Rows that are unusual and true: the rules, and answers made after public reports, each of which comes
//! out as it was.

use super::*;
use crate::fixtures::json_table;
use crate::merge::{History, MergeContext, merge};
use quantx_calendar::Calendar;
use quantx_market::BasisReading;
use quantx_market::SessionRange;

fn case(name: &str, symbol: &str, mic: &str, now: &str) -> Option<(VendorHistory, Fetched)> {
    let file = shared_data()?.join(format!("cases/{name}/vendor/{symbol}.json"));
    let history = recorded(&file, symbol);
    let calendar = Calendar::of(mic).unwrap();
    let finality = Finality {
        kind: quantx_market::InstrumentKind::Share,
        calendar: &calendar,
        lag: Duration::from_secs(20 * 60),
        now: at(now),
        range_tolerance: 0.03,
    };
    let fetched = final_rows(
        &history,
        &BasisReading::all_applied(&history).undo(&history),
        finality,
    );
    Some((history, fetched))
}

#[test]
fn an_open_of_zero_is_unknown_and_its_rows_are_stored() {
    let Some((history, fetched)) = case("03-open-zero-1962", "JNJ", "XNYS", "2026-11-28T12:00:00Z")
    else {
        return;
    };
    assert_eq!((fetched.bars.len(), fetched.refused.len()), (253, 0));
    for (bar, row) in fetched.bars.bars().iter().zip(&history.rows) {
        assert_eq!((bar.open, row.open), (None, Some(0.0)), "{}", bar.date);
        assert!(bar.high.is_some() && bar.low.is_some() && bar.volume.is_some());
    }
    assert_eq!(fetched.bars.first().unwrap().close.get(), 39.45);
}

#[test]
fn a_close_a_little_under_the_low_is_stored_as_sent() {
    let Some((_, fetched)) = case(
        "04-close-below-low",
        "000020.KS",
        "XAMS",
        "2024-02-10T12:00:00Z",
    ) else {
        return;
    };
    assert_eq!((fetched.bars.len(), fetched.refused.len()), (22, 0));
    let outside: Vec<&Bar> = fetched
        .bars
        .bars()
        .iter()
        .filter(|bar| bar.check_range(0.0).is_err())
        .collect();
    let [bar] = outside.as_slice() else {
        panic!("{outside:?}")
    };
    assert_eq!(bar.date.date(), day("2024-01-15"));
    let prices = bar.prices().map(|price| price.unwrap().get());
    assert_eq!(prices, [10340.0, 10430.0, 10310.0, 10280.0]);
}

#[test]
fn the_last_row_of_a_halted_share_is_stored_once_its_week_is_over() {
    for symbol in ["FRC", "FRCB"] {
        let Some((_, fetched)) = case("23-halted-last-row", symbol, "XNYS", "2026-11-28T12:00:00Z")
        else {
            return;
        };
        assert_eq!(dates(&fetched.live_sessions), [""; 0], "{symbol}");
        let last = fetched.bars.last().unwrap();
        assert_eq!(last.date.date(), day("2023-05-01"), "{symbol}");
        assert_eq!((last.close.get(), last.volume), (10.78, Some(22_294_700)));
    }
    let Some((_, soon)) = case("23-halted-last-row", "FRC", "XNYS", "2023-05-03T12:00:00Z") else {
        return;
    };
    assert_eq!(dates(&soon.live_sessions), ["2023-05-01"]);
}

type TrueRow = (String, f64, f64, f64, f64, u64);

#[test]
fn twelve_reverse_splits_leave_prices_exact_and_volumes_as_exact_as_they_are_known() {
    let name = "09-uvxy-reverse-splits";
    let Some((_, fetched)) = case(name, "UVXY", "XNYS", "2025-01-10T12:00:00Z") else {
        return;
    };
    let truth = shared_data().unwrap().join("cases/09-truth.json");
    let truth: Vec<TrueRow> = json_table(&truth);
    assert_eq!((fetched.bars.len(), fetched.refused.len()), (3332, 0));
    let (mut unknown, mut coarse, mut exact) = (0, 0, Vec::new());
    for (bar, (date, open, high, low, close, volume)) in fetched.bars.bars().iter().zip(truth) {
        assert_eq!(bar.date.to_string(), date);
        let prices = bar.prices().map(|price| price.unwrap().get());
        assert_eq!(prices, [open, high, low, close], "{date}");
        let unit = fetched.volume_unit(bar.date.date());
        match bar.volume {
            None => unknown += 1,
            Some(said) => {
                let off = said.abs_diff(volume) as f64;
                assert!(off <= (unit / 2.0).max(0.5), "{date}: {said} for {volume}");
                coarse += usize::from(unit / 2.0 > 0.01 * volume as f64);
            }
        }
        exact.push(Bar {
            volume: Some(volume),
            ..*bar
        });
    }
    eprintln!("{unknown} volumes unknown, {coarse} known to no better than 1 %");
    assert_eq!(unknown, 476);

    // Who fetched every session when it was new knows every volume, and keeps what he knows.
    let stored = History {
        bars: BarSeries::new(exact),
        actions: fetched.actions.clone(),
    };
    let context = MergeContext {
        window: SessionRange::inclusive(day("2011-10-04"), day("2024-12-31")),
        pending: &[],
        today: day("2025-01-10"),
        word: crate::merge::Word::default(),
    };
    let merged = merge(&stored, &fetched, context);
    assert_eq!((merged.held, merged.quarantine.len()), (None, 0));
    assert_eq!(merged.history, stored);
    assert_eq!(merged.stats, Default::default());
    // And who did not learns from him.
    let behind = History {
        bars: fetched.bars.clone(),
        actions: fetched.actions.clone(),
    };
    let mut known = fetched.clone();
    (known.bars, known.volume_units) = (stored.bars.clone(), BTreeMap::new());
    let learned = merge(&behind, &known, context);
    assert_eq!(learned.history, stored);
    assert_eq!(learned.stats.values_filled, 476);
}

#[test]
fn rows_of_sundays_are_told_with_their_volume_and_not_stored() {
    for symbol in ["2222.SR", "RELIANCE.NS"] {
        let Some((history, fetched)) =
            case("06-sunday-sessions", symbol, "XAMS", "2024-02-10T12:00:00Z")
        else {
            return;
        };
        let closed: Vec<_> = fetched.off_session.iter().collect();
        assert!(
            !closed.is_empty() && closed.iter().all(|row| row.is_traded()),
            "{symbol}"
        );
        assert_eq!(
            closed.len() + fetched.bars.len(),
            history.rows.len(),
            "{symbol}"
        );
        assert!(closed.is_sorted_by_key(|row| row.date));
    }
}

#[test]
fn recorded_answers_without_anything_unusual_have_nothing_unknown() {
    let Some(folder) = shared_data() else { return };
    let file = folder.join("yahoo_chart/exchanges/historicalv8-AAPL-2020-01-01-to-2021-01-04.json");
    let fetched = fetch(&recorded(&file, "AAPL"), "2026-01-01T00:00:00Z");
    assert!(fetched.bars.bars().iter().all(Bar::is_complete));
    assert!(fetched.volume_units.is_empty() && fetched.off_session.is_empty());
}

#[test]
fn the_newest_row_is_final_five_sessions_later_whatever_its_stamp() {
    // Stamped with the last trade on Monday 2023-05-01, and no row since: the listing was halted.
    let mut rows = vec![
        row("2023-04-28", PRICES, 1.0),
        row("2023-05-01", PRICES, 1.0),
    ];
    rows[1].stamp = at("2023-05-01T20:00:01Z");
    for (now, is_final) in [
        ("2023-05-02T02:00:00Z", false),
        ("2023-05-08T20:19:59Z", false),
        ("2023-05-08T20:20:00Z", true),
        ("2026-11-28T12:00:00Z", true),
    ] {
        let mut history = answer("2023-05-01", rows.clone(), &[]);
        let stored_with = |history: &VendorHistory| stored(&fetch(history, now)).len() == 2;
        assert_eq!(stored_with(&history), is_final, "{now}");
        history.regular_period = None;
        assert_eq!(
            stored_with(&history),
            is_final,
            "{now}, without a regular period"
        );
    }
}

#[test]
fn the_newest_row_waits_for_what_it_does_not_say_yet_and_older_rows_do_not_know() {
    type Unknown = fn(&mut VendorRow);
    let unknown: [Unknown; 5] = [
        |row| row.volume = None,
        |row| row.open = None,
        |row| row.open = Some(0.0),
        |row| row.high = Some(0.0),
        |row| row.low = None,
    ];
    for (index, forget) in unknown.into_iter().enumerate() {
        let mut rows = vec![
            row("2024-06-04", PRICES, 7.0),
            row("2024-06-05", PRICES, 7.0),
        ];
        rows.iter_mut().for_each(forget);
        let history = answer("2024-06-05", rows, &[]);
        let soon = fetch(&history, "2024-06-06T02:30:00Z");
        assert_eq!(stored(&soon), ["2024-06-04"], "{index}");
        assert_eq!(dates(&soon.live_sessions), ["2024-06-05"], "{index}");
        let later = fetch(&history, "2024-06-12T20:20:00Z");
        assert_eq!(stored(&later), ["2024-06-04", "2024-06-05"], "{index}");
        assert!(later.bars.bars().iter().all(|bar| !bar.is_complete()));
        assert_eq!((later.refused.len(), soon.refused.len()), (0, 0));
    }
}

#[test]
fn a_zero_volume_that_rounding_may_have_made_is_unknown() {
    for (ratio, vendor, volume, unit) in [
        // Before 1:190 one share of the vendor's is 190.
        (190.0, 0.0, None, 190.0),
        (190.0, 4.0, Some(760), 190.0),
        (2.0, 0.0, None, 2.0),
        // Half a new share is less than an old one: 0 is 0.
        (1.5, 0.0, Some(0), 1.5),
        (1.0, 0.0, Some(0), 1.0),
        (0.25, 0.0, Some(0), 1.0),
    ] {
        let rows = vec![
            row("2024-06-04", PRICES, vendor),
            row("2024-06-05", PRICES, 1.0),
        ];
        let history = answer("2024-06-05", rows, &[split("2024-06-05", 1.0, ratio)]);
        let fetched = fetch(&history, "2024-06-06T02:30:00Z");
        let bar = fetched.bars.get(day("2024-06-04")).unwrap();
        assert_eq!(bar.volume, volume, "{vendor} before 1:{ratio}");
        assert_eq!(fetched.volume_unit(bar.date.date()), unit, "1:{ratio}");
    }
}
