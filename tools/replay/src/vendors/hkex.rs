//! The Hong Kong exchange's page of daily quotations: two lines for each security.

use std::fmt::Write as _;

use bytes::Bytes;
use jiff::civil::Date;

use super::rows::{Listed, listed};
use super::{Question, VendorProtocol, text};
use crate::chart::Answer;

const SUFFIX: &str = ".HK";

const MONTHS: [&str; 12] = [
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];

pub(super) fn respond(question: Question<'_>) -> Answer {
    let Some(date) = date(question.path) else {
        return text(404, "Not Found");
    };
    let symbols = question.market.symbols();
    let listed: Vec<(String, Listed)> = symbols
        .into_iter()
        .filter(|symbol| symbol.ends_with(SUFFIX))
        .filter_map(|symbol| {
            Some((
                symbol.clone(),
                listed(VendorProtocol::Hkex, &question, &symbol)?,
            ))
        })
        .collect();
    let has_session = |(_, listed): &(String, Listed)| {
        let sessions = &listed.truth.venue.sessions;
        let session = sessions.index_of(date).and_then(|at| sessions.get(at));
        session.is_some_and(|session| session.close < question.now.as_second())
    };
    if !listed.iter().any(has_session) {
        return text(404, "Not Found");
    }
    Answer {
        status: 200,
        content_type: "text/html",
        body: Bytes::from(page(date, &listed)),
    }
}

/// The date of `eng/stat/smstat/dayquot/d241002e.htm`.
fn date(path: &str) -> Option<Date> {
    let name = path.strip_prefix("eng/stat/smstat/dayquot/d")?;
    let digits = name.strip_suffix("e.htm")?;
    let part = |from: usize| digits.get(from..from + 2)?.parse::<i8>().ok();
    Date::new(2000 + i16::from(part(0)?), part(2)?, part(4)?).ok()
}

fn page(date: Date, listed: &[(String, Listed)]) -> String {
    let month = MONTHS
        .get(usize::from(date.month().unsigned_abs()) - 1)
        .unwrap_or(&"");
    let mut page = format!(
        "<html><pre>DATE: {:02} {month} {} (SESSION)\n",
        date.day(),
        date.year()
    );
    page.push_str("<a name=\"quotations\">QUOTATIONS</a>\n");
    page.push_str("CODE  NAME OF STOCK    CUR PRV.CLO./    ASK/    HIGH/      SHARES TRADED/\n");
    page.push_str("                            CLOSING     BID      LOW         TURNOVER ($)\n");
    for (symbol, listed) in listed {
        let code = symbol.trim_end_matches(SUFFIX).trim_start_matches('0');
        let code = if code.is_empty() { "1" } else { code };
        let row = listed.rows.iter().find(|row| row.date == date);
        let Some(row) = row else {
            let _ = writeln!(page, " {code:>5} MADE UP CO       HKD TRADING SUSPENDED");
            continue;
        };
        let before = listed.rows.iter().rev().find(|other| other.date < date);
        let price =
            |price: Option<f64>| price.map_or("-".to_owned(), |price| format!("{price:.3}"));
        let shares = row.volume.unwrap_or_default();
        let previous = price(before.and_then(|row| row.close));
        let (high, low, close) = (price(row.high), price(row.low), price(row.close));
        let _ = writeln!(
            page,
            " {code:>5} MADE UP CO       HKD {previous:>9} - {high:>9} {shares:>16}"
        );
        let _ = writeln!(
            page,
            "                             {close:>9} - {low:>9} {:>16}",
            shares
        );
    }
    page.push_str("<a name=\"sales_all\">SALES RECORDS FOR ALL STOCKS</a>\n</pre></html>\n");
    page
}
