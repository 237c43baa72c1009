use super::super::inspected::Inspected;
use super::super::payment::Payment;
use super::super::rule::Rule;
use super::super::settings::{RuleSettings, Threshold};
use super::chain::{self, Link};
use super::evidence::{self, Confirmed};
use super::{Judgement, Verdict, dividend_on, settled};
use quantx_market::{Action, ActionKind};

/// As sent, pounds for pence and pence for pounds, mills, and not at all.
const MULTIPLES: [f64; 6] = [1.0, 0.01, 100.0, 0.001, 1000.0, 0.0];
/// Dividends before the rows that tell the level.
const EARLIER: usize = 8;
/// What a first change of unit costs where prices are quoted in pence, and elsewhere: most wrong
/// units are of London, Johannesburg and Tel Aviv.
const CHANGE_OF_MINOR: f64 = 2.5;
const CHANGE: f64 = 3.2;
/// Currencies of markets that quote in hundredths, as vendors spell both units. Where the vendor names
/// none, it may be one of them.
const MINOR: [&str; 8] = ["GBp", "GBX", "GBP", "ZAc", "ZAC", "ZAR", "ILA", "ILS"];
/// A dividend of this share of the price is plausible by itself.
const PLAUSIBLE: std::ops::RangeInclusive<f64> = 0.001..=0.05;
/// Least weight of the price against a plausible amount.
const AGAINST_PLAUSIBLE: f64 = 1.0;

/// What of each payment's dividend is applied, as far as it is read here; what is judged wrong is
/// added to `found`.
pub(super) fn of_dividends(
    series: &Inspected,
    payments: &[Payment],
    settings: &RuleSettings,
    found: &mut Vec<Judgement>,
) -> Vec<f64> {
    let confirmed: Vec<Confirmed> = payments
        .iter()
        .map(|payment| evidence::confirmed(payment, &multiples(payment)))
        .collect();
    let mut links = earlier(series);
    let n_earlier = links.len();
    let mut of_payment = Vec::new();
    for (at, payment) in payments.iter().enumerate() {
        let Some(event) = dividend_on(series, payment.cash.ex_date) else {
            continue;
        };
        if payment.share <= 0.0 {
            continue;
        }
        let alike = confirmed.iter().filter(|other| **other == confirmed[at]);
        links.push(link(
            payment,
            settled(series, event),
            confirmed[at],
            alike.count(),
        ));
        of_payment.push((at, *event));
    }
    let is_minor = series
        .currency
        .as_deref()
        .is_none_or(|currency| MINOR.contains(&currency));
    let change = if is_minor { CHANGE_OF_MINOR } else { CHANGE };
    let probabilities = chain::probabilities(&links, change);
    let mut times = vec![1.0; payments.len()];
    // What each dividend comes to by its likeliest reading.
    let readings = links.iter().zip(&probabilities);
    let likely: Vec<f64> = readings
        .map(|(link, p)| link.amount * best(link, p).0)
        .collect();
    let judged = links.iter().zip(&probabilities).enumerate().skip(n_earlier);
    for ((index, (link, probability)), (at, event)) in judged.zip(of_payment) {
        if let Some(settled) = settled(series, &event) {
            times[at] = settled;
            continue;
        }
        let candidate = DividendCandidate {
            payment: &payments[at],
            confirmed: confirmed[at],
            link,
            probability,
            others: [&likely[..index], &likely[index + 1..]],
            settings,
        };
        if let Some(verdict) = candidate.verdict() {
            times[at] = match verdict {
                Verdict::Corrected { times } => times,
                Verdict::Held => 0.0,
            };
            found.push(candidate.judgement(event, verdict));
        }
    }
    times
}

fn multiples(payment: &Payment) -> Vec<f64> {
    let mut multiples = MULTIPLES.to_vec();
    if payment.split != 1.0 {
        // Per share of before the split of its day, or undone once too often.
        multiples.extend([1.0 / payment.split, payment.split]);
    }
    multiples
}

/// Dividends of before the rows, with what was applied of them.
fn earlier(series: &Inspected) -> Vec<Link> {
    let Some(first) = series.rows.first().map(|row| row.date) else {
        return Vec::new();
    };
    let mut links: Vec<Link> = series
        .settled
        .iter()
        .filter(|known| known.event.ex_date <= first && known.times > 0.0)
        .filter_map(|known| match known.event.kind {
            ActionKind::Dividend { amount } => {
                let factor = series.actions.split_factor_after(known.event.ex_date);
                Some(Link {
                    amount: amount / factor,
                    share: None,
                    is_visible: true,
                    readings: vec![(known.times, 0.0)],
                })
            }
            ActionKind::CapitalGain { .. } | ActionKind::Split { .. } => None,
        })
        .collect();
    links.drain(..links.len().saturating_sub(EARLIER));
    links
}

