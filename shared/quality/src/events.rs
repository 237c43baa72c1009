use super::flag::{Column, Findings};
use super::inspected::Inspected;
use super::rule::Rule;
use quantx_market::{Action, ActionKind};

/// Two vendors' roundings of one amount differ by less.
const SAME: f64 = 1e-6;

/// Known events that changed their terms or are gone, within the rows' dates.
pub(super) fn check(series: &Inspected, findings: &mut Findings<'_>) {
    let (Some(known), Some(first), Some(last)) = (
        &series.known_actions,
        series.rows.first(),
        series.rows.last(),
    ) else {
        return;
    };
    let judged = |action: &&Action| (first.date..=last.date).contains(&action.ex_date);
    for before in known.iter().filter(judged) {
        match series.actions.same_slot(before) {
            None => findings.add(
                Rule::EventVanished,
                before.ex_date,
                Some(column(before)),
                format!("{} is no longer sent", terms(before)),
            ),
            Some(now) if !is_same(before, now) => findings.add(
                Rule::EventRevised,
                before.ex_date,
                Some(column(before)),
                format!("was {}, now {}", terms(before), terms(now)),
            ),
            Some(_) => {}
        }
    }
}

fn amount(action: &Action) -> f64 {
    match action.kind {
        ActionKind::Split {
            numerator,
            denominator,
        } => numerator / denominator,
        ActionKind::Dividend { amount } | ActionKind::CapitalGain { amount } => amount,
    }
}

fn is_same(a: &Action, b: &Action) -> bool {
    (amount(a) - amount(b)).abs() <= SAME * amount(a).abs()
}

fn column(action: &Action) -> Column {
    match action.kind {
        ActionKind::Split { .. } => Column::StockSplits,
        ActionKind::Dividend { .. } | ActionKind::CapitalGain { .. } => Column::Dividends,
    }
}

fn terms(action: &Action) -> String {
    let kind = match action.kind {
        ActionKind::Split { .. } => "split",
        ActionKind::Dividend { .. } => "dividend",
        ActionKind::CapitalGain { .. } => "capital gain",
    };
    format!("{kind} {}", amount(action))
}
