use super::impossible::Impossible;
use super::inspected::Inspected;
use quantx_market::{Action, ActionKind, Date, SplitFactors};

/// Sessions on either side that tell what is usual for a listing.
const NEAR: usize = 30;
/// Fewer moves or volumes than this say nothing of what is usual.
const ENOUGH: usize = 5;
/// Volume and turnover of this many times the usual ones are news.
const NEWS: f64 = 4.0;
/// From the median of absolute values to the deviation of a normal distribution.
pub(super) const MEDIAN_TO_DEVIATION: f64 = 1.4826;

/// A row with a usable close on the basis of the newest share: continuous across splits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Session {
    /// Its index in the inspected rows.
    pub(super) row: usize,
    pub(super) date: Date,
    pub(super) open: Option<f64>,
    pub(super) close: f64,
    pub(super) volume: Option<f64>,
    pub(super) adjustment: Option<f64>,
}

impl Session {
    /// The price now, as a session of its own: it is no row of the answer.
    pub(super) fn of_price(date: Date, price: f64) -> Self {
        Self {
            row: usize::MAX,
            date,
            open: None,
            close: price,
            volume: None,
            adjustment: None,
        }
    }

    /// Puts the row on another basis: prices times `scale`, shares by it.
    pub(super) fn scale(&mut self, scale: f64) {
        self.close *= scale;
        self.open = self.open.map(|open| open * scale);
        self.volume = self.volume.map(|volume| volume / scale);
    }
}

/// Dividends and capital gains that count for one session, on the basis of the newest share.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cash {
    /// Index of the first session on or after the ex-date; never the first session of all.
    pub(super) at: usize,
    pub(super) ex_date: Date,
    pub(super) dividend: f64,
    pub(super) gain: f64,
}

/// A split that counts for one session.
#[derive(Debug, Clone, Copy)]
pub(super) struct Split {
    pub(super) at: usize,
    pub(super) ratio: f64,
}

/// What the rules on moves look at.
#[derive(Debug)]
pub(super) struct View {
    pub(super) sessions: Vec<Session>,
    pub(super) cash: Vec<Cash>,
    pub(super) splits: Vec<Split>,
    /// Sessions of cash in another currency.
    pub(super) foreign: Vec<usize>,
    /// Sessions before this index are stored.
    pub(super) n_stored: usize,
}

impl View {
    /// The rows but for the `impossible` ones.
    pub(super) fn new(series: &Inspected, impossible: &Impossible) -> Self {
        let mut later = SplitFactors::new(&series.actions);
        let usable = |price: &f64| price.is_finite() && *price > 0.0;
        let mut sessions = Vec::with_capacity(series.rows.len());
        let rows = series.rows.iter().enumerate().rev();
        for (index, row) in rows.filter(|(index, _)| !impossible.contains_key(index)) {
            let [open, _, _, close] = row.prices;
            if let Some(close) = close.filter(usable) {
                let s = later.after(row.date);
                sessions.push(Session {
                    row: index,
                    date: row.date,
                    open: open.filter(usable).map(|open| open / s),
                    close: close / s,
                    volume: row.volume.filter(|volume| *volume >= 0.0).map(|v| v * s),
                    adjustment: row.adjustment,
                });
            }
        }
        sessions.reverse();
        let mut view = Self {
            n_stored: sessions.partition_point(|session| session.row < series.n_stored),
            sessions,
            cash: Vec::new(),
            splits: Vec::new(),
            foreign: Vec::new(),
        };
        let foreign = series.foreign.iter().map(|cash| cash.action.ex_date);
        view.foreign = foreign.map(|ex_date| view.first_on(ex_date)).collect();
        let mut later = SplitFactors::new(&series.actions);
        for action in series.actions.iter().rev() {
            view.place(action, &mut later);
        }
        view.cash.reverse();
        view.splits.reverse();
        view
    }

    /// Puts one action on its session; they come newest first.
    fn place(&mut self, action: &Action, later: &mut SplitFactors) {
        let at = self.first_on(action.ex_date);
        if at == 0 || at >= self.sessions.len() {
            return;
        }
        let (dividend, gain) = match action.kind {
            ActionKind::Dividend { amount } => (amount, 0.0),
            ActionKind::CapitalGain { amount } => (0.0, amount),
            ActionKind::Split { .. } => {
                if let Some(ratio) = action.kind.split_ratio() {
                    let ratio = ratio.get();
                    self.splits.push(Split { at, ratio });
                }
                return;
            }
        };
        let s = later.after(action.ex_date);
        if let Some(same) = self.cash.last_mut().filter(|cash| cash.at == at) {
            same.ex_date = action.ex_date;
            same.dividend += dividend / s;
            same.gain += gain / s;
        } else {
            self.cash.push(Cash {
                at,
                ex_date: action.ex_date,
                dividend: dividend / s,
                gain: gain / s,
            });
        }
    }

