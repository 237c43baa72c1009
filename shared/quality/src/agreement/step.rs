use std::ops::Range;

use super::pair::Session;
use super::tolerance::{Comparison, Pairing};
use crate::flag::Column;
use quantx_market::Date;

/// A run of sessions on which one vendor's prices are a constant times the other's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// First session on the other level.
    pub first: Date,
    /// Last session on the other level, inclusive.
    pub last: Date,
    /// Common sessions in the run.
    pub n_sessions: usize,
    /// The first vendor's prices over the second's.
    pub ratio: f64,
    /// What the volumes do, which tells a split from a history that was multiplied back.
    pub volumes: StepVolumes,
}

/// What the volumes of a step say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepVolumes {
    /// They stand in the opposite ratio: one of both missed a split, or applied one that is none.
    Scaled,
    /// They are alike: one of both multiplied its prices back, at a spin-off or by dividends.
    Same,
    /// Neither in most sessions, or not known.
    Unclear,
}

/// Sessions of a run at least: fewer are wrong cells.
const MIN_SESSIONS: usize = 5;

/// Sessions off the ratio that a run goes on behind.
const GAP: usize = 3;

impl Step {
    /// The ratio as small whole numbers, as splits have them: 4 for 1.
    pub fn terms(&self) -> Option<(u32, u32)> {
        const LARGEST: u32 = 20;
        const CLOSE: f64 = 1e-3;
        (1..=LARGEST).find_map(|one| {
            let is_up = self.ratio >= 1.0;
            let other = if is_up { self.ratio } else { 1.0 / self.ratio } * f64::from(one);
            let whole = other.round();
            let is_whole = (other - whole).abs() <= CLOSE * whole && whole <= 1_000.0;
            let whole = whole as u32;
            is_whole.then_some(if is_up { (whole, one) } else { (one, whole) })
        })
    }
}

/// Every run of sessions whose closes differ and whose prices all stand in one ratio.
pub(super) fn find(
    sessions: &[Session<'_>],
    pairing: Pairing,
    comparison: &Comparison,
) -> Vec<Step> {
    let fits = |session: &Session<'_>, ratio: f64| {
        session
            .prices()
            .all(|(column, values)| comparison.same_price(column, pairing, values, ratio))
    };
    let mut runs: Vec<(Range<usize>, f64)> = Vec::new();
    let mut at = 0;
    while at < sessions.len() {
        let (n, ratio) = run(&sessions[at..], pairing, comparison, fits);
        let end = at + n;
        match runs.last_mut() {
            // A few wrong sessions inside a step make no second one of it.
            Some((before, level)) if n > 0 && is_same(*level, ratio) && at - before.end <= GAP => {
                before.end = end;
            }
            _ if n >= MIN_SESSIONS => runs.push((at..end, ratio)),
            _ => {}
        }
        at = end.max(at + 1);
    }
    let steps = runs.into_iter().filter_map(|(range, ratio)| {
        let run = sessions.get(range)?;
        Some(Step {
            first: run.first()?.date,
            last: run.last()?.date,
            n_sessions: run.len(),
            ratio,
            volumes: volumes(run, ratio, comparison),
        })
    });
    steps.collect()
}

/// How many of the first sessions stand in one ratio, and that ratio; none when the first agree.
fn run(
    sessions: &[Session<'_>],
    pairing: Pairing,
    comparison: &Comparison,
    fits: impl Fn(&Session<'_>, f64) -> bool,
) -> (usize, f64) {
    // The ratio of one session is known to half a tick, that of many better.
    let (mut sums, mut n, mut level) = (Sums::default(), 0, 1.0);
    for session in sessions {
        sums.add(session);
        match sums.ratio() {
            Some(ratio) if closes_differ(session, pairing, comparison) && fits(session, ratio) => {
                level = ratio;
                n += 1;
            }
            _ => break,
        }
    }
    (n, level)
}

/// Whether two ratios are one, as far as a run of sessions tells it.
pub(super) fn is_same(a: f64, b: f64) -> bool {
    const SHARE: f64 = 2e-3;
    (a / b - 1.0).abs() <= SHARE
}

#[derive(Debug, Clone, Copy, Default)]
struct Sums([f64; 2]);

impl Sums {
    fn add(&mut self, session: &Session<'_>) {
        for (_, [a, b]) in session.prices() {
            self.0[0] += a;
            self.0[1] += b;
        }
    }

    fn ratio(&self) -> Option<f64> {
        let [a, b] = self.0;
        Some(a / b).filter(|ratio| ratio.is_finite() && *ratio > 0.0)
    }
}

fn closes_differ(session: &Session<'_>, pairing: Pairing, comparison: &Comparison) -> bool {
    session.prices().any(|(column, values)| {
        column == Column::Close && !comparison.same_price(column, pairing, values, 1.0)
    })
}

/// Official volumes are asked for here whatever the bars are made of: only a ratio near 1 could be taken
/// for the other, and the majority decides.
fn volumes(run: &[Session<'_>], ratio: f64, comparison: &Comparison) -> StepVolumes {
    let pairs = || {
        let sessions = run.iter();
        sessions.filter_map(|session| Some((session.date, session.volumes()?)))
    };
    let count = |scale: f64| {
        let same = |(date, [a, b]): &(Date, [f64; 2])| {
            comparison.same_volume(*date, Pairing::Official, [*a, *b / scale])
        };
        pairs().filter(same).count()
    };
    let (scaled, same) = (count(ratio), count(1.0));
    let half = run.len().div_ceil(2);
    match (scaled >= half, same >= half) {
        (true, false) => StepVolumes::Scaled,
        (false, true) => StepVolumes::Same,
        _ => StepVolumes::Unclear,
    }
}
