use super::*;
use crate::codec;
use crate::codec::sha256_hex;
use crate::decisions::Decisions;
use crate::fixtures::{
    at, bar, bars, day, dividend, fetched, listing, sessions, split, window, xnys,
};
use crate::record::Pending;
use crate::refusal::RefusalRule;
use crate::schema::metadata;
use quantx_calendar::Calendar;
use quantx_market::{Bar, SessionRange};

/// The objects of one listing, as a store would hold them.
#[derive(Debug, Clone, Default)]
struct Lake {
    record: Option<CommitRecord>,
    files: BTreeMap<i16, Vec<u8>>,
}

/// One fetch: what came, what was asked for, and on which day.
#[derive(Debug, Clone)]
struct Ask {
    fetched: Fetched,
    window: SessionRange,
    today: Date,
    first_trade: Option<Date>,
    judged: Vec<JudgedEvent>,
    remarks: Vec<Remark>,
    decisions: Decisions,
    calendar: Calendar,
}

impl Ask {
    fn new(fetched: Fetched, first: &str, last: &str, today: &str) -> Self {
        Self {
            fetched,
            window: window(first, last),
            today: day(today),
            first_trade: None,
            judged: Vec::new(),
            remarks: Vec::new(),
            decisions: Decisions::none("AAPL"),
            calendar: xnys(),
        }
    }

    fn revise(&self, base: &Base) -> Result<Revision, RevisionError> {
        let now = at(&format!("{}T23:00:00Z", self.today));
        revise(
            base,
            &self.fetched,
            RevisionContext {
                listing: &listing("AAPL"),
                calendar: &self.calendar,
                window: self.window,
                currency: "USD",
                unit_scale: 1.0,
                first_trade: self.first_trade,
                judged: &self.judged,
                remarks: &self.remarks,
                decisions: &self.decisions,
                answered: None,
                compression_level: 3,
                now,
                today: self.today,
            },
        )
    }
}

impl Lake {
    fn base(&self, from_year: i16) -> Base {
        let years = self.files.range(from_year..).map(|(year, bytes)| {
            let rows = codec::decode(bytes).unwrap();
            (
                *year,
                BaseYear {
                    rows,
                    sha256: sha256_hex(bytes),
                },
            )
        });
        Base {
            record: self.record.clone(),
            years: years.collect(),
        }
    }

    /// Commits as `operations::commit` does: the window's years first, all if that is too few.
    fn commit(&mut self, ask: &Ask) -> Revision {
        let revision = match ask.revise(&self.base(ask.window.start().year())) {
            Err(RevisionError::NeedsAllYears) => ask.revise(&self.base(i16::MIN)),
            other => other,
        };
        let revision = revision.unwrap();
        for file in &revision.files {
            self.files.insert(file.year, file.bytes.clone());
        }
        self.record = revision.record.clone().or(self.record.take());
        let entries = self.record.iter().flat_map(|record| &record.years);
        for (year, entry) in entries {
            assert_eq!(entry.sha256, sha256_hex(&self.files[year]));
        }
        revision
    }

    fn record(&self) -> &CommitRecord {
        self.record.as_ref().unwrap()
    }
}

fn years(revision: &Revision) -> Vec<i16> {
    revision.files.iter().map(|file| file.year).collect()
}

/// Rows of 2019-12-02 to 2020-12-31 and some of 2021; 21, 253 and the rest.
fn two_years() -> Lake {
    let mut lake = Lake::default();
    let rows = bars("2019-12-02", &[10.0; 21 + 253]);
    let ask = Ask::new(fetched(rows, &[]), "2019-12-02", "2020-12-31", "2021-01-01");
    assert_eq!(years(&lake.commit(&ask)), [2019, 2020]);
    lake
}

