//! Daily bars of whole stock universes, kept right after splits, dividends, renames, outages,
//! crashes and late corrections.
//!
//! In reading order: [`market`] is the vocabulary; [`clock`] asks for the time; [`calendar`] knows sessions;
//! [`quality`] knows what looks wrong in a history; [`settings`] is what an operator may choose; [`universe`] says which listings;
//! [`lake`] is what is stored and the rules that keep it right; [`usage`] is what work used; [`report`] is what a run says
//! about itself; [`provider`] and [`storage`] are the ports to vendors and to disks; [`durable`] is how long jobs
//! are written; [`operations`] are the verbs. `docs/architecture.md` says which of them are pure.
//!
//! Every room is a crate of its own, `quantx-lake` and so on: Cargo keeps the arrows between them, and
//! this crate gives them one name. Who needs one room depends on that room.

pub use quantx_calendar as calendar;
pub use quantx_clock as clock;
pub use quantx_durable as durable;
pub use quantx_lake as lake;
pub use quantx_market as market;
pub use quantx_operations as operations;
pub use quantx_provider as provider;
pub use quantx_quality as quality;
pub use quantx_report as report;
pub use quantx_settings as settings;
pub use quantx_storage as storage;
pub use quantx_universe as universe;
pub use quantx_usage as usage;
