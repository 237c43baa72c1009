use super::BarSource;
use crate::flag::Column;
use quantx_market::Date;

/// By how much two vendors' values of one cell differ without saying anything else.
///
/// Measured on AAPL 2023 (Yahoo, Tiingo, Massive: closes and other prices within 0.0051) and 2020 (Yahoo,
/// bars of trades: closes alike, opens 25 and ranges 10 basis points apart in 95 of 100 sessions).
/// Vendors round prices to the tick or keep fractions of it, so a close is compared by half a tick and
/// never by a share of itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tolerances {
    /// Least step of the listing's prices, in its quoted unit.
    pub tick: f64,
    /// Room for the arithmetic on top of half a tick, in the quoted unit.
    pub rounding: f64,
    /// Of opens, where one side is built from trades: a share of the price.
    pub built_open: f64,
    /// Of highs and lows, where one side is built from trades: a share of the price.
    pub built_range: f64,
    /// Of volumes, in shares: some vendors round to hundreds.
    pub volume_shares: f64,
    /// Of volumes, as a share of the larger one.
    pub volume_share: f64,
    /// How many times the smaller one a volume may be where volumes are of another kind or still counted.
    pub volume_magnitude: f64,
}

impl Default for Tolerances {
    /// Of listings with a tick of 0.01.
    fn default() -> Self {
        Self::of_tick(0.01)
    }
}

impl Tolerances {
    /// As measured, for listings of another tick.
    pub fn of_tick(tick: f64) -> Self {
        Self {
            tick,
            rounding: 1e-4,
            built_open: 0.0025,
            built_range: 0.001,
            volume_shares: 100.0,
            volume_share: 0.005,
            volume_magnitude: 10.0,
        }
    }

    /// Half a tick and what arithmetic adds: 0.0051 for a tick of 0.01.
    pub fn price(&self) -> f64 {
        self.tick / 2.0 + self.rounding
    }

    /// The same for one price. Below 1 ticks are smaller (0.0001 in the United States by Rule 612, 0.001
    /// and 0.005 in Hong Kong), and half a cent would be a tenth of a price of 0.05.
    fn price_at(&self, price: f64) -> f64 {
        const BELOW_ONE: f64 = 1e-4;
        match price < 1.0 {
            true => self.tick.min(BELOW_ONE) / 2.0 + self.rounding,
            false => self.price(),
        }
    }
}

/// How two witnesses are compared.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Comparison {
    /// What is no difference.
    pub tolerances: Tolerances,
    /// Last session whose volumes are final with both (the day after the session); later ones are
    /// compared by magnitude. `None`: all are final.
    pub volumes_final_to: Option<Date>,
}

/// Whether one of two witnesses builds its bars from trades.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pairing {
    Official,
    TradeBuilt,
}

impl Comparison {
    /// Whether two vendors' prices of a cell are the same, by how each makes its bars.
    pub fn agrees(&self, column: Column, sources: [BarSource; 2], values: [f64; 2]) -> bool {
        let pairing = match sources {
            [BarSource::Official, BarSource::Official] => Pairing::Official,
            _ => Pairing::TradeBuilt,
        };
        self.same_price(column, pairing, values, 1.0)
    }

    /// Whether two prices of a column are the same, `scale` times the second against the first.
    pub(super) fn same_price(
        &self,
        column: Column,
        pairing: Pairing,
        [first, second]: [f64; 2],
        scale: f64,
    ) -> bool {
        let Tolerances {
            built_open,
            built_range,
            ..
        } = self.tolerances;
        let share = match (pairing, column) {
            (Pairing::TradeBuilt, Column::Open) => built_open,
            (Pairing::TradeBuilt, Column::High | Column::Low) => built_range,
            _ => 0.0,
        };
        // What is multiplied has its rounding multiplied too; a step is found with that of the listing.
        let is_scaled = (scale - 1.0).abs() > f64::EPSILON;
        let tick = match is_scaled {
            true => self.tolerances.price() * scale.max(1.0),
            false => self.tolerances.price_at(first.abs().min(second.abs())),
        };
        (first - second * scale).abs() <= tick.max(share * first.abs())
    }

    /// Whether two volumes of a session are the same.
    pub(super) fn same_volume(
        &self,
        date: Date,
        pairing: Pairing,
        [first, second]: [f64; 2],
    ) -> bool {
        let is_final = self.volumes_final_to.is_none_or(|last| date <= last);
        let larger = first.max(second);
        if is_final && pairing == Pairing::Official {
            let Tolerances {
                volume_shares,
                volume_share,
                ..
            } = self.tolerances;
            return (first - second).abs() <= volume_shares.max(volume_share * larger);
        }
        larger <= first.min(second) * self.tolerances.volume_magnitude
    }
}
