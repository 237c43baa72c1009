//! `exchanges.*.calendar`.

use jiff::civil::date;

use super::*;

const DUBAI: &str = "\
exchanges:
  ae:
    suffix: AE
    mic: XDFM
    time_zone: Asia/Dubai
    currency: AED
    calendar: { weekmask: mon..fri, open: 10:00, close: 15:00, holidays: [2024-12-02 National Day, 2024-12-24 12:30 half] }
";

fn code(code: &str) -> ExchangeCode {
    ExchangeCode::parse(code).unwrap()
}

fn calendar(settings: &Settings, exchange: &str) -> quantx_calendar::Calendar {
    settings.calendars.of(&code(exchange)).unwrap()
}

#[test]
fn an_exchange_of_ones_own_has_a_calendar_of_its_own() {
    let settings = resolve(DUBAI, &[]).unwrap();
    let own = calendar(&settings, "ae");
    assert_eq!((own.mic(), own.time_zone()), ("XDFM", "Asia/Dubai"));
    assert!(own.session(date(2024, 12, 2)).is_none());
    assert!(own.is_half_day(own.session(date(2024, 12, 24)).unwrap()));
    assert!(!own.is_approximate_on(date(2024, 6, 3)) && own.is_approximate_on(date(2025, 6, 3)));
    let exchange = settings.exchanges.get(&code("ae")).unwrap();
    assert_eq!(
        (exchange.unit_scale, exchange.lag),
        (1.0, Duration::from_secs(1200))
    );
    assert!(!settings.calendars.is_built_in(&code("ae")));
    // Sunday weeks, pauses, and a calendar whose holidays nobody knows.
    let text = "exchanges:\n  eg: { suffix: CA, mic: XCAI, time_zone: Africa/Cairo, currency: EGP, calendar: { weekmask: [sun..wed, thu], open: 10:00, close: 14:30, breaks: [12:00-12:30] } }\n";
    let own = calendar(&resolve(text, &[]).unwrap(), "eg");
    assert!(own.session(date(2024, 6, 2)).is_some() && own.session(date(2024, 6, 7)).is_none());
    assert!(own.is_approximate());
}

#[test]
fn a_known_calendar_may_serve_another_exchange_and_take_dates() {
    let text = "exchanges:\n  cn: { calendar: { holidays: [2027-02-08 Lunar New Year] } }\n  neo: { suffix: NE, mic: NEOE, currency: CAD, calendar: XTSE }\n  uk: { currency: GBP }\n  kw: { suffix: KW, mic: XKUW, currency: KWF, calendar: { as: XSAU, holidays: [] } }\n";
    let settings = resolve(text, &[]).unwrap();
    let shanghai = calendar(&settings, "cn");
    assert!(shanghai.session(date(2027, 2, 8)).is_none());
    assert!(
        !shanghai.is_approximate_on(date(2027, 2, 8))
            && shanghai.is_approximate_on(date(2027, 3, 8))
    );
    let toronto = calendar(&settings, "neo");
    assert_eq!(toronto.mic(), "XTSE");
    let zone = |of: &str| {
        settings
            .exchanges
            .get(&code(of))
            .unwrap()
            .time_zone
            .iana_name()
    };
    assert_eq!(zone("neo"), Some("America/Toronto"));
    let scale = |of: &str| settings.exchanges.get(&code(of)).unwrap().unit_scale;
    assert_eq!((scale("kw"), scale("uk"), scale("za")), (0.001, 1.0, 0.01));
}

