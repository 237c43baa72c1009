//! `quantx calendar`, and an exchange that only the settings know.

use std::fs;

use super::replay::Vendor;
use super::{Desk, Ran};

impl Desk {
    /// With a settings file of this text.
    fn with_settings(text: &str) -> Self {
        let desk = Self::new();
        desk.write_settings(text);
        desk
    }

    fn write_settings(&self, text: &str) {
        fs::create_dir_all(self.path("config")).unwrap();
        fs::write(self.path("config/settings.yaml"), text).unwrap();
    }
}

fn sessions(desk: &Desk, words: &str) -> Ran {
    let words: Vec<&str> = ["calendar"].into_iter().chain(words.split(' ')).collect();
    desk.run(&words)
}

#[test]
fn sessions_are_printed_for_other_programs_with_the_date_first() {
    let desk = Desk::new();
    let shown = sessions(&desk, "XNYS --from 2024-11-27 --to 2024-12-02 --csv").ends_with(0);
    let expect = "\
date,open_utc,close_utc,half_day,approximate
2024-11-27,2024-11-27T14:30:00Z,2024-11-27T21:00:00Z,false,false
2024-11-29,2024-11-29T14:30:00Z,2024-11-29T18:00:00Z,true,false
2024-12-02,2024-12-02T14:30:00Z,2024-12-02T21:00:00Z,false,false
";
    assert_eq!((shown.stdout.as_str(), shown.stderr.as_str()), (expect, ""));
    assert!(!desk.path("data").exists(), "a calendar needs no lake");
}

#[test]
fn an_exchange_is_found_by_code_mic_and_suffix_in_any_case() {
    let desk = Desk::new();
    let of = |name: &str| {
        let words = format!("{name} --from 2024-09-01 --to 2024-09-30 --csv");
        sessions(&desk, &words).ends_with(0).stdout
    };
    let hong_kong = of("hk");
    for name in ["HK", "XHKG", "xhkg", ".HK", ".hk"] {
        assert_eq!(of(name), hong_kong, "{name}");
    }
    // Weather closed it on the 6th; the last such day before the 23rd, on which it began to trade through storms.
    assert!(!hong_kong.contains("2024-09-06") && hong_kong.contains("2024-09-23,"));
    let crypto = of("24X7");
    assert_eq!(crypto.lines().count(), 31);
    assert!(crypto.contains("2024-09-01,2024-09-01T00:00:00Z,2024-09-02T00:00:00Z,false,false"));
}

#[test]
fn times_that_moved_are_known_by_their_dates() {
    let desk = Desk::new();
    let is_session = |name: &str, date: &str| {
        let words = format!("{name} --from {date} --to {date} --csv");
        let shown = sessions(&desk, &words).ends_with(0).stdout;
        shown.lines().nth(1).map(str::to_owned)
    };
    // Tel Aviv left Sundays for Fridays on 2026-01-05.
    assert!(is_session("il", "2026-01-04").is_some() && is_session("il", "2026-01-02").is_none());
    assert!(is_session("il", "2026-01-11").is_none() && is_session("il", "2026-01-09").is_some());
    for (name, date, expect) in [
        // Tokyo's later close.
        (
            "jp",
            "2024-11-01",
            "2024-11-01,2024-11-01T00:00:00Z,2024-11-01T06:00:00Z,false,false",
        ),
        (
            "jp",
            "2024-11-05",
            "2024-11-05,2024-11-05T00:00:00Z,2024-11-05T06:30:00Z,false,false",
        ),
        // Clocks change in New York on 2024-03-10 and in London on 2024-03-31.
        (
            "us",
            "2024-03-08",
            "2024-03-08,2024-03-08T14:30:00Z,2024-03-08T21:00:00Z,false,false",
        ),
        (
            "us",
            "2024-03-11",
            "2024-03-11,2024-03-11T13:30:00Z,2024-03-11T20:00:00Z,false,false",
        ),
        (
            "uk",
            "2024-03-28",
            "2024-03-28,2024-03-28T08:00:00Z,2024-03-28T16:30:00Z,false,false",
        ),
        (
            "uk",
            "2024-04-02",
            "2024-04-02,2024-04-02T07:00:00Z,2024-04-02T15:30:00Z,false,false",
        ),
        (
            "uk",
            "2024-12-24",
            "2024-12-24,2024-12-24T08:00:00Z,2024-12-24T12:30:00Z,true,false",
        ),
        // A storm of signal 8 on which Hong Kong traded.
        (
            "hk",
            "2024-11-14",
            "2024-11-14,2024-11-14T01:30:00Z,2024-11-14T08:00:00Z,false,false",
        ),
    ] {
        assert_eq!(is_session(name, date).as_deref(), Some(expect), "{name}");
    }
}

