use std::ops::Range;

use super::path::{Offset, Search};
use super::{ListedSplit, is_new, reach};
use crate::rule::Rule;
use crate::settings::{RuleSettings, Threshold};
use crate::view::View;
use quantx_market::Bar;

/// A reading that leaves less than this share of what the other leaves is the right one.
const CLEAR: f64 = 0.3;
/// A reading that leaves no less than this share of what the other leaves is no rival.
const RIVAL: f64 = 0.8;
/// A step of the split's size away from the ex-date proves a change of basis only if no move of the
/// listing is of that size, in deviations, ...
const BEYOND_ANY_MOVE: f64 = 20.0;
/// ... and if what is left of it is a usual move.
const USUAL: f64 = 3.0;

/// What the evidence says of one split.
#[derive(Debug)]
pub(super) struct Judged {
    /// How the split is in each session's row.
    pub(super) offsets: Vec<Offset>,
    /// Rows that may not be stored, by which rule and why.
    pub(super) refused_rows: Vec<(Range<usize>, Rule, String)>,
    /// What is told although it is decided.
    pub(super) note: Option<String>,
    /// Why the whole listing has to wait.
    pub(super) undecided: Option<String>,
    /// Why there is no such split, or not yet.
    pub(super) is_none: Option<String>,
    /// Whether the prices or the stored rows show a split that is not listed.
    pub(super) is_in_prices: bool,
}

impl Judged {
    fn as_listed(sessions: usize) -> Self {
        Self {
            offsets: vec![Offset::None; sessions],
            refused_rows: Vec::new(),
            note: None,
            undecided: None,
            is_none: None,
            is_in_prices: false,
        }
    }
}

/// Judges one split; those after it are on their level already.
pub(super) fn judge(
    view: &View,
    split: ListedSplit,
    proven: &[Option<Offset>],
    stored: &[Bar],
    settings: &RuleSettings,
) -> Judged {
    let mut judged = Judged::as_listed(view.sessions.len());
    let has_proof = proven.iter().any(Option::is_some);
    let candidate = SplitCandidate::new(view, split, proven, settings);
    if !split.is_listed {
        judged.is_in_prices = candidate.any_proven(Offset::Divided) || candidate.is_in(stored);
        if candidate.any_proven(Offset::Divided) {
            judged.offsets = candidate.nearest_proven();
        }
        return judged;
    }
    if split.at >= view.sessions.len() && !has_proof {
        judged.undecided = candidate.readings();
        return judged;
    }
    if candidate.is_quiet() {
        return judged;
    }
    judged.offsets = match (candidate.is_judgeable, has_proof) {
        (true, _) => candidate.search().likeliest(),
        (false, true) => candidate.nearest_proven(),
        (false, false) => return judged,
    };
    candidate.find_contradiction(&mut judged);
    candidate.judge_step(&mut judged);
    candidate.judge_blocks(&mut judged);
    judged
}

/// One split among the rows of an answer.
struct SplitCandidate<'a> {
    view: &'a View,
    split: ListedSplit,
    proven: &'a [Option<Offset>],
    reach: usize,
    /// The listing's daily deviation around the ex-date, 0.0 where too little is known.
    deviation: f64,
    /// A step beyond this is no usual move of the listing.
    unusual: f64,
    /// Whether the split is large enough to be seen among the listing's moves.
    is_judgeable: bool,
}

impl<'a> SplitCandidate<'a> {
    fn new(
        view: &'a View,
        split: ListedSplit,
        proven: &'a [Option<Offset>],
        settings: &RuleSettings,
    ) -> Self {
        let deviation = view.deviation(split.at).unwrap_or(0.0);
        let unusual = settings.get(Threshold::SplitDeviations) * deviation;
        let size = split.ratio.ln().abs();
        Self {
            view,
            split,
            proven,
            reach: reach(settings),
            deviation,
            unusual,
            is_judgeable: size >= settings.get(Threshold::SplitSmallest) && size > unusual,
        }
    }

