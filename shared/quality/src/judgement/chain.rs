//! Probabilities of the readings of a listing's dividends, taken together: a hidden Markov chain.

use super::evidence;

/// One dividend with its possible readings.
#[derive(Debug, Clone)]
pub(super) struct Link {
    /// The amount as sent, on the basis of the newest share.
    pub(super) amount: f64,
    /// The amount as a share of the close before; `None` before the rows.
    pub(super) share: Option<f64>,
    /// Whether prices could show the amount as sent: beyond three deviations of a day.
    pub(super) is_visible: bool,
    /// Multiples of the amount and the weight (a logarithm) of what speaks for each by itself.
    pub(super) readings: Vec<(f64, f64)>,
}

/// How readily a listing's dividends change their unit.
#[derive(Debug, Clone, Copy)]
enum Mode {
    /// Hardly ever. The number is what a first change costs.
    Sound(f64),
    /// Now and then: a listing whose faults are many.
    Faulty,
}

/// What it costs that a listing is faulty at all.
const FAULTY: f64 = 3.5;
/// Two exactly equal amounts, as declared dividends often are.
const REPEATED: f64 = 1.5;
/// The most that another level costs: specials and small extra payments are real.
const NEW_LEVEL: f64 = 3.0;
/// Amounts that no price can show one by one are right or wrong together where they are equal.
const EQUAL_UNSEEN: f64 = 7.0;
/// Relative difference of two equal amounts.
const EQUAL: f64 = 1e-4;

/// Per link the probability of each reading, in the order of its readings. `change` is what a first
/// change of unit costs.
pub(super) fn probabilities(links: &[Link], change: f64) -> Vec<Vec<f64>> {
    if links.is_empty() {
        return Vec::new();
    }
    let sound = weights(links, Mode::Sound(change));
    let faulty = weights(links, Mode::Faulty);
    let per_link = sound.iter().zip(&faulty).map(|(sound, faulty)| {
        let sums: Vec<f64> = sound
            .iter()
            .zip(faulty)
            .map(|(sound, faulty)| log_sum([*sound, faulty - FAULTY - (change - 2.5)].into_iter()))
            .collect();
        let all = log_sum(sums.iter().copied());
        sums.iter().map(|weight| (weight - all).exp()).collect()
    });
    per_link.collect()
}

/// Logarithms of the sums over all paths through each reading: forward times backward.
fn weights(links: &[Link], mode: Mode) -> Vec<Vec<f64>> {
    let mut forward: Vec<Vec<f64>> = Vec::with_capacity(links.len());
    for (at, link) in links.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| (&links[before], before));
        let weights = link.readings.iter().map(|(times, own)| {
            let reached = match before {
                None => first(link, *times, mode),
                Some((before, index)) => log_sum(
                    before
                        .readings
                        .iter()
                        .zip(&forward[index])
                        .map(|((from, _), sum)| sum + step(before, *from, link, *times, mode)),
                ),
            };
            own + reached
        });
        let weights = weights.collect();
        forward.push(weights);
    }
    let mut backward: Vec<f64> = links
        .last()
        .map_or(Vec::new(), |l| vec![0.0; l.readings.len()]);
    let mut sums = vec![Vec::new(); links.len()];
    for at in (0..links.len()).rev() {
        sums[at] = forward[at]
            .iter()
            .zip(&backward)
            .map(|(f, b)| f + b)
            .collect();
        if let Some(before) = at.checked_sub(1) {
            let (link, next) = (&links[before], &links[at]);
            backward =
                link.readings
                    .iter()
                    .map(|(times, _)| {
                        log_sum(next.readings.iter().zip(&backward).map(|((to, own), sum)| {
                            step(link, *times, next, *to, mode) + own + sum
                        }))
                    })
                    .collect();
        }
    }
    sums
}

/// How readily the first dividend has the reading.
fn first(link: &Link, times: f64, mode: Mode) -> f64 {
    let level = link
        .share
        .map_or(0.0, |share| evidence::of_level(share * times));
    let is_as_sent = times == 1.0;
    level
        - rarity(times)
        - match mode {
            Mode::Sound(_) if is_as_sent => 0.0,
            Mode::Sound(change) => change,
            Mode::Faulty if is_as_sent => 0.7,
            Mode::Faulty => 1.6,
        }
}

/// How readily `to` of the next dividend follows `from` of the one before.
fn step(before: &Link, from: f64, next: &Link, to: f64, mode: Mode) -> f64 {
    let stays = from == to;
    let mut weight = match (mode, stays) {
        (Mode::Sound(_), true) => 0.0,
        (Mode::Sound(_), false) if to == 1.0 => -2.5,
        (Mode::Sound(change), false) => 1.0 - change - rarity(to),
        (Mode::Faulty, true) => -0.5,
        (Mode::Faulty, false) if to == 1.0 => -1.2,
        (Mode::Faulty, false) => -1.8 - rarity(to),
    };
    let is_equal = |ratio: f64| ratio.ln().abs() < EQUAL;
    let are_unseen = !before.is_visible && !next.is_visible;
    if !stays && are_unseen && is_equal(next.amount / before.amount) {
        weight -= EQUAL_UNSEEN;
    }
    if from == 0.0 || to == 0.0 {
        return weight - 1.5;
    }
    let ratio = next.amount * to / (before.amount * from);
    if is_equal(ratio) {
        return weight + REPEATED;
    }
    let usual = (ratio.ln() / 0.4).powi(2).ln_1p();
    weight - (0.9 * usual).min(NEW_LEVEL)
}

/// What a reading costs that is rarer than a factor of 100.
fn rarity(times: f64) -> f64 {
    if times == 0.0 {
        2.0
    } else if !(0.002..=500.0).contains(&times) {
        1.5
    } else {
        0.0
    }
}

/// The logarithm of the sum of exponentials.
fn log_sum(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let most = values.clone().fold(f64::NEG_INFINITY, f64::max);
    if most == f64::NEG_INFINITY {
        return most;
    }
    most + values.map(|value| (value - most).exp()).sum::<f64>().ln()
}
