//! Daily bars of whole stock universes, kept right after splits, dividends, renames, outages,
//! crashes and late corrections.
//!
//! The rooms in reading order: [`market`] is the vocabulary; [`calendar`] knows sessions;
//! [`quality`] knows what looks wrong in a history; [`universe`] says which listings; [`lake`] is what is stored and the rules that keep it right;
//! [`usage`] is what work used; [`report`] is what a run says about itself; [`settings`] is what an operator may choose;
//! [`provider`] and [`storage`] are the ports to vendors and to disks; [`workflow`] is how long jobs
//! are written; [`operations`] are the verbs. Everything up to `settings` is pure: no I/O, no clock, no environment.

pub mod calendar;
pub mod clock;
#[cfg(test)]
pub mod fixtures;
pub mod lake;
pub mod market;
pub mod operations;
pub mod provider;
pub mod quality;
pub mod report;
pub mod settings;
pub mod storage;
pub mod universe;
pub mod usage;
pub mod workflow;
