use jiff::Span;
use proptest::prelude::*;

use super::*;
use crate::flag::Column;
use quantx_fixtures::{day, dividend, split};
use quantx_market::Date;

const COLUMNS: [Column; 5] = [
    Column::Open,
    Column::High,
    Column::Low,
    Column::Close,
    Column::Volume,
];

/// Sixty days of prices in whole cents that never repeat.
fn truth() -> Vec<InspectedRow> {
    let first = day("2024-01-02");
    let rows = (0_i32..60).map(|n| {
        let date = first.checked_add(Span::new().days(n)).unwrap();
        let cents = f64::from(10_000 + (n * 37) % 211);
        let price = |offset: f64| Some((cents + offset) / 100.0);
        InspectedRow {
            date,
            prices: [price(3.0), price(95.0), price(-80.0), price(0.0)],
            volume: Some(f64::from(1_000_000 + n * 12_345)),
            adjustment: None,
        }
    });
    rows.collect()
}

fn date(index: usize) -> Date {
    truth()[index].date
}

/// The truth with the rows of a range changed.
fn changed(range: std::ops::Range<usize>, change: impl Fn(&mut InspectedRow)) -> Vec<InspectedRow> {
    let mut rows = truth();
    rows[range].iter_mut().for_each(change);
    rows
}

fn times(ratio: f64) -> impl Fn(&mut InspectedRow) {
    move |row| {
        for price in row.prices.iter_mut().flatten() {
            // Vendors round to the hundredth of a cent.
            *price = (*price * ratio * 1e4).round() / 1e4;
        }
    }
}

fn witness<'a>(vendor: &'a str, rows: &'a [InspectedRow]) -> Witness<'a> {
    of_lineage(vendor, vendor, rows)
}

fn of_lineage<'a>(vendor: &'a str, lineage: &str, rows: &'a [InspectedRow]) -> Witness<'a> {
    Witness {
        vendor,
        lineage: Lineage(lineage.to_owned()),
        source: BarSource::Official,
        rows,
    }
}