    /// Index of the first session on or after `date`.
    pub(super) fn first_on(&self, date: Date) -> usize {
        self.sessions.partition_point(|session| session.date < date)
    }

    /// Logarithm of the session's total return: the price with the cash that went ex.
    pub(super) fn step(&self, at: usize) -> Option<f64> {
        let before = self.sessions.get(at.checked_sub(1)?)?;
        let session = self.sessions.get(at)?;
        let plain = session.close / before.close;
        // Most sessions pay nothing, and a search per session would be felt.
        let paid = self.cash.binary_search_by_key(&at, |cash| cash.at);
        let cash = paid.ok().and_then(|found| self.cash.get(found));
        let total = cash.map_or(0.0, |cash| cash.dividend / before.close);
        // A dividend in a wrong unit must not make a jump of its own.
        Some(if total > 0.0 && total < 1.0 && plain < 1.0 {
            (plain + total).min(1.0).ln()
        } else {
            plain.ln()
        })
    }

    /// The listing's daily deviation around a session, from the moves of traded sessions near it;
    /// `None` when there are too few.
    pub(super) fn deviation(&self, at: usize) -> Option<f64> {
        let (from, to) = (at.saturating_sub(NEAR), at.saturating_add(NEAR + 1));
        let mut moves: Vec<f64> = (from.max(1)..to.min(self.sessions.len()))
            .filter(|other| *other != at && *other != at + 1)
            .filter_map(|other| self.step(other))
            .map(f64::abs)
            // A price carried over a session without trade says nothing of how it moves.
            .filter(|step| *step > 0.0)
            .collect();
        median(&mut moves).map(|median| median * MEDIAN_TO_DEVIATION)
    }

    /// A number of deviations, or nothing where the deviation is not known.
    pub(super) fn deviations(&self, at: usize, count: f64) -> f64 {
        self.deviation(at).unwrap_or(0.0) * count
    }

    /// The session's volume in terms of the usual one; `None` where no usual one is known.
    pub(super) fn relative_volume(&self, at: usize) -> Option<f64> {
        self.relative(at, |session| session.volume)
    }

    /// The same of price times volume, which a change of basis leaves alone.
    pub(super) fn relative_turnover(&self, at: usize) -> Option<f64> {
        self.relative(at, |session| {
            session.volume.map(|volume| volume * session.close)
        })
    }

    fn relative(&self, at: usize, amount: impl Fn(&Session) -> Option<f64>) -> Option<f64> {
        let own = amount(self.sessions.get(at)?)?;
        let mut near: Vec<f64> = self
            .near(at)
            .filter_map(|(_, session)| amount(session))
            .filter(|amount| *amount > 0.0)
            .collect();
        median(&mut near).map(|usual| own / usual)
    }

    /// Whether a session's trade says that its move is news: on another basis one of shares and
    /// turnover stays as it was.
    pub(super) fn is_news(&self, at: usize) -> bool {
        let seen = [self.relative_volume(at), self.relative_turnover(at)];
        seen.iter()
            .all(|times| times.is_some_and(|times| times >= NEWS))
    }

    /// The sessions around `at`, without it.
    pub(super) fn near(&self, at: usize) -> impl Iterator<Item = (usize, &Session)> {
        let from = at.saturating_sub(NEAR);
        let sessions = self.sessions.iter().enumerate();
        let near = sessions.skip(from).take(at - from + NEAR + 1);
        near.filter(move |(other, _)| *other != at)
    }
}

/// The median of enough values.
pub(super) fn median(values: &mut [f64]) -> Option<f64> {
    if values.len() < ENOUGH {
        return None;
    }
    middle(values)
}

/// The middle one of the values, the upper one of an even number.
pub(super) fn middle(values: &mut [f64]) -> Option<f64> {
    let at = values.len() / 2;
    if values.is_empty() {
        return None;
    }
    let (_, middle, _) = values.select_nth_unstable_by(at, f64::total_cmp);
    Some(*middle)
}