#[test]
fn an_append_without_an_event_touches_only_the_newest_year() {
    let mut lake = two_years();
    let before = lake.files.clone();
    // From 24 December on: five sessions of overlap, three new ones.
    let offer = fetched(bars("2020-12-24", &[10.0; 8]), &[]);
    let revision = lake.commit(&Ask::new(
        offer.clone(),
        "2020-12-24",
        "2021-01-06",
        "2021-01-07",
    ));
    assert_eq!(years(&revision), [2021]);
    assert_eq!(lake.files[&2019], before[&2019]);
    assert_eq!(lake.files[&2020], before[&2020]);
    let entry = &lake.record().years[&2021];
    assert_eq!(
        (entry.rows, entry.first, entry.last),
        (3, day("2021-01-04"), day("2021-01-06"))
    );
    assert!(lake.record().watch.is_empty());
    // Again: nothing to write, and a record that differs by its time only.
    let record = lake.record().clone();
    let again = lake.commit(&Ask::new(offer, "2020-12-24", "2021-01-06", "2021-01-08"));
    assert_eq!(years(&again), [0_i16; 0]);
    assert!(record.same_content(lake.record()));
}

#[test]
fn a_new_dividend_or_split_rewrites_every_year() {
    for action in [dividend("2021-01-05", 0.5), split("2021-01-05", 2.0, 1.0)] {
        let mut lake = two_years();
        let offer = fetched(bars("2020-12-24", &[10.0; 8]), &[action]);
        let ask = Ask::new(offer, "2020-12-24", "2021-01-06", "2021-01-07");
        let partial = ask.revise(&lake.base(2020));
        assert!(matches!(partial, Err(RevisionError::NeedsAllYears)));
        assert_eq!(years(&lake.commit(&ask)), [2019, 2020, 2021]);
        let first = codec::decode(&lake.files[&2019]).unwrap();
        assert!(first.derived.adjusted_close[0] < 10.0);
        assert_eq!(first.bars[0].close.get(), 10.0);
    }
}

#[test]
fn a_change_of_an_old_close_before_a_dividend_reaches_back() {
    let mut lake = two_years();
    let with = |close: f64| {
        let mut rows = bars("2020-12-24", &[10.0; 8]);
        rows[1] = bar("2020-12-28", close);
        fetched(rows, &[dividend("2020-12-29", 0.5)])
    };
    let ask = |close, today| Ask::new(with(close), "2020-12-24", "2021-01-06", today);
    lake.commit(&ask(10.0, "2021-01-07"));
    assert_eq!(years(&lake.commit(&ask(10.2, "2021-01-08"))), [0_i16; 0]);
    assert_eq!(lake.record().watch.pending.len(), 1);
    let confirmed = lake.commit(&ask(10.2, "2021-01-11"));
    assert_eq!(years(&confirmed), [2019, 2020]);
    assert_eq!(confirmed.merged.stats.prices_corrected, 1);
    assert!(lake.record().watch.is_empty());
}

#[test]
fn a_record_without_its_files_is_no_new_listing() {
    let lake = two_years();
    let offer = fetched(bars("2021-01-04", &[99.0; 3]), &[]);
    let ask = Ask::new(offer, "2021-01-04", "2021-01-06", "2021-01-07");
    assert!(matches!(
        ask.revise(&lake.base(2021)),
        Err(RevisionError::NeedsAllYears)
    ));
    let all = ask.revise(&lake.base(i16::MIN)).unwrap();
    assert!(all.merged.held.is_some() && all.files.is_empty());
}

#[test]
fn an_answer_without_a_usable_row_makes_no_record() {
    let mut lake = Lake::default();
    let mut offer = fetched(vec![], &[dividend("2020-01-02", 1.0)]);
    offer.refused = vec![RefusedRow::of_bar(
        &bar("2020-01-02", 1.0),
        RefusalRule::from_name("missing_price"),
        String::new(),
    )];
    let revision = lake.commit(&Ask::new(offer, "2020-01-02", "2020-01-03", "2020-01-06"));
    assert!(revision.record.is_none() && revision.files.is_empty());
    assert_eq!((revision.quarantine.len(), revision.absent.len()), (1, 0));
}

