//! What holds for every listing whose dividends are judged.

use proptest::prelude::*;

use super::super::fixtures::{dividend, walk};
use super::super::{Inspected, RuleSettings, Verdict, inspect};
use quantx_market::{Action, ActionKind, Date};

/// What a synthetic listing pays.
#[derive(Debug, Clone, Copy)]
struct Payer {
    sessions: usize,
    /// Sessions between two dividends.
    every: usize,
    /// A dividend as a share of the price.
    share: f64,
    /// The fourth dividend is this share of the price instead.
    special: Option<f64>,
}

/// Where the vendor's adjusted close comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Column {
    /// From the right dividends.
    Right,
    /// From the dividends as it sends them.
    AsSent,
    Missing,
}

/// A walk that falls by its dividends, which are declared with three digits and kept for four payments.
fn payer(payer: Payer, seed: u64) -> (Inspected, Vec<(usize, f64)>) {
    let mut series = walk(payer.sessions, seed);
    let mut paid = Vec::new();
    let mut fallen = 1.0;
    let mut declared = 0.0;
    for at in 1..series.rows.len() {
        let before = series.rows[at - 1].prices[3].unwrap();
        let is_ex = at % payer.every == payer.every / 2;
        if is_ex {
            let n = paid.len();
            if n % 4 == 0 {
                declared = three_digits(before * payer.share);
            }
            let special = payer.special.filter(|_| n == 3);
            let amount = special.map_or(declared, |share| three_digits(before * share));
            paid.push((at, amount));
            fallen *= 1.0 - amount / before;
        }
        series.rows[at].prices = series.rows[at]
            .prices
            .map(|price| price.map(|p| p * fallen));
    }
    (series, paid)
}

fn three_digits(amount: f64) -> f64 {
    format!("{amount:.2e}").parse().unwrap()
}

/// The listing with `times[i]` of its `i`-th dividend sent.
fn sent(series: &Inspected, paid: &[(usize, f64)], times: &[f64], column: Column) -> Inspected {
    let mut series = series.clone();
    let amounts = paid
        .iter()
        .zip(times)
        .map(|((at, amount), times)| (*at, amount * times));
    let amounts: Vec<(usize, f64)> = amounts.collect();
    let rows = series
        .rows
        .iter()
        .map(|row| row.date)
        .collect::<Vec<Date>>();
    let actions = amounts
        .iter()
        .map(|(at, amount)| dividend(rows[*at], *amount));
    series.actions = actions.collect();
    let of_column = match column {
        Column::Right => paid,
        Column::AsSent => &amounts,
        Column::Missing => &[],
    };
    let mut adjustment = 1.0;
    for at in (0..series.rows.len()).rev() {
        series.rows[at].adjustment = (column != Column::Missing).then_some(adjustment);
        if let Some((_, amount)) = of_column.iter().find(|(ex, _)| *ex == at) {
            let before = series.rows[at - 1].prices[3].unwrap();
            let left = 1.0 - amount / before;
            adjustment *= if left > 0.0 { left } else { 1.0 };
        }
    }
    series
}

/// What is left of the first close by the dividends that are applied.
fn first_kept(series: &Inspected, amount: impl Fn(&Action) -> f64) -> f64 {
    let left = series.actions.iter().map(|action| {
        let at = series.rows.partition_point(|row| row.date < action.ex_date);
        let left = 1.0 - amount(action) / series.rows[at - 1].prices[3].unwrap();
        if left > 0.0 { left } else { 1.0 }
    });
    left.product()
}

fn applied(series: &Inspected) -> f64 {
    let judged = inspect(series, &RuleSettings::default()).judgements;
    first_kept(series, |action| {
        let verdict = judged
            .iter()
            .find(|j| j.event == *action)
            .map(|j| j.verdict);
        let times = match verdict {
            None => 1.0,
            Some(Verdict::Corrected { times }) => times,
            Some(Verdict::Held) => 0.0,
        };
        action.kind.cash().unwrap() * times
    })
}

