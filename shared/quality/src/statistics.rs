/// Fewer moves or volumes than this say nothing of what is usual.
pub(super) const ENOUGH: usize = 5;
/// From the median of absolute values to the deviation of a normal distribution.
pub(super) const MEDIAN_TO_DEVIATION: f64 = 1.4826;

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
