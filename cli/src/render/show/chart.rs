//! Closes as a line of dots, four rows and two columns of them to a character.

use jiff::civil::Date;

use super::price_text;

const WIDTH: usize = 72;
const HEIGHT: usize = 10;
/// The first of the characters that are made of eight dots.
const EMPTY: u32 = 0x2800;
/// The bits of a character's dots: by row, left and right.
const DOTS: [[u32; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];

/// The chart; empty where there are less than two closes.
pub(super) fn chart(closes: &[(Date, f64)]) -> String {
    let (Some((from, _)), Some((to, _))) = (closes.first(), closes.last()) else {
        return String::new();
    };
    if closes.len() < 2 {
        return String::new();
    }
    let low = closes
        .iter()
        .map(|(_, close)| *close)
        .fold(f64::MAX, f64::min);
    let high = closes
        .iter()
        .map(|(_, close)| *close)
        .fold(f64::MIN, f64::max);
    let (columns, rows) = (2 * WIDTH, 4 * HEIGHT);
    let mut fields = vec![0_u32; WIDTH * HEIGHT];
    let mut before = None;
    for column in 0..columns {
        let at = column * (closes.len() - 1) / (columns - 1);
        let close = closes.get(at).map_or(low, |(_, close)| *close);
        let place = if high > low {
            (high - close) / (high - low)
        } else {
            0.5
        };
        let row = (place * (rows - 1) as f64).round() as usize;
        // A steep step is a line and not two dots.
        let from = before.unwrap_or(row);
        let between = if from <= row { from..=row } else { row..=from };
        for row in between {
            let field = fields.get_mut(row / 4 * WIDTH + column / 2);
            let dot = DOTS.get(row % 4).and_then(|dots| dots.get(column % 2));
            if let (Some(field), Some(dot)) = (field, dot) {
                *field |= dot;
            }
        }
        before = Some(row);
    }
    let labels = [
        (0, price_text(high)),
        (HEIGHT / 2, price_text(shortened((high + low) / 2.0))),
        (HEIGHT - 1, price_text(low)),
    ];
    let label_width = labels
        .iter()
        .map(|(_, label)| label.len())
        .max()
        .unwrap_or(0);
    let mut text = String::new();
    for (at, line) in fields.chunks(WIDTH).enumerate() {
        let label = labels.iter().find(|(row, _)| *row == at);
        let label = label.map_or("", |(_, label)| label.as_str());
        text.push_str(&format!("{label:>label_width$} ┤"));
        text.extend(line.iter().filter_map(|dots| char::from_u32(EMPTY + dots)));
        text.push('\n');
    }
    let gap = WIDTH.saturating_sub(20);
    text + &format!("{:label_width$}  {from}{:gap$}{to}\n", "", "")
}

/// Five digits: the middle is no price that anybody paid.
fn shortened(price: f64) -> f64 {
    format!("{price:.4e}").parse().unwrap_or(price)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_rising_price_goes_from_the_lower_left_to_the_upper_right() {
        let closes: Vec<(Date, f64)> = (1..=20)
            .map(|day| (date(2024, 7, day), 10.0 + f64::from(day)))
            .collect();
        let text = chart(&closes);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), HEIGHT + 1);
        assert!(lines[0].starts_with("30.00 ┤"), "{text}");
        assert!(lines[HEIGHT - 1].starts_with("11.00 ┤"), "{text}");
        let first = |line: &str| line.chars().nth(7).unwrap();
        let empty = char::from_u32(EMPTY).unwrap();
        assert_eq!(first(lines[0]), empty);
        assert_ne!(first(lines[HEIGHT - 1]), empty);
        assert_ne!(lines[0].chars().last().unwrap(), empty);
        assert!(lines[HEIGHT].ends_with("2024-07-20"), "{text}");
    }

    #[test]
    fn prices_that_never_move_are_a_line_in_the_middle() {
        let closes = [(date(2024, 7, 1), 5.0), (date(2024, 7, 2), 5.0)];
        assert_eq!(chart(&closes).lines().count(), HEIGHT + 1);
        assert_eq!(chart(&closes[..1]), "");
        assert_eq!(chart(&[]), "");
    }
}
