use super::ListedSplit;
use crate::view::View;

/// How one split is in one row of an answer, against how it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Offset {
    /// As it should be: rows before the ex-date are divided by it, the others are not.
    None,
    /// Not divided, as if the share still traded before the split.
    Undivided,
    /// Divided once more than it should be.
    Divided,
}

impl Offset {
    const ALL: [Self; 3] = [Self::None, Self::Undivided, Self::Divided];

    /// By how many times the split's logarithm the row is too high.
    pub(super) fn times(self) -> f64 {
        match self {
            Self::None => 0.0,
            Self::Undivided => 1.0,
            Self::Divided => -1.0,
        }
    }
}

/// What a change of basis costs, in daily deviations: it is no rarer than a move of so many.
const CHANGE: f64 = 12.0;
/// The same at the ex-date itself, where a change of basis is expected if anywhere.
const CHANGE_AT_EX_DATE: f64 = 4.0;
/// What a move on news costs at most: it is less than a change of basis.
const NEWS: f64 = 8.0;
/// Of equally likely paths the one with fewer rows on another basis.
const ROW: f64 = 1e-6;
/// Smallest deviation of a listing that is believed: ticks and quiet weeks make smaller ones.
const LEAST_DEVIATION: f64 = 0.005;

/// What is searched for the likeliest path.
#[derive(Debug)]
pub(super) struct Search<'a> {
    pub(super) view: &'a View,
    pub(super) split: ListedSplit,
    /// What stored rows prove, per session.
    pub(super) proven: &'a [Option<Offset>],
    /// Sessions around the ex-date in which the basis may begin to be another one.
    pub(super) reach: usize,
    /// The listing's daily deviation around the ex-date.
    pub(super) deviation: f64,
}

impl Search<'_> {
    /// The likeliest offset of each session: steps of the split's size where the basis changes,
    /// moves as they are usual for the listing everywhere else. The newest row has the level that
    /// is true now; rows that are proved are as they are.
    pub(super) fn likeliest(&self) -> Vec<Offset> {
        let n = self.view.sessions.len();
        let mut costs: [f64; 3] = Offset::ALL.map(|offset| self.cost_of(0, offset));
        let mut came_from: Vec<[usize; 3]> = vec![[0; 3]];
        for at in 1..n {
            let step = self.view.step(at).unwrap_or(0.0);
            // What is usual is asked last: it is a look at sixty sessions.
            let is_far = step.abs() > NEWS * self.deviation.max(LEAST_DEVIATION);
            // News are no change of basis, however large the move is.
            let most = if is_far && self.view.is_news(at) {
                NEWS
            } else {
                f64::INFINITY
            };
            let mut next = [f64::INFINITY; 3];
            let mut from = [0; 3];
            for (to, offset) in Offset::ALL.into_iter().enumerate() {
                for (before, earlier) in Offset::ALL.into_iter().enumerate() {
                    let cost = costs[before] + self.move_cost(at, step, most, earlier, offset);
                    if cost < next[to] {
                        next[to] = cost;
                        from[to] = before;
                    }
                }
                next[to] += self.cost_of(at, offset);
            }
            costs = next;
            came_from.push(from);
        }
        let cheapest = |costs: [f64; 3]| {
            let indexed = costs.into_iter().enumerate();
            let best = indexed.min_by(|(_, a), (_, b)| a.total_cmp(b));
            best.map_or(0, |(index, _)| index)
        };
        let mut state = cheapest(costs);
        let mut path = Vec::with_capacity(n);
        for from in came_from.iter().rev() {
            path.push(Offset::ALL[state]);
            state = from[state];
        }
        path.reverse();
        path
    }

    /// What it costs that the session has this offset.
    fn cost_of(&self, at: usize, offset: Offset) -> f64 {
        if let Some(Some(proved)) = self.proven.get(at) {
            return if *proved == offset {
                0.0
            } else {
                f64::INFINITY
            };
        }
        let is_newest = at + 1 == self.view.sessions.len() && self.split.at <= at;
        match offset {
            Offset::None => 0.0,
            _ if is_newest => f64::INFINITY,
            _ => ROW,
        }
    }

    /// `most` is what a move that stays on its basis may cost.
    fn move_cost(&self, at: usize, step: f64, most: f64, from: Offset, to: Offset) -> f64 {
        let jump = (to.times() - from.times()) * self.split.ratio.ln();
        let rest = (step - jump).abs() / self.deviation.max(LEAST_DEVIATION);
        let change = match (from == to, at == self.split.at) {
            (true, _) => return rest.min(most),
            (false, true) => CHANGE_AT_EX_DATE,
            (false, false) => CHANGE,
        };
        let is_proved = |at: usize| self.proven.get(at).is_some_and(Option::is_some);
        let is_near = at.abs_diff(self.split.at) <= self.reach;
        // Seen from the newest row backwards, another basis begins near the ex-date; it may end
        // anywhere before.
        let begins = to == Offset::None;
        let is_allowed = match begins {
            true => is_near,
            false => at <= self.split.at + self.reach,
        };
        if is_allowed || is_proved(at) || is_proved(at - 1) {
            change + rest
        } else {
            f64::INFINITY
        }
    }
}