#[test]
fn what_is_no_calendar_is_told_with_its_line_and_what_is_known() {
    let problems = |text: &str| resolve(text, &[]).unwrap_err().to_string();
    let entry = |rest: &str| {
        format!(
            "exchanges:\n  ae: {{ suffix: AE, time_zone: Asia/Dubai, currency: AED, {rest} }}\n"
        )
    };
    let own = |rest: &str| entry(&format!("mic: XDFM, calendar: {{ {rest} }}"));
    for (text, expect) in [
        (
            entry("mic: XDFM"),
            vec![
                "settings.yaml:2:",
                "exchanges.ae.mic: read \"XDFM\"; allowed: a MIC with a calendar (24x5, 24x7, BVMF, ",
                "XWBO)",
                "or any with `calendar` beside it",
            ],
        ),
        (
            entry("mic: XDFM, calendar: XTSX2"),
            vec![
                "exchanges.ae.calendar: read \"XTSX2\"; allowed: one of 24x5",
                "(did you mean XTSX?)",
            ],
        ),
        (
            own("as: XSAX"),
            vec!["exchanges.ae.calendar.as: read \"XSAX\"", "XSAU"],
        ),
        (
            own("as: XSAU, open: 10:00"),
            vec!["exchanges.ae.calendar.open: read \"10:00\"; allowed: nothing: `as` takes it"],
        ),
        (
            own("holidays: [2024-12-02]"),
            vec!["exchanges.ae.mic: read \"XDFM\""],
        ),
        (
            own("weekmask: mon..fry, open: 10:00, close: 15:00"),
            vec![
                "exchanges.ae.calendar.weekmask: read \"mon..fry\"",
                "weekday \"fry\" is none of",
            ],
        ),
        (
            own("weekmask: mon..fri, open: 10, close: 15:00"),
            vec!["exchanges.ae.calendar.open: read \"10\"; allowed: hours and minutes"],
        ),
        (
            own("weekmask: mon..fri, close: 15:00"),
            vec!["exchanges.ae.calendar.open: read nothing"],
        ),
        (
            own("weekmask: mon..fri, open: 15:00, close: 10:00"),
            vec![
                "exchanges.ae.calendar: read a section with keys",
                "the session closes at 10:00:00, not after its open",
            ],
        ),
        (
            own("weekmask: mon..fri, open: 10:00, close: 15:00, holidays: [02.12.2024]"),
            vec![
                "exchanges.ae.calendar.holidays: read \"02.12.2024\"; allowed: a date, then",
                "\"02.12.2024\" is no date",
            ],
        ),
        (
            own(
                "weekmask: mon..fri, open: 10:00, close: 15:00, holidays: [2024-12-02, 2024-12-02]",
            ),
            vec!["2024-12-02 stands twice"],
        ),
        (
            own(
                "weekmask: mon..fri, open: 10:00, close: 15:00, holidays: [2024-12-02, 2024-12-03 16:00]",
            ),
            vec![
                "exchanges.ae.calendar.holidays: read \"2024-12-03 16:00\"",
                "the half day 2024-12-03 closes at 16:00:00",
            ],
        ),
        (
            own("weekmask: mon..fri, open: 10:00, close: 15:00, holidays: ../x.txt"),
            vec![
                "exchanges.ae.calendar.holidays: read \"../x.txt\"; allowed: a list of dates, or a file of the lake, as meta/holidays_ae.txt",
            ],
        ),
        (
            own("weekmask: mon..fri, open: 10:00, close: 15:00, holiday: []"),
            vec![
                "exchanges.ae.calendar: read the unknown key \"holiday\"",
                "(did you mean holidays?)",
            ],
        ),
        (
            entry("mic: XSAU, unit_scale: 1").replace("AED", "ILA"),
            vec!["exchanges.ae.unit_scale: read \"1\"; allowed: 0.01, as ILA is a part of ILS"],
        ),
    ] {
        let shown = problems(&text);
        assert_eq!(shown.lines().count(), 1, "{text}: {shown}");
        for part in expect {
            assert!(shown.contains(part), "{text}: {shown}");
        }
    }
}

#[test]
fn holidays_of_a_file_are_unknown_until_it_is_read() {
    let text = DUBAI.replace(
        "[2024-12-02 National Day, 2024-12-24 12:30 half]",
        "meta/holidays_ae.txt",
    );
    let mut settings = resolve(&text, &[]).unwrap();
    assert!(calendar(&settings, "ae").is_approximate());
    let files = settings.calendars.holiday_files();
    let [file] = files.as_slice() else {
        panic!("{files:?}")
    };
    assert_eq!(file.path, "meta/holidays_ae.txt");
    let calendars = &mut settings.calendars;
    let missing = calendars.take_holidays(file, None).unwrap_err().to_string();
    assert!(
        missing.starts_with("settings.yaml:7:")
            && missing.contains("meta/holidays_ae.txt of the lake: there is no such file"),
        "{missing}"
    );
    let bad = calendars
        .take_holidays(file, Some("2024-12-02\n\nMonday"))
        .unwrap_err();
    assert!(
        bad.to_string().contains("line 3 of the table of holidays"),
        "{bad}"
    );
    calendars
        .take_holidays(file, Some("2024-12-02 National Day\n"))
        .unwrap();
    let own = calendar(&settings, "ae");
    assert!(own.session(date(2024, 12, 2)).is_none() && !own.is_approximate());
}
