use super::flag::{Column, Findings};
use super::rule::Rule;
use super::settings::Threshold;
use super::view::{Split, View};

/// Splits whose ratio the prices contradict: a jump at the ex-date that is not of the split's size.
/// Rows that the split is not in were flagged before, see [`basis`](super::basis).
pub(super) fn check(view: &View, findings: &mut Findings<'_>) {
    for split in &view.splits {
        ratio_disagrees(view, *split, findings);
    }
}

fn ratio_disagrees(view: &View, split: Split, findings: &mut Findings<'_>) {
    let (Some(step), Some(session)) = (view.step(split.at), view.sessions.get(split.at)) else {
        return;
    };
    let least = findings.settings.get(Threshold::SplitStep);
    let deviations = findings.settings.get(Threshold::SplitDeviations);
    let is_unusual = step.abs() >= least && step.abs() > view.deviations(split.at, deviations);
    if split.at >= view.n_stored && is_unusual && !view.is_news(split.at) {
        let detail = format!(
            "split {}, but across it adjusted prices change by {:.4}: not adjusted for, or no split",
            split.ratio,
            step.exp()
        );
        let column = Some(Column::StockSplits);
        findings.add(Rule::SplitRatioDisagrees, session.date, column, detail);
    }
}