#[test]
fn this_year_is_shown_unless_dates_are_named() {
    let desk = Desk::new();
    let words = "us --csv --provider sample --as-of 2013-03-02";
    let year = sessions(&desk, words).ends_with(0).stdout;
    assert_eq!(year.lines().count(), 253);
    assert!(
        year.contains("\n2013-01-02,")
            && year.ends_with("2013-12-31,2013-12-31T14:30:00Z,2013-12-31T21:00:00Z,false,false\n")
    );
    let named = sessions(&desk, "us --csv --from 2024-12-30")
        .ends_with(0)
        .stdout;
    assert_eq!(named.lines().count(), 3);
    let json = sessions(&desk, "XSHG --from 2027-01-01 --to 2027-01-10 --json")
        .ends_with(0)
        .json();
    assert_eq!(
        (&json["code"], &json["mic"], &json["confirmed_to"]),
        (&"cn".into(), &"XSHG".into(), &"2026-12-31".into())
    );
    assert_eq!(json["sessions"][0]["approximate"], true);
}

#[test]
fn what_no_calendar_knows_is_refused_by_name() {
    let desk = Desk::new();
    for (words, because) in [
        (
            "XFOO",
            vec!["read \"XFOO\", which is no exchange", "hk (XHKG)", "24x7"],
        ),
        (
            "us --from 2030-12-30 --to 2031-01-02",
            vec![
                "2031-01-02 is outside of the dates that the calendar XNYS answers for, 1960-01-01 to 2030-12-31",
            ],
        ),
        (
            "us --from 1959-12-31 --to 1960-01-04",
            vec!["1959-12-31 is outside"],
        ),
        (
            "us --from 2024-02-01 --to 2024-01-01",
            vec!["--from 2024-02-01 is after --to 2024-01-01"],
        ),
        ("us --csv --json", vec!["cannot be used with"]),
    ] {
        sessions(&desk, words).is_refused(&because);
    }
    // Before 1990 every day of the week counts, and says that it may be none.
    let old = sessions(&desk, "us --from 1989-12-25 --to 1989-12-25 --csv")
        .ends_with(0)
        .stdout;
    assert!(old.ends_with("false,true\n"), "{old}");
}

#[test]
fn all_calendars_are_listed_with_their_exchange() {
    let desk = Desk::new();
    let list = desk.run(&["calendar", "--csv"]).ends_with(0).stdout;
    let lines: Vec<&str> = list.lines().collect();
    assert_eq!(
        lines[0],
        "code,mic,time_zone,open,close,confirmed_from,confirmed_to"
    );
    assert!(
        lines.contains(&"hk,XHKG,Asia/Hong_Kong,09:30,16:00,1990-01-01,2030-12-31"),
        "{list}"
    );
    assert!(
        lines.contains(&"crypto,24x7,UTC,00:00,24:00,1960-01-01,2030-12-31"),
        "{list}"
    );
    for line in [
        "fx,24x5,Europe/London,00:00,24:00,1960-01-01,2030-12-31",
        "future,GLBX,America/New_York,00:00,17:00,,",
        "index,GLBX,America/New_York,00:00,17:00,,",
    ] {
        assert!(lines.contains(&line), "{line}: {list}");
    }
    assert_eq!(lines.len(), 1 + 44 + 5);
    let table = desk.run(&["calendar"]).ends_with(0).stdout;
    assert!(table.contains("Asia/Hong_Kong") && table.contains("confirmed from"));
}

