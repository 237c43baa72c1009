use proptest::prelude::*;

use super::*;
use quantx_fixtures::us_listing;

fn members(numbers: std::ops::Range<usize>) -> Vec<Listing> {
    numbers.map(|n| us_listing(&format!("X{n}"))).collect()
}

fn gate(max_change: &str) -> Gate {
    Gate {
        members: 90..=110,
        max_change: max_change.parse().unwrap(),
    }
}

#[test]
fn a_list_like_the_stored_one_passes_with_its_difference() {
    let difference = gate("5%")
        .check(Some(&members(0..100)), &members(5..105), &[])
        .unwrap();
    assert_eq!(difference.joined, members(100..105));
    assert_eq!(difference.left, members(0..5));
    let first = gate("0").check(None, &members(0..100), &[]).unwrap();
    assert_eq!(first.joined.len(), 100);
}

#[test]
fn a_list_of_another_kind_is_refused_with_every_reason() {
    let stored = members(0..100);
    let refused = |max: &str, fresh: &[Listing]| {
        gate(max)
            .check(Some(&stored), fresh, &[])
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        refused("1", &members(2..102)),
        "the fresh list is refused: 2 of 100 seats changed, allowed are 1 (1) \
         (2 joined: X100 X101; 2 left: X0 X1)"
    );
    assert_eq!(
        refused("2.5%", &members(0..89)),
        "the fresh list is refused: it has 89 members, allowed are 90 to 110; \
         11 of 100 seats changed, allowed are 2 (2.5%) (11 left: X89 X90 X91 X92 X93 X94 X95 X96 X97 X98 X99)"
    );
    assert!(refused("100%", &[]).contains("it has 0 members"));
}

#[test]
fn a_bound_is_a_count_or_a_share() {
    for (text, seats) in [
        ("0", 0),
        ("25", 25),
        ("5%", 25),
        ("0.5 %", 2),
        ("100%", 503),
        ("1.25%", 6),
    ] {
        let bound: MaxChange = text.parse().unwrap();
        assert_eq!(bound.seats(503), seats, "{text}");
    }
    for bad in [
        "",
        "%",
        "-1",
        "+1",
        "5 members",
        "101%",
        "1.234%",
        "1.%",
        ".5%",
        "99999%",
    ] {
        assert!(bad.parse::<MaxChange>().is_err(), "{bad}");
    }
}

proptest! {
    #[test]
    fn a_bound_reads_back(points in 0_u16..=10_000, seats: usize) {
        for bound in [MaxChange::Share { basis_points: points }, MaxChange::Seats(seats)] {
            prop_assert_eq!(bound.to_string().parse::<MaxChange>().unwrap(), bound);
        }
    }
}
