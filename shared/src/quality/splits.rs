use std::ops::Range;

use super::flag::{Column, Findings};
use super::rule::Rule;
use super::settings::Threshold;
use super::view::{Split, View};

/// Between these shares of the split's own logarithm a step is the split's.
const STEP_OF_SPLIT: Range<f64> = 0.7..1.45;
/// Volume and turnover beyond this many times the usual ones are news and not another basis: on
/// another basis one of the two stays as it was.
const NEWS: f64 = 4.0;
/// A step back differs from the step out by less than this share of it.
const RETURN: f64 = 0.3;

/// Rows on the wrong side of a split, and splits that the prices do not show; puts the rows of the
/// view on the right side.
///
/// On the basis of the newest share a split is no move at all, so a step of its size near it means
/// that the rows before or after it are adjusted once too often or not at all. Stored rows are
/// right; without any the newest are, because vendors adjust backwards.
pub(super) fn check(view: &mut View, findings: &mut Findings<'_>) {
    for split in view.splits.clone() {
        let at_ex_date = wrong_side(view, split, findings);
        if !at_ex_date {
            ratio_disagrees(view, split, findings);
        }
    }
}

/// Whether a step of the split's size was found at the ex-date itself.
fn wrong_side(view: &mut View, split: Split, findings: &mut Findings<'_>) -> bool {
    let size = split.ratio.ln().abs();
    if size < findings.settings.get(Threshold::SplitSmallest) {
        return false;
    }
    let reach = findings.settings.get(Threshold::SplitRows) as usize;
    // A step between stored rows was judged when they came.
    let first = split.at.saturating_sub(reach).max(view.n_stored).max(1);
    let near = first..split.at.saturating_add(reach + 1);
    let mut found_at_ex_date = false;
    let mut at = near.start;
    while at < near.end.min(view.sessions.len()) {
        let Some(step) = split_step(view, at, size, findings) else {
            at += 1;
            continue;
        };
        found_at_ex_date |= at == split.at;
        // On the way back even news proves nothing: the block between is off by the split's size.
        let returns = |other: &usize| {
            let other = view.step(*other);
            other.is_some_and(|other| (other + step).abs() < RETURN * size)
        };
        let back = (at + 1..=at.saturating_add(reach)).find(returns);
        let (wrong, sign) = match back {
            Some(back) => (at..back, step.signum()),
            // The end of a move that was news: neither side is wrong.
            None if (at.saturating_sub(reach)..at).any(|other| returns(&other)) => {
                at += 1;
                continue;
            }
            None if at == split.at => {
                not_shown(view, split, step, findings);
                return true;
            }
            None if view.n_stored > 0 => (at..view.sessions.len(), step.signum()),
            None => (0..at, -step.signum()),
        };
        // Whoever moves: the block is `sign * size` too high.
        put_right(view, wrong, sign * size, split, findings);
        at = back.unwrap_or(at) + 1;
    }
    found_at_ex_date
}

/// The step at `at`, if it is of the split's size, beyond the listing's moves and without news.
fn split_step(view: &View, at: usize, size: f64, findings: &Findings<'_>) -> Option<f64> {
    let step = view.step(at)?;
    let is_of_size = STEP_OF_SPLIT.contains(&(step.abs() / size));
    let deviations = findings.settings.get(Threshold::SplitDeviations);
    let is_split = is_of_size && step.abs() > view.deviations(at, deviations) && !is_news(view, at);
    is_split.then_some(step)
}

fn is_news(view: &View, at: usize) -> bool {
    let seen = [view.relative_volume(at), view.relative_turnover(at)];
    seen.iter()
        .all(|times| times.is_some_and(|times| times >= NEWS))
}

fn put_right(
    view: &mut View,
    wrong: Range<usize>,
    too_high: f64,
    split: Split,
    findings: &mut Findings<'_>,
) {
    let n_stored = view.n_stored;
    for (at, session) in view.sessions.iter_mut().enumerate() {
        if !wrong.contains(&at) {
            continue;
        }
        let scale = (-too_high).exp();
        session.close *= scale;
        session.open = session.open.map(|open| open * scale);
        session.volume = session.volume.map(|volume| volume / scale);
        if at >= n_stored {
            let detail = format!(
                "the row is {:.4} times its level: on the wrong side of the split {}",
                too_high.exp(),
                split.ratio
            );
            findings.add(Rule::SplitBasis, session.date, None, detail);
        }
    }
}

fn not_shown(view: &View, split: Split, step: f64, findings: &mut Findings<'_>) {
    let Some(session) = view.sessions.get(split.at) else {
        return;
    };
    if split.at >= view.n_stored {
        let seen = step.exp();
        let detail = format!(
            "split {}, but across it adjusted prices change by {seen:.4}: not adjusted for, or no split",
            split.ratio
        );
        let column = Some(Column::StockSplits);
        findings.add(Rule::SplitRatioDisagrees, session.date, column, detail);
    }
}

/// A jump at the ex-date that is not of the split's size: the ratio is another one.
fn ratio_disagrees(view: &View, split: Split, findings: &mut Findings<'_>) {
    let Some(step) = view.step(split.at) else {
        return;
    };
    let least = findings.settings.get(Threshold::SplitStep);
    let deviations = findings.settings.get(Threshold::SplitDeviations);
    if step.abs() >= least
        && step.abs() > view.deviations(split.at, deviations)
        && !is_news(view, split.at)
    {
        not_shown(view, split, step, findings);
    }
}
