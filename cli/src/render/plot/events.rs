//! Splits and payments, marked at the lower edge of the prices.

use plotters::element::{ComposedElement, EmptyElement};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use quantx::operations::show::ListingRows;

use super::axis::day;

type Mark<B> =
    ComposedElement<(i32, f64), B, Circle<(i32, i32), i32>, Text<'static, (i32, i32), String>>;

/// A dot for each event; splits have their terms above it. Listings have a line of dots each, counted
/// from the lowest.
pub(super) fn marks<B: DrawingBackend>(
    listing: &ListingRows,
    floor: f64,
    level: i32,
    colour: RGBColor,
) -> Vec<Mark<B>> {
    let height = -7 - 10 * level;
    let rows = listing.rows.iter();
    let marked = rows.filter(|row| row.split > 0.0 || row.dividend > 0.0);
    marked
        .map(|row| {
            let (radius, text) = if row.split > 0.0 {
                (5, format!("split {}", ratio(row.split)))
            } else {
                (3, String::new())
            };
            let anchor = Pos::new(HPos::Center, VPos::Bottom);
            let style = ("sans-serif", 12).into_font().color(&colour).pos(anchor);
            EmptyElement::at((day(row.date), floor))
                + Circle::new((0, height), radius, colour.filled())
                + Text::new(text, (0, height - 7), style)
        })
        .collect()
}

/// `4:1`, `1:10`
fn ratio(split: f64) -> String {
    if split >= 1.0 {
        format!("{split}:1")
    } else {
        format!("1:{}", ((1.0 / split) * 1e6).round() / 1e6)
    }
}

#[cfg(test)]
mod tests {
    use super::ratio;

    #[test]
    fn a_split_is_named_by_its_terms() {
        assert_eq!([4.0, 0.1, 1.5].map(ratio), ["4:1", "1:10", "1.5:1"]);
    }
}
