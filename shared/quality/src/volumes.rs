use super::flag::{Column, Findings};
use super::inspected::{Inspected, InspectedRow};
use super::rule::Rule;
use super::settings::Threshold;
use super::statistics::{MEDIAN_TO_DEVIATION, median};
use super::view::{Session, View};

/// Runs of equal rows. A row without a range or without trade repeats by nature.
pub(super) fn check_repeats(series: &Inspected, findings: &mut Findings<'_>) {
    let least = findings.settings.get(Threshold::StaleRows) as usize;
    // Null rows part no run: the vendor repeats what it had before them.
    let rows: Vec<(usize, &InspectedRow)> = series
        .rows
        .iter()
        .enumerate()
        .filter(|(_, row)| !row.is_null())
        .collect();
    for run in rows.chunk_by(|(_, a), (_, b)| repeats(a, b)) {
        if run.len() >= least.max(2) {
            for (index, row) in run.iter().skip(1) {
                if *index >= series.n_stored {
                    let detail = format!("the same four prices in {} rows in a row", run.len());
                    findings.add(Rule::StaleRepeat, row.date, None, detail);
                }
            }
        }
    }
}

fn repeats(before: &InspectedRow, row: &InspectedRow) -> bool {
    let [_, high, low, _] = row.prices;
    let has_range = high.zip(low).is_some_and(|(high, low)| high > low);
    before.prices == row.prices && has_range && row.volume.is_some_and(|volume| volume > 0.0)
}

/// Volumes far beyond everything near them.
pub(super) fn check_spikes(view: &View, findings: &mut Findings<'_>) {
    if !findings.wants(Rule::VolumeSpike) {
        return;
    }
    let times_median = findings.settings.get(Threshold::SpikeMedian);
    let deviations = findings.settings.get(Threshold::SpikeDeviations);
    let times_largest = findings.settings.get(Threshold::SpikeLargest);
    for at in view.n_stored..view.sessions.len() {
        let volume = |at: usize| view.sessions.get(at).and_then(|session| session.volume);
        let Some(own) = volume(at) else { continue };
        let neighbours = [at.checked_sub(1), at.checked_add(1)].into_iter().flatten();
        // Cheap, and false for nearly every session.
        if neighbours
            .filter_map(volume)
            .any(|other| other * times_largest >= own)
        {
            continue;
        }
        let traded = |session: &Session| session.volume.filter(|volume| *volume > 0.0);
        let mut near: Vec<f64> = view.near(at).filter_map(|(_, s)| traded(s)).collect();
        let largest = near.iter().copied().fold(0.0, f64::max);
        let Some(usual) = median(&mut near) else {
            continue;
        };
        // In an illiquid listing a block trade is hundreds of the usual volume.
        let mut spread: Vec<f64> = near.iter().map(|v| (v / usual).ln().abs()).collect();
        let deviation = median(&mut spread).unwrap_or(0.0) * MEDIAN_TO_DEVIATION;
        if own > times_median * usual
            && own > times_largest * largest
            && (own / usual).ln() > deviations * deviation
            && let Some(session) = view.sessions.get(at)
        {
            let times = own / usual;
            let detail = format!("volume is {times:.0} times the usual one");
            findings.add(
                Rule::VolumeSpike,
                session.date,
                Some(Column::Volume),
                detail,
            );
        }
    }
}