fn payers() -> impl Strategy<Value = Payer> {
    let regular = prop_oneof![
        (Just(63usize), 0.003..0.012f64),
        (Just(21), 0.003..0.006),
        (Just(125), 0.01..0.03),
        (Just(250), 0.02..0.05),
    ];
    (regular, prop::option::of(0.2..0.6f64)).prop_map(|((every, share), special)| Payer {
        sessions: (every * 12).min(1000),
        every,
        share,
        special,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_clean_listing_is_never_changed(payer in payers().prop_map(|p| p), seed in any::<u64>(), power in -12i32..=12) {
        let (mut series, paid) = self::payer(payer, seed);
        let scale = 2f64.powi(power);
        let column = [Column::Right, Column::Missing][usize::from(power < 0)];
        series = sent(&series, &paid, &vec![1.0; paid.len()], column);
        for row in &mut series.rows {
            row.prices = row.prices.map(|price| price.map(|value| value * scale));
        }
        series.actions = series
            .actions
            .iter()
            .map(|action| Action {
                kind: ActionKind::Dividend { amount: action.kind.cash().unwrap() * scale },
                ..*action
            })
            .collect();
        let judged = inspect(&series, &RuleSettings::default()).judgements;
        prop_assert_eq!(judged, []);
    }

    #[test]
    fn any_dividends_a_hundred_times_too_large_are_put_right(
        payer in payers(),
        seed in any::<u64>(),
        wrong in prop::collection::vec(any::<bool>(), 64),
        column in prop::sample::select(vec![Column::Right, Column::AsSent, Column::Missing]),
    ) {
        // A special that is a hundred times too large leaves nothing to compare it with.
        let (series, paid) = self::payer(Payer { special: None, ..payer }, seed);
        let times: Vec<f64> = wrong.iter().map(|wrong| if *wrong { 100.0 } else { 1.0 }).collect();
        let series = sent(&series, &paid, &times, column);
        let right = first_kept(&series, |action| {
            let at = paid.iter().position(|(at, _)| series.rows[*at].date == action.ex_date);
            paid[at.unwrap()].1
        });
        let ours = applied(&series);
        prop_assert!((ours / right - 1.0).abs() < 0.01, "{ours} {right}");
    }

    #[test]
    fn any_dividends_a_hundredth_of_themselves_are_put_right_where_the_vendors_column_knows(
        payer in payers(),
        seed in any::<u64>(),
        wrong in prop::collection::vec(any::<bool>(), 64),
    ) {
        let (series, paid) = self::payer(Payer { special: None, ..payer }, seed);
        let times: Vec<f64> = wrong.iter().map(|wrong| if *wrong { 0.01 } else { 1.0 }).collect();
        let series = sent(&series, &paid, &times, Column::Right);
        let right = first_kept(&series, |action| {
            let at = paid.iter().position(|(at, _)| series.rows[*at].date == action.ex_date);
            paid[at.unwrap()].1
        });
        let ours = applied(&series);
        prop_assert!((ours / right - 1.0).abs() < 0.01, "{ours} {right}");
    }

    /// Without the vendor's word only a price that moves less than the dividend proves anything.
    #[test]
    fn any_yearly_dividends_a_hundredth_of_themselves_are_put_right(
        share in 0.04..0.06f64,
        seed in any::<u64>(),
        wrong in prop::collection::vec(any::<bool>(), 64),
    ) {
        let payer = Payer { sessions: 1500, every: 250, share, special: None };
        let (series, paid) = self::payer(payer, seed);
        let times: Vec<f64> = wrong.iter().map(|wrong| if *wrong { 0.01 } else { 1.0 }).collect();
        let series = sent(&series, &paid, &times, Column::AsSent);
        let right = first_kept(&series, |action| {
            let at = paid.iter().position(|(at, _)| series.rows[*at].date == action.ex_date);
            paid[at.unwrap()].1
        });
        let ours = applied(&series);
        prop_assert!((ours / right - 1.0).abs() < 0.01, "{ours} {right}");
    }
}
