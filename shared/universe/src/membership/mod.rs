//! Who was a member of a universe, and when: so that a study of 2015 sees the members of 2015.
//!
//! Built once by walking back from a list through the table of its changes ([`walk_back`]), then
//! extended by every refresh ([`Membership::extend`]). Symbols are those of their time; what a
//! symbol is called today is asked of [`identity`](super::identity).

mod changes;
mod contradiction;
mod csv;
mod days;
mod effective;
mod extend;
mod spells;
mod successors;
mod walk_back;

pub use changes::{Change, Changes, MembershipChange};
pub use contradiction::{Contradiction, ContradictionKind};
pub use extend::{Extension, Refresh};
pub use spells::{Edge, Membership, Spell, SpellError, SpellSource};
pub use walk_back::{Walk, WalkedBack, walk_back};

#[cfg(test)]
mod extend_tests;
#[expect(clippy::disallowed_methods, reason = "recorded data are files")]
#[cfg(test)]
mod history_tests;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod proof_tests;
#[cfg(test)]
mod tests;
