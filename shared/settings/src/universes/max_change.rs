use std::fmt;
use std::str::FromStr;

/// How many seats of a list may change in one refresh: `25`, or `5%` of the stored list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MaxChange {
    /// So many seats.
    Seats(usize),
    /// A share of the stored list, in hundredths of a percent, rounded down to whole seats.
    Share { basis_points: u16 },
}

impl MaxChange {
    /// Seats that may change in a list of `members`.
    pub fn seats(self, members: usize) -> usize {
        match self {
            Self::Seats(seats) => seats,
            Self::Share { basis_points } => {
                members.saturating_mul(usize::from(basis_points)) / usize::from(WHOLE)
            }
        }
    }
}

const WHOLE: u16 = 10_000;

/// Why text is not a bound of change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{read:?} is not a number of members such as 25 or a share such as 5% (at most 100%, two decimals)"
)]
pub struct MaxChangeError {
    read: String,
}

impl FromStr for MaxChange {
    type Err = MaxChangeError;

    fn from_str(text: &str) -> Result<Self, MaxChangeError> {
        let text = text.trim();
        let parsed = match text.strip_suffix('%') {
            None => whole(text).map(Self::Seats),
            Some(share) => {
                basis_points(share.trim_end()).map(|basis_points| Self::Share { basis_points })
            }
        };
        parsed.ok_or_else(|| MaxChangeError {
            read: text.to_owned(),
        })
    }
}

/// Digits only: `parse` alone would take a plus sign.
fn whole<T: FromStr>(text: &str) -> Option<T> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

fn basis_points(share: &str) -> Option<u16> {
    let (percent, hundredths) = match share.split_once('.') {
        None => (share, 0),
        Some((percent, decimals)) if matches!(decimals.len(), 1 | 2) => {
            (percent, whole::<u16>(&format!("{decimals:0<2}"))?)
        }
        Some(_) => return None,
    };
    let points = whole::<u16>(percent)?
        .checked_mul(100)?
        .checked_add(hundredths)?;
    (points <= WHOLE).then_some(points)
}

impl fmt::Display for MaxChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seats(seats) => write!(f, "{seats}"),
            Self::Share { basis_points } => {
                let (percent, rest) = (basis_points / 100, basis_points % 100);
                let decimals = match rest {
                    0 => String::new(),
                    rest if rest % 10 == 0 => format!(".{}", rest / 10),
                    rest => format!(".{rest:02}"),
                };
                write!(f, "{percent}{decimals}%")
            }
        }
    }
}
