//! Who is behind a symbol: CIK and ISIN by dated evidence, so that a rename is no leave and join.

mod alias;
mod csv;
mod id;
mod observe;
mod query;
#[cfg(test)]
mod tests;

pub use alias::{Alias, AliasSource, Identity, Rename};
pub use id::{CompanyId, IdError, IdKind};
pub use observe::{Doubt, OutOfOrder, Sighting};
pub use query::Today;
