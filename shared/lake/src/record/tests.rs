use super::*;
use crate::fixtures::{at, capital_gain, day, dividend, split, window};
use crate::remarks::About;

fn record() -> CommitRecord {
    let year = |first: &str, last: &str, rows| YearEntry {
        rows,
        first: day(first),
        last: day(last),
        sha256: "ab".repeat(32),
    };
    CommitRecord {
        schema: SCHEMA_VERSION,
        symbol: "AAPL".to_owned(),
        exchange: "us".to_owned(),
        currency: Some("USD".to_owned()),
        unit_scale: 0.01,
        first_trade: Some(day("1980-12-12")),
        asked_from: day("2010-01-01"),
        actions: vec![
            dividend("2012-08-09", 0.378_571),
            split("2014-06-09", 7.0, 1.0),
            capital_gain("2015-01-02", 0.1 + 0.2),
        ],
        judged: Vec::new(),
        sources: Vec::new(),
        confirmed: Vec::new(),
        years: BTreeMap::from([
            (2010, year("2010-01-04", "2010-12-31", 252)),
            (2012, year("2012-01-03", "2012-06-29", 125)),
        ]),
        watch: Watch {
            holes: BTreeMap::from([(
                day("2012-06-05"),
                Hole {
                    asks: 2,
                    last_asked: day("2012-07-01"),
                    row: None,
                },
            )]),
            pending: vec![
                Pending::Prices {
                    date: day("2012-06-28"),
                    prices: [0.1, 0.3, 0.1, 1.0 / 3.0].map(Some),
                    seen_on: day("2012-07-01"),
                },
                Pending::Vanished {
                    action: split("2014-06-09", 7.0, 1.0),
                    seen_on: day("2012-07-01"),
                },
            ],
            rewriting: Default::default(),
            remarks: vec![Remark::new(
                About::Suspect,
                "price_jump",
                day("2012-06-29"),
                day("2012-07-01"),
                "close moves by 40 %",
            )],
            quarantined: Some("cd".repeat(32)),
            decided: true,
        },
        revision: 1,
        updated: at("2012-07-01T02:30:00Z"),
    }
}

#[test]
fn a_record_reads_what_it_writes_and_writes_the_same_bytes_again() {
    for record in [
        record(),
        CommitRecord {
            watch: Watch::default(),
            first_trade: None,
            ..record()
        },
    ] {
        let bytes = record.to_bytes().unwrap();
        let read = CommitRecord::parse(&bytes, "AAPL").unwrap();
        assert_eq!(read, record);
        assert_eq!(read.to_bytes().unwrap(), bytes);
    }
    let settled = CommitRecord {
        watch: Watch::default(),
        ..record()
    };
    let text = String::from_utf8(settled.to_bytes().unwrap()).unwrap();
    assert!(!text.contains("watch"), "{text}");
}

#[test]
fn a_newer_record_is_told_from_damage_and_from_another_listings() {
    let newer = br#"{"schema": 3, "listing": {"of": "another shape"}}"#;
    let error = CommitRecord::parse(newer, "AAPL").unwrap_err();
    assert!(
        matches!(error, RecordError::NewerSchema { found: 3 }),
        "{error}"
    );
    let bytes = record().to_bytes().unwrap();
    assert!(matches!(
        CommitRecord::parse(&bytes, "MSFT"),
        Err(RecordError::WrongListing { .. })
    ));
    // All but the new line at the end.
    for length in 0..bytes.len() - 1 {
        let cut = CommitRecord::parse(&bytes[..length], "AAPL");
        assert!(matches!(cut, Err(RecordError::Json(_))), "{length} bytes");
    }
    let text = String::from_utf8(bytes).unwrap();
    let unknown = text.replacen("\"symbol\"", "\"extra\": 1, \"symbol\"", 1);
    assert!(CommitRecord::parse(unknown.as_bytes(), "AAPL").is_err());
}

#[test]
fn a_record_knows_its_first_and_last_session_and_what_it_covers() {
    let record = record();
    assert_eq!(
        (record.first(), record.last()),
        (Some(day("2010-01-04")), Some(day("2012-06-29")))
    );
    assert_eq!(record.rows(), 377);
    assert_eq!(record.last_before(2012), Some(day("2010-12-31")));
    assert_eq!(record.last_before(2010), None);
    assert_eq!(record.expected_from(), day("2010-01-01"));
    assert_eq!(record.covered(), Some(window("2010-01-01", "2012-06-29")));
    let young = CommitRecord {
        first_trade: Some(day("2010-03-01")),
        ..record.clone()
    };
    assert_eq!(young.expected_from(), day("2010-03-01"));
    let unknown = CommitRecord {
        first_trade: None,
        ..record
    };
    assert_eq!(unknown.expected_from(), day("2010-01-04"));
}

#[test]
fn the_time_of_writing_is_no_content() {
    let later = CommitRecord {
        revision: 1,
        updated: at("2020-01-01T00:00:00Z"),
        ..record()
    };
    assert!(record().same_content(&later));
    assert!(!record().same_content(&CommitRecord {
        unit_scale: 1.0,
        ..later
    }));
}