fn votes(witnesses: &[Witness<'_>]) -> Quorum {
    vote(witnesses, &Comparison::default())
}

#[test]
fn half_a_tick_is_no_difference_and_more_is_one_cell() {
    let rows = truth();
    let sub_penny = changed(0..60, |row| {
        row.prices[0] = row.prices[0].map(|price| price + 0.005);
        row.volume = row.volume.map(|volume| volume + 49.0);
    });
    let same = compare(
        &witness("a", &rows),
        &witness("b", &sub_penny),
        &Comparison::default(),
    );
    assert!(same.differences.is_empty() && same.steps.is_empty());
    assert!(COLUMNS.iter().all(|column| same.cells[column].agree == 60));
    assert_eq!(same.cells[&Column::Volume].largest, 49.0);

    let off = changed(7..8, |row| {
        row.prices[3] = row.prices[3].map(|it| it + 0.02)
    });
    let off = compare(
        &witness("a", &rows),
        &witness("b", &off),
        &Comparison::default(),
    );
    assert_eq!(off.differences.len(), 1);
    let cell = off.differences[0];
    assert_eq!((cell.date, cell.column), (date(7), Column::Close));
    assert_eq!(off.cells[&Column::Close].differ, 1);
}

#[test]
fn below_one_half_a_cent_is_a_difference() {
    let penny = |cents: f64| {
        changed(0..60, |row| {
            row.prices = row.prices.map(|price| price.map(|it| it / 2_000.0));
            row.prices[3] = row.prices[3].map(|it| it + cents / 100.0);
        })
    };
    let (rows, same, off) = (penny(0.0), penny(0.01), penny(0.1));
    let other = |other| {
        let pair = [&rows, other].map(|rows| witness("a", rows));
        let counts = compare(&pair[0], &pair[1], &Comparison::default()).cells;
        counts[&Column::Close].agree
    };
    assert_eq!((other(&same), other(&off)), (60, 0));
}

#[test]
fn opens_and_ranges_of_bars_built_from_trades_may_be_wider_and_closes_not() {
    let rows = truth();
    let built = changed(0..60, |row| {
        // 20 basis points on the open, 9 on the range, a tenth less volume.
        row.prices[0] = row.prices[0].map(|price| price * 1.002);
        row.prices[1] = row.prices[1].map(|price| price * 0.9991);
        row.volume = row.volume.map(|volume| volume * 0.9);
    });
    let pair = |source| {
        let built = Witness {
            source,
            ..witness("b", &built)
        };
        let pair = compare(&witness("a", &rows), &built, &Comparison::default());
        pair.differences.len()
    };
    assert_eq!(pair(BarSource::TradeBuilt), 0);
    assert_eq!(pair(BarSource::Official), 180);
}

#[test]
fn volumes_that_are_still_counted_are_compared_by_magnitude() {
    let rows = truth();
    let early = changed(59..60, |row| row.volume = row.volume.map(|it| it * 0.95));
    let differ = |volumes_final_to| {
        let comparison = Comparison {
            volumes_final_to,
            ..Comparison::default()
        };
        let pair = compare(&witness("a", &rows), &witness("b", &early), &comparison);
        pair.differences.len()
    };
    assert_eq!(differ(None), 1);
    assert_eq!(differ(Some(date(58))), 0);
}

#[test]
fn a_split_that_one_vendor_missed_is_one_step_with_its_terms() {
    let rows = truth();
    let missed = changed(0..40, |row| {
        times(0.25)(row);
        row.volume = row.volume.map(|volume| volume * 4.0);
    });
    let pair = compare(
        &witness("a", &rows),
        &witness("b", &missed),
        &Comparison::default(),
    );
    assert!(pair.differences.is_empty(), "{:?}", pair.differences);
    let [step] = pair.steps[..] else {
        panic!("{:?}", pair.steps);
    };
    assert_eq!((step.first, step.last), (date(0), date(39)));
    assert_eq!(step.terms(), Some((4, 1)));
    assert_eq!(step.volumes, StepVolumes::Scaled);
    assert_eq!(pair.cells[&Column::Close].in_step, 40);
    assert_eq!(pair.cells[&Column::Volume].in_step, 40);
}

#[test]
fn a_history_multiplied_back_at_a_spin_off_is_one_step_although_a_cell_in_it_is_wrong() {
    let rows = truth();
    let mut back = changed(0..50, times(0.890_425));
    back[20].prices[1] = back[20].prices[1].map(|high| high + 1.0);
    let three = [
        witness("yahoo", &rows),
        witness("eodhd", &back),
        witness("tiingo", &rows),
    ];
    let quorum = votes(&three);
    let [finding] = &quorum.steps[..] else {
        panic!("{:?}", quorum.steps);
    };
    assert_eq!(finding.outlier.as_deref(), Some("eodhd"));
    assert!((finding.step.ratio - 0.890_425).abs() < 1e-5);
    assert_eq!(finding.step.volumes, StepVolumes::Same);
    assert_eq!(finding.step.terms(), None);
    assert_eq!(finding.step.last, date(49));
    let [wrong] = &quorum.disputes[..] else {
        panic!("{:?}", quorum.disputes);
    };
    assert_eq!((wrong.date, wrong.column), (date(20), Column::High));
    assert_eq!(quorum.counts.in_step, 50 * 4 - 1);
    // With two witnesses nobody knows who is wrong.
    let two = votes(&three[..2]);
    assert_eq!(two.steps.len(), 1);
    assert_eq!(two.steps[0].outlier, None);
}

#[test]
fn vendors_of_one_lineage_have_one_vote() {
    let rows = truth();
    let wrong = changed(9..10, |row| row.prices[3] = Some(1.0));
    let copies = |second: &'static str| {
        votes(&[
            of_lineage("yahoo", "yahoo", &wrong),
            of_lineage("fmp", second, &wrong),
            witness("tiingo", &rows),
        ])
    };
    // Two copies of one wrong word are no majority.
    let quorum = copies("yahoo");
    assert_eq!(quorum.counts.disputed, 1);
    assert_eq!(quorum.disputes[0].decided, None);
    assert_eq!(quorum.disputes[0].against.len(), 2);
    assert_eq!(quorum.counts.confirmed, [(2, 299)].into());
    // Were it a lineage of its own, it would decide.
    let quorum = copies("fmp");
    assert_eq!(quorum.counts.decided, 1);
    let verdict = &quorum.disputes[0];
    assert_eq!(verdict.decided, Some(1.0));
    assert_eq!(verdict.supporting, ["yahoo", "fmp"]);
    assert_eq!(verdict.against[0].0, "tiingo");
}

#[test]
fn one_word_is_counted_as_one_and_absent_sessions_are_told() {
    let rows = truth();
    let mut fewer = truth();
    fewer.remove(30);
    fewer.truncate(50);
    let pair = compare(
        &witness("a", &rows),
        &witness("b", &fewer),
        &Comparison::default(),
    );
    // What comes after the last common session is no hole.
    assert_eq!(pair.only, [vec![date(30)], vec![]]);
    let quorum = votes(&[witness("a", &rows), witness("b", &fewer)]);
    assert_eq!(quorum.counts.confirmed, [(1, 10 * 5), (2, 50 * 5)].into());
    assert_eq!(votes(&[]), Quorum::default());
}

