use super::flag::Findings;
use super::rule::Rule;
use super::settings::Threshold;
use super::view::View;

/// What a spike leaves behind is at most this share of it.
const LEFT: f64 = 0.25;

#[derive(Debug, Clone, Copy)]
struct Limits {
    spike: f64,
    spike_deviations: f64,
    spike_rows: usize,
    step: f64,
    step_deviations: f64,
    volume: f64,
}

/// Moves without event that return at once, or are large and have no volume.
pub(super) fn check(view: &View, findings: &mut Findings<'_>) {
    if !findings.wants(Rule::PriceJump) {
        return;
    }
    let get = |threshold| findings.settings.get(threshold);
    let limits = Limits {
        spike: get(Threshold::JumpSpike),
        spike_deviations: get(Threshold::JumpSpikeDeviations),
        spike_rows: get(Threshold::JumpSpikeRows) as usize,
        step: get(Threshold::JumpStep),
        step_deviations: get(Threshold::JumpStepDeviations),
        volume: get(Threshold::JumpVolume),
    };
    let mut at = view.n_stored.saturating_sub(limits.spike_rows).max(1);
    while at < view.sessions.len() {
        let Some(step) = view.step(at) else { break };
        at = if step.abs() < limits.spike.min(limits.step) {
            at + 1
        } else if let Some(back) = spike(view, at, step, limits) {
            report_spike(view, at, back, step, findings);
            back + 1
        } else {
            if is_untold(view, at, step, limits) {
                report_step(view, at, step, findings);
            }
            at + 1
        };
    }
}

/// The session that is back on the level before `at`, if the move returns soon and quietly.
fn spike(view: &View, at: usize, step: f64, limits: Limits) -> Option<usize> {
    let back = way_back(view, at, step, limits)?;
    // What is usual is asked last: it is a look at sixty sessions, and few moves come this far.
    let least = limits
        .spike
        .max(view.deviations(at, limits.spike_deviations));
    let is_large = step.abs().min(view.step(back)?.abs()) >= least;
    // On the way back too: a rumour one day and its denial the next are news (ZTS 2015-06-25).
    let is_quiet = (at..=back).all(|session| !is_confirmed(view, session, limits));
    (is_large && is_quiet).then_some(back)
}

/// The first session within reach whose move takes back the one at `at`.
fn way_back(view: &View, at: usize, step: f64, limits: Limits) -> Option<usize> {
    let mut net = step;
    for back in at + 1..=at.saturating_add(limits.spike_rows) {
        let next = view.step(back)?;
        net += next;
        let returns = next.abs() >= limits.spike && next.signum() != step.signum();
        if returns && net.abs() <= LEFT * step.abs().min(next.abs()) {
            return Some(back);
        }
        // Inside a block of wrong rows prices move as usual.
        if next.abs() > LEFT * step.abs() {
            return None;
        }
    }
    None
}

fn is_untold(view: &View, at: usize, step: f64, limits: Limits) -> bool {
    step.abs() >= limits.step
        && step.abs() >= view.deviations(at, limits.step_deviations)
        && !is_confirmed(view, at, limits)
        // A step at a split is that rule's matter.
        && view.splits.binary_search_by_key(&at, |split| split.at).is_err()
}

/// Whether many more shares than usual changed hands.
fn is_confirmed(view: &View, at: usize, limits: Limits) -> bool {
    let volume = view.relative_volume(at);
    volume.is_some_and(|times| times >= limits.volume)
}

fn report_spike(view: &View, from: usize, back: usize, step: f64, findings: &mut Findings<'_>) {
    for at in from.max(view.n_stored)..back {
        if let Some(session) = view.sessions.get(at) {
            let percent = step.exp_m1() * 100.0;
            let detail = format!(
                "{percent:+.1} % without event or volume, back after {} sessions",
                back - from
            );
            findings.add(Rule::PriceJump, session.date, None, detail);
        }
    }
}

fn report_step(view: &View, at: usize, step: f64, findings: &mut Findings<'_>) {
    if at >= view.n_stored
        && let Some(session) = view.sessions.get(at)
    {
        let percent = step.exp_m1() * 100.0;
        let detail = format!("{percent:+.1} % without event or volume");
        findings.add(Rule::PriceJump, session.date, None, detail);
    }
}