#[test]
fn an_index_is_asked_for_by_its_symbol_and_every_kind_answers() {
    let desk = Desk::new();
    let count = |words: &str| {
        let words = format!("{words} --from 2024-12-23 --to 2024-12-29 --csv");
        sessions(&desk, &words).ends_with(0).stdout.lines().count() - 1
    };
    assert_eq!(count("^GSPC"), 4);
    assert_eq!(count("^hsi"), 3);
    assert_eq!(count("fx"), 5);
    assert_eq!(count("EURUSD=X"), 5);
    assert_eq!(count("crypto"), 7);
    assert_eq!(count("future"), 4);
    assert_eq!(count("index"), 4);
    sessions(&desk, "^FOO").is_refused(&["^FOO", "index (XXXX)"]);
}

/// The example of the documentation.
fn documented() -> String {
    let text = include_str!("../../../docs/operations.md");
    let start = text.find("```yaml\nexchanges:\n  ae:").unwrap();
    let block = &text[start + "```yaml\n".len()..];
    block[..block.find("```").unwrap()].to_owned()
}

const SYMBOLS: &str = "S0000.AE,S0001.AE,S0002.AE,S0003.AE,S0004.AE";

/// A run at the vendor as of a day.
fn run(desk: &Desk, vendor: &Vendor, words: &str) -> Ran {
    let all = format!(
        "{words} --symbols {SYMBOLS} --yahoo-base-url {} --requests-per-second 0 --json -q",
        vendor.url
    );
    let words: Vec<&str> = all.split(' ').collect();
    desk.run(&words)
}

#[test]
fn five_lines_of_settings_add_an_exchange_that_is_filled_updated_and_proven() {
    let settings = documented();
    assert_eq!(settings.lines().count(), 2 + 5, "{settings}");
    let desk = Desk::with_settings(&settings);
    let holidays = sessions(&desk, "ae --from 2024-01-01 --to 2024-12-31 --csv")
        .ends_with(0)
        .stdout;
    assert_eq!(holidays.lines().count(), 1 + 262 - 7);
    let words = ["--market", "synthetic:5:ae", "--as-of"];
    let vendor = Vendor::start(&desk, &[words[0], words[1], words[2], "2024-10-01"]);
    let backfill = "backfill --start 2024-01-01 --end 2024-12-31 --as-of 2024-10-01";
    let report = run(&desk, &vendor, backfill).ends_with(0).json();
    assert_eq!(report["outcomes"]["updated"], 5, "{report:#}");
    let again = run(&desk, &vendor, backfill).ends_with(0).json();
    assert_eq!(again["totals"]["changes"]["bars_added"], 0, "{again:#}");
    drop(vendor);
    let vendor = Vendor::start(&desk, &[words[0], words[1], words[2], "2025-01-02"]);
    let report = run(&desk, &vendor, "update-daily --as-of 2025-01-02")
        .ends_with(0)
        .json();
    assert!(
        report["totals"]["changes"]["bars_added"].as_u64().unwrap() > 250,
        "{report:#}"
    );
    let again = run(&desk, &vendor, "update-daily --as-of 2025-01-02")
        .ends_with(0)
        .json();
    assert_eq!(again["totals"]["changes"]["bars_added"], 0, "{again:#}");
    assert_ne!(again["verdict"], "red");
    desk.run(&["verify", "-q"]).ends_with(0);
    let coverage = desk
        .run(&["coverage", "--json", "--as-of", "2025-01-02"])
        .ends_with(0)
        .json();
    let totals = &coverage["totals"];
    // The first session of 2025 is there; its New Year's Day is not in the table, and excused as unknown.
    assert_eq!(
        (&totals["missing"], &totals["excused"], &totals["present"]),
        (&0.into(), &5.into(), &(5 * 256).into()),
        "{coverage:#}"
    );
    assert_eq!(coverage["exchanges"][0]["mic"], "XDFM");
    let flags = desk.run(&["flags", "--json"]).ends_with(0).stdout;
    assert!(!flags.contains("closed_day"), "{flags}");
}