    fn search(&self) -> Search<'a> {
        Search {
            view: self.view,
            split: self.split,
            proven: self.proven,
            reach: self.reach,
            deviation: self.deviation,
        }
    }

    fn size(&self) -> f64 {
        self.split.ratio.ln().abs()
    }

    fn any_proven(&self, offset: Offset) -> bool {
        self.proven
            .iter()
            .flatten()
            .any(|proven_row| *proven_row == offset)
    }

    /// Nothing near the ex-date looks like the split, and no stored row speaks against it.
    fn is_quiet(&self) -> bool {
        let at = self.split.at;
        let near = at.saturating_sub(self.reach).max(1)..=at + self.reach;
        let small = |at: usize| {
            let step = self.view.step(at);
            step.is_none_or(|step| step.abs() < self.size() / 2.0 && step.abs() <= self.unusual)
        };
        let is_proved_off = self
            .proven
            .iter()
            .flatten()
            .any(|proven_row| *proven_row != Offset::None);
        !is_proved_off && near.into_iter().all(small)
    }

    /// Each row as the nearest one that a stored row proves, the newer of two; rows on and after the
    /// ex-date are as they should be.
    fn nearest_proven(&self) -> Vec<Offset> {
        let mut offsets = vec![Offset::None; self.proven.len()];
        let proved: Vec<(usize, Offset)> = self
            .proven
            .iter()
            .enumerate()
            .filter_map(|(at, proven_row)| Some((at, (*proven_row)?)))
            .collect();
        for (at, offset) in offsets.iter_mut().enumerate() {
            let next = proved.partition_point(|(proven_at, _)| *proven_at < at);
            let neighbours = [proved.get(next), proved.get(next.wrapping_sub(1))];
            let nearest = neighbours.into_iter().flatten();
            let nearest = nearest.min_by_key(|(proven_at, _)| proven_at.abs_diff(at));
            if let Some((proven_at, proved)) = nearest
                && (at < self.split.at || *proven_at == at)
            {
                *offset = *proved;
            }
        }
        offsets
    }

    /// Whether the stored rows themselves step by the split at its ex-date.
    fn is_in(&self, stored: &[Bar]) -> bool {
        let at = stored.partition_point(|bar| bar.date.date() < self.split.action.ex_date);
        let pair = at.checked_sub(1).and_then(|before| stored.get(before));
        let Some((before, after)) = pair.zip(stored.get(at)) else {
            return false;
        };
        let step = (after.close.get() / before.close.get()).ln();
        (step + self.split.log_ratio()).abs() < self.size() / 2.0
    }

    /// What of the step at a session is left if the rows before it are on `from` and it is on `to`.
    fn rest(&self, at: usize, from: Offset, to: Offset) -> f64 {
        let step = self.view.step(at).unwrap_or(0.0);
        (step - (to.times() - from.times()) * self.split.log_ratio()).abs()
    }

    /// Stored rows prove that the rows before the ex-date are not divided, and the price goes on
    /// there as if nothing was: then there is no such split, or not on that date.
    fn find_contradiction(&self, judged: &mut Judged) {
        let at = self.split.at;
        let before = at.checked_sub(1).and_then(|before| self.proven.get(before));
        if !self.is_judgeable || before != Some(&Some(Offset::Undivided)) {
            return;
        }
        let Some(step) = self.view.step(at) else {
            return;
        };
        if step.abs() < self.size() / 2.0 && judged.offsets.get(at) == Some(&Offset::None) {
            judged.is_none = Some(format!(
                "split {} is listed, but neither are the stored rows before it divided nor do prices \
                 step at it ({:+.2} %): it is left out",
                self.split.terms(),
                (step.exp() - 1.0) * 100.0
            ));
        }
    }

    /// The step at the ex-date lies between the readings.
    fn judge_step(&self, judged: &mut Judged) {
        let at = self.split.at;
        let offset = |at: usize| judged.offsets.get(at).copied();
        let before = at.checked_sub(1).and_then(offset);
        if before != Some(Offset::None) || offset(at) != Some(Offset::None) {
            return;
        }
        let applied = self.rest(at, Offset::None, Offset::None);
        let undivided = self.rest(at, Offset::Undivided, Offset::None);
        let is_doubtful = self.is_judgeable
            && applied > self.unusual
            && undivided < RIVAL * applied
            && !self.view.is_news(at)
            && !self.is_proved_near(at);
        if !is_doubtful {
            return;
        }
        if self.adjusted_close_steps() {
            let older = judged.offsets.iter_mut().take(at).rev();
            for offset in older.take_while(|offset| **offset == Offset::None) {
                *offset = Offset::Undivided;
            }
        } else {
            self.leave_open(at, judged);
        }
    }

    fn is_proved_near(&self, at: usize) -> bool {
        let from = at.saturating_sub(self.reach);
        let before = self.proven.get(from..at).unwrap_or_default();
        before.iter().any(Option::is_some)
    }

    /// Whether the vendor's adjusted close is divided by the split where its close is not.
    fn adjusted_close_steps(&self) -> bool {
        let session = |at: usize| self.view.sessions.get(at);
        let before = self.split.at.checked_sub(1).and_then(session);
        let adjustment = before
            .and_then(|b| b.adjustment)
            .zip(session(self.split.at).and_then(|s| s.adjustment));
        adjustment.is_some_and(|(before, after)| {
            ((before / after).ln() + self.split.log_ratio()).abs() < 0.1 * self.size()
        })
    }

    fn judge_blocks(&self, judged: &mut Judged) {
        let mut not_applied = 0;
        let mut span: Option<Range<usize>> = None;
        for block in blocks(&judged.offsets) {
            let at = self.split.at;
            let Some(offset) = judged.offsets.get(block.start).copied() else {
                continue;
            };
            let proven = self.proven.get(block.clone()).unwrap_or_default();
            let is_proved = proven.iter().any(Option::is_some);
            let is_open = block.start == 0;
            if is_proved || self.is_decided(offset, &block) {
                not_applied += block.len();
                span = Some(span.map_or(block.clone(), |span| span.start..block.end));
            } else if offset == Offset::Undivided && (block.end <= at || is_open) {
                self.leave_open(block.end, judged);
            } else {
                self.refuse(block, offset, judged);
            }
        }
        let dates = span.and_then(|span| {
            let first = self.view.sessions.get(span.start)?;
            let last = self.view.sessions.get(span.end.checked_sub(1)?)?;
            Some((first.date, last.date))
        });
        if let Some((first, last)) = dates {
            judged.note = Some(format!(
                "split {} is not in {not_applied} rows of the vendor as it should be ({first} to \
                 {last}); they are read as what they are",
                self.split.terms()
            ));
        }
    }

    /// Whether rows that were not divided can be told without a stored row.
    fn is_decided(&self, offset: Offset, block: &Range<usize>) -> bool {
        if offset != Offset::Undivided || block.end > self.split.at {
            return false;
        }
        let end = self.rest(block.end, Offset::Undivided, Offset::None);
        if block.end == self.split.at {
            let applied = self.rest(block.end, Offset::None, Offset::None);
            return end <= CLEAR * applied || end <= self.unusual || self.adjusted_close_steps();
        }
        let is_beyond = self.size() > BEYOND_ANY_MOVE * self.deviation;
        let is_closed = block.start > 0;
        is_closed || (is_beyond && end <= USUAL * self.deviation)
    }

    /// The basis of the rows before session `end` cannot be told.
    fn leave_open(&self, end: usize, judged: &mut Judged) {
        let Some(reason) = self.readings() else {
            return;
        };
        for offset in judged.offsets.iter_mut().take(end) {
            *offset = Offset::None;
        }
        if is_new(self.view, self.split) && !self.proven.iter().any(Option::is_some) {
            judged.undecided = Some(reason);
        } else {
            judged
                .refused_rows
                .push((0..end, Rule::SplitUndecided, reason));
        }
    }

    fn refuse(&self, block: Range<usize>, offset: Offset, judged: &mut Judged) {
        let reason = format!(
            "the row is {:.4} times its level: on the wrong side of the split {}",
            (offset.times() * self.split.log_ratio()).exp(),
            self.split.terms()
        );
        judged.refused_rows.push((block, Rule::SplitBasis, reason));
    }

    /// The split, both readings of the rows before it, and what decides.
    fn readings(&self) -> Option<String> {
        let before = self.split.at.checked_sub(1)?;
        let before = self.view.sessions.get(before)?;
        let decides = match self.view.sessions.get(self.split.at) {
            None => format!("the bar of {} decides", self.split.action.ex_date),
            Some(_) => "rows of the vendor that step by the split or do not, or a person, decide"
                .to_owned(),
        };
        Some(format!(
            "split {} may be in the rows before it or not: the close of {} is {} as traded if it is, \
             {} if it is not; {decides}",
            self.split.terms(),
            before.date,
            short(before.close * self.split.ratio),
            short(before.close),
        ))
    }
}

/// A price for people: the vendor's float32 has no more than seven digits.
fn short(price: f64) -> f64 {
    let digits = 6 - price.abs().log10().floor().clamp(-9.0, 6.0) as i32;
    let scale = 10f64.powi(digits);
    (price * scale).round() / scale
}

/// Runs of rows with one offset other than none.
fn blocks(offsets: &[Offset]) -> Vec<Range<usize>> {
    let mut start = 0;
    let mut blocks = Vec::new();
    for run in offsets.chunk_by(|a, b| a == b) {
        if run.first() != Some(&Offset::None) {
            blocks.push(start..start + run.len());
        }
        start += run.len();
    }
    blocks
}
