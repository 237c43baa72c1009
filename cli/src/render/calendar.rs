//! Calendars and sessions: a table, CSV or JSON.

use quantx::operations::calendar::{CalendarEntry, CalendarReport};
use quantx::report::grouped;

use super::{json, table};
use crate::args::{Format, Layout};

const SESSION_COLUMNS: [&str; 5] = ["date", "open_utc", "close_utc", "half_day", "approximate"];
const CALENDAR_COLUMNS: [&str; 7] = [
    "code",
    "mic",
    "time_zone",
    "open",
    "close",
    "confirmed_from",
    "confirmed_to",
];

/// A line for each calendar.
pub(crate) fn calendars(
    calendars: &[CalendarEntry],
    layout: Layout,
    format: Format,
) -> serde_json::Result<String> {
    if format == Format::Json {
        return json(&calendars);
    }
    let rows = calendars.iter().map(|entry| {
        let date =
            |date: Option<quantx::market::Date>| date.map_or(String::new(), |it| it.to_string());
        [
            entry.code.clone().unwrap_or_default(),
            entry.mic.clone(),
            entry.time_zone.clone(),
            entry.open.clone(),
            entry.close.clone(),
            date(entry.confirmed_from),
            date(entry.confirmed_to),
        ]
    });
    if layout == Layout::Csv {
        return Ok(csv(CALENDAR_COLUMNS, rows));
    }
    let header = [
        "exchange",
        "MIC",
        "time zone",
        "open",
        "close",
        "confirmed from",
        "to",
    ];
    let mut lines = table::headed(header, &[]);
    for row in rows {
        lines.add_row(row);
    }
    Ok(table::text(&lines)
        + "Hours are those at the exchange. Before and after the confirmed dates an answer may be wrong.\n")
}

/// A line for each session.
pub(crate) fn sessions(
    report: &CalendarReport,
    layout: Layout,
    format: Format,
) -> serde_json::Result<String> {
    if format == Format::Json {
        return json(report);
    }
    let rows = report.sessions.iter().map(|session| {
        [
            session.date.to_string(),
            session.open_utc.to_string(),
            session.close_utc.to_string(),
            session.half_day.to_string(),
            session.approximate.to_string(),
        ]
    });
    if layout == Layout::Csv {
        return Ok(csv(SESSION_COLUMNS, rows));
    }
    let header = [
        "session",
        "open (UTC)",
        "close (UTC)",
        "half day",
        "approximate",
    ];
    let mut lines = table::headed(header, &[]);
    let yes = |is: bool| if is { "yes" } else { "" };
    for session in &report.sessions {
        lines.add_row([
            format!("{} {}", session.date, session.date.strftime("%a")),
            session.open_utc.to_string(),
            session.close_utc.to_string(),
            yes(session.half_day).to_owned(),
            yes(session.approximate).to_owned(),
        ]);
    }
    Ok(table::text(&lines) + &closing(report))
}

fn closing(report: &CalendarReport) -> String {
    let count = |is: fn(&quantx::operations::calendar::CalendarSession) -> bool| {
        grouped(report.sessions.iter().filter(|it| is(it)).count())
    };
    let CalendarEntry {
        mic,
        time_zone,
        confirmed_from,
        confirmed_to,
        ..
    } = &report.calendar;
    let confirmed = match (confirmed_from, confirmed_to) {
        (Some(from), Some(to)) => format!("confirmed {from} to {to}"),
        _ => "nothing is confirmed".to_owned(),
    };
    format!(
        "{mic} ({time_zone}): {} sessions from {} to {}, {} half days, {} approximate; {confirmed}\n",
        grouped(report.sessions.len()),
        report.from,
        report.to,
        count(|it| it.half_day),
        count(|it| it.approximate),
    )
}

/// No value has a comma or a quote: dates, instants, flags, codes and names of zones.
fn csv<const N: usize>(header: [&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let mut text = header.join(",") + "\n";
    for row in rows {
        text.push_str(&row.join(","));
        text.push('\n');
    }
    text
}
