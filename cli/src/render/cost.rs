//! What a run costs, in a few lines.

use quantx::report::{CostEstimate, CostLine};

/// The sums, the meters that make them up, and those of hosts that did not run it.
pub(super) fn cost(cost: &CostEstimate) -> String {
    let mut text = format!(
        "{} gross, {} net of free grants (list prices of {}, {})",
        dollars(cost.gross),
        dollars(cost.net),
        cost.as_of,
        cost.region
    );
    let counted: Vec<String> = shown(cost, |line| line.counted).collect();
    if !counted.is_empty() {
        text.push_str(&format!("\nof that {}", counted.join(", ")));
    }
    let elsewhere: Vec<String> = shown(cost, |line| !line.counted).collect();
    if !elsewhere.is_empty() {
        text.push_str(&format!("\nnot counted: {}", elsewhere.join(", ")));
    }
    text
}

fn shown(cost: &CostEstimate, which: fn(&CostLine) -> bool) -> impl Iterator<Item = String> {
    let lines = cost.lines.iter();
    lines
        .filter(move |line| which(line) && line.amount > 0.0)
        .map(line)
}

fn line(line: &CostLine) -> String {
    let amount = if line.amount < 10.0 && line.amount.fract() != 0.0 {
        format!("{:.4}", line.amount)
    } else {
        format!("{:.0}", line.amount)
    };
    format!(
        "{} {} ({amount} {})",
        line.what,
        dollars(line.gross),
        line.unit
    )
}

/// Four digits of a dollar: a run costs cents.
fn dollars(usd: f64) -> String {
    format!("${usd:.4}")
}
