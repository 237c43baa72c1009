//! The cells of an exchange as a picture: a row per year, a field per month.

use std::fmt::Write;

use super::PageExchange;
use super::text::{Escaped, percent};
use crate::quantity::grouped;
use quantx_lake::coverage::MonthCells;

const LABEL_WIDTH: usize = 36;
const FIELD_WIDTH: usize = 32;
const FIELD_HEIGHT: usize = 19;
const GAP: usize = 2;
const HEADER_HEIGHT: usize = 16;
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Shades from full to empty: the least share of each, its class, and what the legend says. Blue to
/// orange, which everybody can tell apart; fields below 99 % say their share in figures too.
const SHADES: [(f64, &str, &str); 6] = [
    (1.0, "5", "all present"),
    (0.999, "4", "99.9 % or more"),
    (0.99, "3", "99 % or more"),
    (0.95, "2", "95 % or more"),
    (0.5, "1", "50 % or more"),
    (0.0, "0", "less"),
];

/// What the shades mean.
pub(super) fn legend() -> String {
    let mut text = "<ul class=\"legend\">".to_owned();
    for (_, class, meaning) in SHADES {
        // Writing to a String cannot fail.
        let _ = write!(text, "<li><i class=\"s{class}\"></i>{meaning}</li>");
    }
    text + "</ul>\n"
}

fn shade(share: f64) -> &'static str {
    let reached = SHADES.iter().find(|(least, _, _)| share >= *least);
    reached.map_or("0", |(_, class, _)| class)
}

/// The picture of one exchange; empty where it has no cell.
pub(super) fn heat_map(exchange: &PageExchange) -> String {
    let (Some(first), Some(last)) = (exchange.months.first(), exchange.months.last()) else {
        return String::new();
    };
    let years = usize::from((last.year - first.year).unsigned_abs()) + 1;
    let width = LABEL_WIDTH + 12 * FIELD_WIDTH;
    let height = HEADER_HEIGHT + years * FIELD_HEIGHT;
    let name = Escaped(&exchange.code);
    let mut svg = format!(
        "<svg viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"Share of the sessions of {name} \
         that are present, {} to {}: a row per year, a field per month\">\n",
        first.year, last.year,
    );
    for (at, month) in MONTHS.iter().enumerate() {
        let x = LABEL_WIDTH + at * FIELD_WIDTH + (FIELD_WIDTH - GAP) / 2;
        let _ = write!(svg, "<text class=\"in\" x=\"{x}\" y=\"10\">{month}</text>");
    }
    let mut year = None;
    for month in &exchange.months {
        let row = usize::from((month.year - first.year).unsigned_abs());
        let y = HEADER_HEIGHT + row * FIELD_HEIGHT;
        if year.replace(month.year) != Some(month.year) {
            let _ = write!(
                svg,
                "\n<text x=\"0\" y=\"{}\">{}</text>",
                y + 13,
                month.year
            );
        }
        svg.push_str(&field(month, y));
    }
    svg.push_str("\n</svg>");
    let approximate = if exchange.market.approximate {
        " <span class=\"soft\">approximate calendar: possible holidays are not counted</span>"
    } else {
        ""
    };
    format!(
        "<section class=\"map\"><h3>{name} ({}){approximate}</h3>\n{svg}{}</section>\n",
        Escaped(&exchange.market.mic),
        as_table(exchange)
    )
}

/// The same figures as a table, for those who cannot see the picture.
fn as_table(exchange: &PageExchange) -> String {
    let mut text = "<details><summary>as a table</summary><div class=\"scroll\"><table><thead><tr>\
                    <th scope=\"col\">month</th><th scope=\"col\" class=\"n\">share</th>\
                    <th scope=\"col\" class=\"n\">present</th><th scope=\"col\" class=\"n\">expected</th>\
                    <th scope=\"col\" class=\"n\">excused</th><th scope=\"col\" class=\"n\">missing</th>\
                    </tr></thead><tbody>\n"
        .to_owned();
    let mut full = 0;
    for month in exchange.months.iter().rev() {
        let Some(share) = month.share() else { continue };
        if month.cells.present == month.cells.expected {
            full += 1;
            continue;
        }
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "<tr><th scope=\"row\">{}-{:02}</th><td class=\"n\">{}</td><td class=\"n\">{}</td>\
             <td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
            month.year,
            month.month,
            percent(share),
            grouped(month.cells.present),
            grouped(month.cells.expected),
            grouped(month.cells.excused),
            grouped(month.cells.missing),
        );
    }
    let _ = write!(
        text,
        "</tbody></table></div><p class=\"soft\">{} other months are full.</p></details>",
        grouped(full)
    );
    text
}

fn field(month: &MonthCells, y: usize) -> String {
    let Some(share) = month.share() else {
        return String::new();
    };
    let at = usize::from((month.month - 1).unsigned_abs());
    let x = LABEL_WIDTH + at * FIELD_WIDTH;
    let name = MONTHS.get(at).copied().unwrap_or_default();
    let class = shade(share);
    let (width, height) = (FIELD_WIDTH - GAP, FIELD_HEIGHT - GAP);
    let mut text = format!(
        "<rect class=\"s{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"2\">\
         <title>{name} {}: {} present, {} of {} sessions; {} excused, {} missing</title></rect>",
        month.year,
        percent(share),
        grouped(month.cells.present),
        grouped(month.cells.expected),
        grouped(month.cells.excused),
        grouped(month.cells.missing),
    );
    if share < 0.99 {
        let _ = write!(
            text,
            "<text class=\"in t{class}\" x=\"{}\" y=\"{}\">{:.0}</text>",
            x + width / 2,
            y + 12,
            (share * 100.0).floor()
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_full_month_has_the_fullest_shade() {
        let shades = [1.0, 0.9999, 0.999, 0.99, 0.95, 0.5, 0.4999, 0.0].map(shade);
        assert_eq!(shades, ["5", "4", "4", "3", "2", "1", "0", "0"]);
    }
}