fn link(payment: &Payment, settled: Option<f64>, confirmed: Confirmed, n_alike: usize) -> Link {
    const SURE: f64 = -8.0;
    let seen_after = payment.seen_after().is_some();
    let weight = |times: f64| {
        let share = times * payment.share;
        let price = match evidence::of_price(payment, share) {
            evidence::IMPOSSIBLE => evidence::IMPOSSIBLE,
            _ if seen_after => f64::from(times != 1.0) * SURE,
            weight => weight,
        };
        price + evidence::of_vendor(confirmed, times, n_alike)
    };
    let readings = match settled {
        Some(times) => vec![(times, 0.0)],
        None => multiples(payment)
            .into_iter()
            .map(|times| (times, weight(times)))
            .collect(),
    };
    Link {
        amount: payment.cash.dividend,
        share: Some(payment.share),
        is_visible: payment.share >= 3.0 * evidence::deviation(payment),
        readings,
    }
}

/// One dividend with all that is known of it.
struct DividendCandidate<'a> {
    payment: &'a Payment,
    confirmed: Confirmed,
    link: &'a Link,
    probability: &'a [f64],
    /// What the listing's dividends before and after it come to.
    others: [&'a [f64]; 2],
    settings: &'a RuleSettings,
}

/// The likeliest reading and its probability.
fn best(link: &Link, probability: &[f64]) -> (f64, f64) {
    let readings = link.readings.iter().zip(probability);
    let readings = readings.map(|((times, _), probability)| (*times, *probability));
    readings
        .max_by(|(_, a), (_, b)| a.total_cmp(b))
        .unwrap_or((1.0, 1.0))
}

impl DividendCandidate<'_> {
    fn best(&self) -> (f64, f64) {
        best(self.link, self.probability)
    }

    /// Whether the vendor's column, or another dividend of about that size, says so too: the price
    /// alone refutes an amount, and proves none.
    fn is_seconded(&self, times: f64) -> bool {
        const ABOUT: std::ops::RangeInclusive<f64> = 1.0 / 3.0..=3.0;
        let amount = self.link.amount * times;
        let mut others = self.others.into_iter().flatten();
        self.confirmed == Confirmed::Times(times)
            || others.any(|other| ABOUT.contains(&(other / amount)))
    }

    fn probability_as_sent(&self) -> f64 {
        let mut readings = self.link.readings.iter().zip(self.probability);
        let as_sent = readings.find(|((times, _), _)| *times == 1.0);
        as_sent.map_or(0.0, |(_, probability)| *probability)
    }

    fn verdict(&self) -> Option<Verdict> {
        let (best, probability) = self.best();
        let doubt = 1.0 - self.settings.get(Threshold::UnitProof);
        if best == 1.0 || self.probability_as_sent() > doubt || self.payment.seen_after().is_some()
        {
            return None;
        }
        if PLAUSIBLE.contains(&self.payment.share) && !self.is_refuted(best) {
            return None;
        }
        let is_proven = probability >= 1.0 - doubt && best > 0.0 && self.is_seconded(best);
        Some(if is_proven {
            Verdict::Corrected { times: best }
        } else {
            Verdict::Held
        })
    }

    /// Whether price or vendor speak for `best` by themselves. That the other dividends are of
    /// another size alone says nothing against a plausible amount.
    fn is_refuted(&self, best: f64) -> bool {
        let share = self.payment.share;
        let of_price = evidence::of_price(self.payment, best * share)
            - evidence::of_price(self.payment, share);
        of_price >= AGAINST_PLAUSIBLE || self.confirmed == Confirmed::Times(best)
    }

    fn judgement(&self, event: Action, verdict: Verdict) -> Judgement {
        let Payment {
            share,
            moves,
            split,
            ..
        } = *self.payment;
        let (best, probability) = self.best();
        let mut reason = format!(
            "{} is {:.4} % of the close before, the price moved by {:+.2} % to the close",
            event.kind.cash().unwrap_or_default(),
            share * 100.0,
            moves[1] * 100.0
        );
        if let Some(vendor) = self.payment.vendor {
            reason.push_str(&format!(
                ", the vendor's adjusted close steps by {:.4} %",
                vendor * 100.0
            ));
        }
        let is_of_split = split != 1.0 && (best == 1.0 / split || best == split);
        reason.push_str(&match verdict {
            Verdict::Corrected { .. } if is_of_split => format!(
                ": as if per share of the other side of the split {split}:1 of that day ({:.0} %)",
                probability * 100.0
            ),
            Verdict::Corrected { times } => format!(
                ": {times} times the amount goes with that and with the other dividends ({:.0} %)",
                probability * 100.0
            ),
            Verdict::Held => format!(
                ": as sent it is unlikely ({:.1} %), and what is right is not proven",
                self.probability_as_sent() * 100.0
            ),
        });
        // A small amount is not one that the price should have shown.
        let rule = if best > 1.0 || verdict != Verdict::Held {
            Rule::DividendUnit
        } else {
            Rule::DividendNotSeen
        };
        Judgement {
            event,
            verdict,
            rule,
            reason,
        }
    }
}
