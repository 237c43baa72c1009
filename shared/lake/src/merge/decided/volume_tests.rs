use super::*;

#[test]
fn a_decision_about_a_volume_is_about_that_volume() {
    let stored = history("2024-06-03", &[10.0; 8]);
    let row = |volume: f64| RefusedRow {
        volume: Some(volume),
        ..refused("2024-06-12", 10.0, "volume_spike")
    };
    let offer = |volume: f64| {
        let mut offer = fetched(bars("2024-06-03", &[10.0; 7]), &[]);
        offer.refused.push(row(volume));
        offer
    };
    let rejected = decide(&[(Rejected, row(9e9))]);
    assert_eq!(
        merge_on("2024-06-14", &stored, &offer(9e9), &[], &rejected).quarantine,
        []
    );
    assert_eq!(
        merge_on("2024-06-14", &stored, &offer(8e9), &[], &rejected)
            .quarantine
            .len(),
        1
    );
    let released = decide(&[(Released, row(9e9))]);
    let after = merge_on("2024-06-14", &stored, &offer(9e9), &[], &released);
    assert_eq!(after.stats.volumes_corrected, 1);
    let volume = |history: &History| history.bars.get(day("2024-06-12")).unwrap().volume;
    assert_eq!(volume(&after.history), Some(9_000_000_000));
    let plain = fetched(bars("2024-06-03", &[10.0; 8]), &[]);
    let other = merge_on("2024-06-15", &after.history, &plain, &[], &released);
    assert_eq!(volume(&other.history), Some(9_000_000_000));
    assert_eq!(
        rules(&other),
        [("2024-06-12".to_owned(), "correction_of_released_volume")]
    );
}

#[test]
fn a_released_volume_is_not_contradicted_by_one_that_is_said_less_exactly() {
    let stored = history("2024-06-03", &[10.0; 8]);
    let row = RefusedRow {
        volume: Some(684.0),
        ..refused("2024-06-12", 10.0, "volume_spike")
    };
    let released = decide(&[(Released, row)]);
    let mut bars = stored.bars.clone().into_bars();
    let at = bars
        .iter()
        .position(|bar| bar.date.date() == day("2024-06-12"));
    for (said, unit, contradicts) in [
        (Some(760), 190.0, false),
        (None, 190.0, false),
        (Some(760), 1.0, true),
        (Some(950), 190.0, true),
    ] {
        bars[at.unwrap()].volume = said;
        let mut offer = fetched(bars.clone(), &[]);
        offer.volume_units.insert(day("2024-06-12"), unit);
        let merged = merge_on("2024-06-14", &stored, &offer, &[], &released);
        let volume = merged.history.bars.get(day("2024-06-12")).unwrap().volume;
        assert_eq!(volume, Some(684), "{said:?}");
        assert_eq!(rules(&merged).len(), usize::from(contradicts), "{said:?}");
    }
}