#[test]
fn a_record_of_version_1_is_not_written_for_its_version_alone() {
    let ask = Ask::new(
        fetched(bars("2020-06-01", &[10.0; 8]), &[]),
        "2020-06-01",
        "2020-06-10",
        "2020-06-11",
    );
    let mut lake = Lake::default();
    lake.commit(&ask);
    let new = lake.record().clone();
    let old = CommitRecord {
        schema: 1,
        ..new.clone()
    };
    assert!(old.same_content(&new) && new.same_content(&old));
    let base = Base {
        record: Some(old.clone()),
        ..lake.base(i16::MIN)
    };
    let revision = ask.revise(&base).unwrap();
    assert!(revision.files.is_empty());
    assert!(revision.record.unwrap().same_content(&old));
}

#[test]
fn a_live_session_is_no_hole() {
    let mut lake = Lake::default();
    let mut offer = fetched(bars("2020-06-03", &[10.0; 7]), &[]);
    offer.live_sessions = sessions("2020-06-12", 1);
    let revision = lake.commit(&Ask::new(offer, "2020-06-03", "2020-06-12", "2020-06-12"));
    assert_eq!(revision.absent, []);
    assert!(lake.record().watch.is_empty());
}

#[test]
fn a_record_keeps_the_earliest_question_and_the_first_trade() {
    let mut lake = two_years();
    assert_eq!(lake.record().asked_from, day("2019-12-02"));
    let mut ask = Ask::new(
        fetched(bars("2020-12-24", &[10.0; 8]), &[]),
        "2020-12-24",
        "2021-01-06",
        "2021-01-07",
    );
    ask.first_trade = Some(day("2019-11-01"));
    lake.commit(&ask);
    assert_eq!(
        (lake.record().asked_from, lake.record().first_trade),
        (day("2019-12-02"), Some(day("2019-11-01")))
    );
    ask.first_trade = None;
    lake.commit(&ask);
    assert_eq!(lake.record().first_trade, Some(day("2019-11-01")));
    let rows = bars("2019-11-01", &[10.0; 20 + 21 + 253]);
    lake.commit(&Ask::new(
        fetched(rows, &[]),
        "2019-11-01",
        "2021-01-06",
        "2021-01-08",
    ));
    assert_eq!(
        (lake.record().asked_from, lake.record().first()),
        (day("2019-11-01"), Some(day("2019-11-01")))
    );
}

#[test]
fn a_changed_unit_reaches_the_metadata() {
    let mut lake = two_years();
    let base = lake.base(i16::MIN);
    let ask = Ask::new(
        fetched(bars("2020-12-24", &[10.0; 5]), &[]),
        "2020-12-24",
        "2020-12-31",
        "2021-01-07",
    );
    assert!(years(&ask.revise(&base).unwrap()).is_empty());
    for year in base.years.keys() {
        let mut stale = base.clone();
        let metadata = &mut stale.years.get_mut(year).unwrap().rows.metadata;
        metadata.insert(metadata::UNIT_SCALE.to_owned(), "0.01".to_owned());
        assert_eq!(years(&ask.revise(&stale).unwrap()), [*year]);
    }
    lake.commit(&ask);
}

#[test]
fn a_pending_claim_is_part_of_the_record() {
    let mut lake = two_years();
    let mut rows = bars("2020-12-24", &[10.0; 5]);
    rows[2] = bar("2020-12-29", 10.3);
    lake.commit(&Ask::new(
        fetched(rows, &[]),
        "2020-12-24",
        "2020-12-31",
        "2021-01-02",
    ));
    let pending = &lake.record().watch.pending;
    assert!(
        matches!(pending.as_slice(), [Pending::Prices { date, .. }] if *date == day("2020-12-29"))
    );
    assert!(lake.record().watch.quarantined.is_some());
}

#[path = "property_tests.rs"]
mod properties;

#[path = "holes_tests.rs"]
mod holes;
#[path = "release_tests.rs"]
mod releases;
