//! London's auctions: opens and closes really lie outside the day's range.

use super::fixtures::{answer, shared_data, table_file};
use super::{Inspected, Rule, RuleSettings, inspect};
use quantx_market::BasisReading;

fn refused(name: &str, tolerance: Option<f64>) -> Option<usize> {
    let file = shared_data()?.join(format!("price_repair/{name}.csv"));
    let history = answer(&table_file(&file));
    let series = Inspected::of_answer(
        &history,
        &BasisReading::all_applied(&history).undo(&history),
    );
    let mut settings = RuleSettings::default();
    if let Some(tolerance) = tolerance {
        let set = settings.set(Rule::OutsideRange, "tolerance", tolerance);
        assert_eq!(set, Ok(()));
    }
    let flags = inspect(&series, &settings).flags;
    let outside = flags.iter().filter(|flag| flag.rule == Rule::OutsideRange);
    Some(outside.count())
}

#[test]
fn auctions_a_little_outside_the_range_are_no_fault_and_the_setting_says_how_little() {
    // Rows outside at all, and farther than 3 %, of the files of London.
    for (name, outside, beyond) in [
        ("ELCO-L-1d-bad-div", 309, 8),
        ("TENT-L-1d-bad-div", 117, 6),
        ("ABDP-L-1d-bad-div", 44, 0),
        ("NVT-L-1d-bad-div", 248, 28),
        ("PSH-L-1d-bad-div", 1, 0),
    ] {
        let Some(found) = refused(name, None) else {
            return;
        };
        assert_eq!(found, beyond, "{name}");
        assert_eq!(refused(name, Some(0.0)), Some(outside), "{name}");
        assert_eq!(refused(name, Some(0.1)), Some(0), "{name}");
    }
}