#[test]
fn rows_on_days_that_the_settings_call_closed_are_told_with_what_to_write() {
    // Somebody takes a session for a holiday.
    let settings = documented().replace("2024-12-02", "2024-06-03 no holiday, 2024-12-02");
    let desk = Desk::with_settings(&settings);
    let vendor = Vendor::start(
        &desk,
        &["--market", "synthetic:5:ae", "--as-of", "2025-01-02"],
    );
    let report = run(
        &desk,
        &vendor,
        "backfill --start 2024-01-01 --end 2024-12-31 --as-of 2025-01-02",
    )
    .json();
    assert_eq!(report["verdict"], "yellow", "{report:#}");
    let reasons = report["reasons"].to_string();
    assert!(
        reasons.contains("have volume on 2024-06-03: the calendar is wrong about this day"),
        "{reasons}"
    );
    let flags = desk.run(&["flags"]).ends_with(0).stdout;
    assert!(flags.contains("closed_day"), "{flags}");
}

#[test]
fn holidays_may_stand_in_a_file_of_the_lake_and_every_command_needs_it() {
    let documented = documented();
    let list =
        &documented[documented.find("holidays: ").unwrap()..documented.rfind(']').unwrap() + 1];
    let desk = Desk::with_settings(&documented.replace(list, "holidays: meta/holidays_ae.txt"));
    let missing = [
        "meta/holidays_ae.txt of the lake: there is no such file",
        "settings.yaml:7:",
    ];
    fs::create_dir_all(desk.path("data/meta")).unwrap();
    for words in [
        "calendar ae",
        "verify",
        "coverage",
        "show-manifest",
        "update-daily --symbols S0000.AE",
        "flags",
        "quarantine list",
    ] {
        let words: Vec<&str> = words.split(' ').collect();
        desk.run(&words).is_refused(&missing);
    }
    fs::write(
        desk.path("data/meta/holidays_ae.txt"),
        "# Dubai\n2024-06-03 of the file\n",
    )
    .unwrap();
    let shown = sessions(&desk, "ae --from 2024-06-01 --to 2024-06-05 --csv")
        .ends_with(0)
        .stdout;
    assert!(
        !shown.contains("2024-06-03") && shown.contains("2024-06-04"),
        "{shown}"
    );
    fs::write(
        desk.path("data/meta/holidays_ae.txt"),
        "2024-06-03\n3 June\n",
    )
    .unwrap();
    desk.run(&["coverage"])
        .is_refused(&["line 2 of the table of holidays starts with \"3\""]);
    // Another exchange's sessions need no lake.
    sessions(&desk, "us").ends_with(0);
}

#[test]
fn every_command_judges_a_calendar_in_the_same_words() {
    let desk = Desk::with_settings(
        "exchanges:\n  ae: { suffix: AE, mic: XDFM, currency: AED, time_zone: Asia/Dubai }\n",
    );
    let first = desk.run(&["calendar"]);
    first.is_refused(&[
        "config/settings.yaml:2:",
        "exchanges.ae.mic: read \"XDFM\"; allowed: a MIC with a calendar (24x5, ",
    ]);
    for words in [
        "calendar ae",
        "backfill --start 2024-01-01 --end 2024-01-31",
        "update-daily",
        "plan",
        "refresh-universe",
        "verify",
        "coverage",
        "show-manifest",
        "flags",
        "quarantine list",
    ] {
        let words: Vec<&str> = words.split(' ').collect();
        assert_eq!(desk.run(&words).stderr, first.stderr, "{words:?}");
    }
}
