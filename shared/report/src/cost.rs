use serde::{Deserialize, Serialize};

use quantx_market::Date;

/// What a run is estimated to cost, in USD, before tax and discounts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CostEstimate {
    /// The day of the prices.
    pub as_of: Date,
    /// The region of the prices.
    pub region: String,
    /// One line per meter.
    pub lines: Vec<CostLine>,
    /// Sum of the counted lines.
    pub gross: f64,
    /// The same if no other run of the month has used the free grants.
    pub net: f64,
}

/// One meter of a bill.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CostLine {
    /// The meter.
    pub what: String,
    /// How much of it.
    pub amount: f64,
    /// In what.
    pub unit: String,
    /// USD without free grants.
    pub gross: f64,
    /// USD if no other run of the month has used the free grants.
    pub net: f64,
    /// Whether it is part of the sums; time on a host that does not run the program is not.
    pub counted: bool,
}

impl CostEstimate {
    /// An estimate without lines.
    pub fn new(as_of: Date, region: impl Into<String>) -> Self {
        Self {
            as_of,
            region: region.into(),
            lines: Vec::new(),
            gross: 0.0,
            net: 0.0,
        }
    }

    /// Adds a line, to the sums too if it counts.
    pub fn push(&mut self, line: CostLine) {
        if line.counted {
            self.gross += line.gross;
            self.net += line.net;
        }
        self.lines.push(line);
    }
}
