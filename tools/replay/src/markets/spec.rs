use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// Which market to replay: `sample`, `synthetic:N`, `synthetic:N:us`, `synthetic:N:ae`, `synthetic:N:all`, `synthetic:N:kinds`,
/// `csv:DIR`, `recorded:DIR`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MarketSpec {
    /// Five US listings, 2000 to 2013, real prices; see `sample/SOURCE.md`.
    Sample,
    /// Made up from a seed, 2000 to 2026.
    Synthetic {
        /// How many listings.
        listings: usize,
        /// Where they trade.
        scope: Scope,
    },
    /// A folder of `<TICKER>_data.csv` files, taken as traded.
    Csv(PathBuf),
    /// A folder of recorded answers.
    Recorded(PathBuf),
}

/// Where the listings of a synthetic market trade, and what happens to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Every tenth on hk, jp or uk; late listings, delistings and renames among them.
    World,
    /// All on an exchange that the library has no calendar of, as `S0000.AE`, ..., listed from first to last.
    Dubai,
    /// One after the other on every exchange of the settings (`S0000`, `0001.HK`, ..., `S0043.AT`, `S0044`, ...), traded on each
    /// session from 2024 on.
    Exchanges,
    /// What stands beside shares, and shares of Hong Kong that pay in dollars: see `beside`.
    Kinds,
    /// All on us as `S0000`, `S0001`, ..., listed from first to last: for benchmarks.
    UnitedStates,
}

/// Why text is not a market.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "market {read:?} is not known; allowed are sample, synthetic:N, synthetic:N:us, synthetic:N:ae, synthetic:N:all, synthetic:N:kinds (N from 1 to {max}), csv:DIR, recorded:DIR",
    max = MarketSpec::MAX_LISTINGS
)]
pub struct MarketSpecError {
    read: String,
}

impl MarketSpec {
    const MAX_LISTINGS: usize = 100_000;
}

impl FromStr for MarketSpec {
    type Err = MarketSpecError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || MarketSpecError {
            read: text.to_owned(),
        };
        let listings = |number: &str| {
            let listings = number.parse().map_err(|_| error())?;
            if (1..=Self::MAX_LISTINGS).contains(&listings) {
                Ok(listings)
            } else {
                Err(error())
            }
        };
        let (kind, rest) = text.split_once(':').unwrap_or((text, ""));
        match (kind, rest) {
            ("sample", "") => Ok(Self::Sample),
            ("synthetic", rest) => {
                let (number, scope) = match rest.split_once(':') {
                    None => (rest, Scope::World),
                    Some((number, "us")) => (number, Scope::UnitedStates),
                    Some((number, "ae")) => (number, Scope::Dubai),
                    Some((number, "all")) => (number, Scope::Exchanges),
                    Some((number, "kinds")) => (number, Scope::Kinds),
                    Some(_) => return Err(error()),
                };
                Ok(Self::Synthetic {
                    listings: listings(number)?,
                    scope,
                })
            }
            ("csv", folder) if !folder.is_empty() => Ok(Self::Csv(folder.into())),
            ("recorded", folder) if !folder.is_empty() => Ok(Self::Recorded(folder.into())),
            _ => Err(error()),
        }
    }
}

impl fmt::Display for MarketSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sample => f.write_str("sample"),
            Self::Synthetic {
                listings,
                scope: Scope::World,
            } => write!(f, "synthetic:{listings}"),
            Self::Synthetic {
                listings,
                scope: Scope::UnitedStates,
            } => write!(f, "synthetic:{listings}:us"),
            Self::Synthetic {
                listings,
                scope: Scope::Dubai,
            } => write!(f, "synthetic:{listings}:ae"),
            Self::Synthetic {
                listings,
                scope: Scope::Exchanges,
            } => write!(f, "synthetic:{listings}:all"),
            Self::Synthetic {
                listings,
                scope: Scope::Kinds,
            } => write!(f, "synthetic:{listings}:kinds"),
            Self::Csv(folder) => write!(f, "csv:{}", folder.display()),
            Self::Recorded(folder) => write!(f, "recorded:{}", folder.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_market_is_read_as_it_is_written() {
        for text in [
            "sample",
            "synthetic:20",
            "synthetic:500:us",
            "synthetic:5:ae",
            "synthetic:88:all",
            "synthetic:3:kinds",
            "csv:/a b/c",
            "recorded:x:y",
        ] {
            assert_eq!(text.parse::<MarketSpec>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_market_is_named_with_what_is_allowed() {
        for text in [
            "",
            "samples",
            "sample:1",
            "synthetic",
            "synthetic:0",
            "synthetic:5:eu",
            "csv:",
        ] {
            let error = text.parse::<MarketSpec>().unwrap_err().to_string();
            assert!(
                error.contains(&format!("{text:?}")) && error.contains("csv:DIR"),
                "{error}"
            );
        }
    }
}