#[test]
fn an_event_of_one_of_three_is_disputed_with_what_the_others_say() {
    let covers = (day("2024-01-01"), day("2024-12-31"));
    let on = day("2024-05-10");
    let teller = |vendor: &'static str, actions: &'static [quantx_market::Action]| EventWitness {
        vendor,
        lineage: Lineage(vendor.to_owned()),
        covers,
        actions,
    };
    let leaked = |actions: Vec<quantx_market::Action>| -> &'static [quantx_market::Action] {
        Vec::leak(actions)
    };
    let yahoo = leaked(vec![dividend(on, 0.25), split(day("2024-06-10"), 10.0)]);
    let tiingo = leaked(vec![dividend(on, 0.2501), split(day("2024-06-10"), 10.0)]);
    let eodhd = leaked(vec![dividend(on, 0.025), dividend(day("2024-08-09"), 0.25)]);
    let votes = vote_on_events(&[
        teller("yahoo", yahoo),
        teller("tiingo", tiingo),
        teller("eodhd", eodhd),
    ]);
    let found: Vec<_> = votes
        .iter()
        .map(|vote| (vote.action.ex_date, vote.is_confirmed(), vote.is_disputed()))
        .collect();
    assert_eq!(
        found,
        [
            (on, true, false),
            (day("2024-06-10"), true, false),
            (day("2024-08-09"), false, true),
        ]
    );
    assert_eq!(votes[0].dissenting, [("eodhd".to_owned(), 0.025)]);
    assert_eq!(votes[1].silent, ["eodhd"]);
    assert_eq!(votes[2].silent, ["yahoo", "tiingo"]);
}

#[test]
fn injected_faults_are_found_with_the_vendor_that_has_them_and_nobody_else_is_blamed() {
    let fault = |vendor: &str, kind, range: std::ops::Range<usize>| Fault {
        vendor: vendor.to_owned(),
        kind,
        first: date(range.start),
        last: date(range.end - 1),
    };
    // One vendor lies in every column and in a step; one lies once; two days are wrong with two at once.
    let mut liar = changed(30..45, times(2.0));
    let mut faults = vec![fault("liar", FaultKind::Step, 30..45)];
    for (index, column) in COLUMNS.into_iter().enumerate() {
        let at = 3 * index;
        match Column::PRICES.iter().position(|price| *price == column) {
            Some(place) => liar[at].prices[place] = Some(150.0 + index as f64),
            None => liar[at].volume = Some(1.0),
        }
        faults.push(fault("liar", FaultKind::Cell(column), at..at + 1));
    }
    let mut other = changed(20..21, |row| row.prices[3] = Some(50.0));
    faults.push(fault("other", FaultKind::Cell(Column::Close), 20..21));
    liar[25].prices[3] = Some(60.0);
    other[25].prices[3] = Some(61.0);
    faults.push(fault("liar", FaultKind::Cell(Column::Close), 25..26));
    faults.push(fault("other", FaultKind::Cell(Column::Close), 25..26));
    let rows = truth();
    let quorum = votes(&[
        witness("liar", &liar),
        witness("other", &other),
        witness("good", &rows),
    ]);
    let counts = confusion(&faults, &quorum);
    for (about, count) in &counts {
        assert_eq!(count.false_alarms, 0, "{about:?}");
        // Where all three differ the fault is laid to nobody: missed by the vote, and a dispute.
        let missed = usize::from(about.1 == FaultKind::Cell(Column::Close));
        assert_eq!(count.missed, missed, "{about:?}");
        assert_eq!(count.found, 1, "{about:?}");
    }
    assert_eq!(counts.len(), 7);
    assert_eq!(quorum.counts.disputed, 1);
    // An alarm without a fault is one.
    let counts = confusion(&[], &quorum);
    let n_false: usize = counts.values().map(|count| count.false_alarms).sum();
    assert_eq!(n_false, 7);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// One of three lies in single cells, each by more than any tolerance: every lie is laid to it, and
    /// nothing to the others.
    #[test]
    fn a_single_liar_is_found_in_every_cell(
        lies in prop::collection::btree_set((0_usize..60, 0_usize..4), 1..20),
        share in 0.01_f64..0.5,
        place in 0_usize..3,
    ) {
        let rows = truth();
        let mut liar = truth();
        for (at, column) in &lies {
            let price = &mut liar[*at].prices[*column];
            // Another share for each, so that no five of them are a step.
            *price = price.map(|price| price * (1.0 + share + 0.001 * (*at % 7) as f64));
        }
        let faults: Vec<Fault> = lies
            .iter()
            .map(|(at, column)| Fault {
                vendor: "liar".to_owned(),
                kind: FaultKind::Cell(Column::PRICES[*column]),
                first: date(*at),
                last: date(*at),
            })
            .collect();
        let mut three = [
            witness("liar", &liar),
            witness("b", &rows),
            witness("c", &rows),
        ];
        three.swap(0, place);
        let quorum = votes(&three);
        prop_assert_eq!(quorum.counts.decided, lies.len());
        prop_assert_eq!(quorum.counts.disputed, 0);
        for ((vendor, _), count) in confusion(&faults, &quorum) {
            prop_assert_eq!(vendor, "liar");
            prop_assert_eq!((count.missed, count.false_alarms), (0, 0));
        }
    }
}
