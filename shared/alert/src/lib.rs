//! Messages about a lake: a heartbeat for each run, and one message for each change of state.
//!
//! A heartbeat ([`Heartbeat`]) goes to a service outside that expects it and raises the alarm when it
//! does not come: what lives inside the app cannot say that the app did not run. A message goes out
//! when a [`Condition`] begins or ends, never once per run: [`AlertState`] remembers what was sent.
//! Delivery is bounded and may fail; no run depends on it, and no error shows an address, because
//! addresses of both kinds are secrets.
//!
//! ```
//! use quantx_alert::{AlertState, Condition, ConditionKind, Observed};
//!
//! let behind = Condition::of(ConditionKind::SessionsBehind, "us");
//! let seen = Observed::from([(behind, "us: 3 of 500 listings have the last session".to_owned())]);
//! let state = AlertState::default();
//! let now = "2024-05-03T06:00:00Z".parse().unwrap();
//!
//! let (changes, state) = state.observe(&seen, now);
//! assert_eq!(changes.len(), 1);
//! // The next run sees the same: nothing changed, nothing is sent.
//! let (changes, _) = state.observe(&seen, now);
//! assert!(changes.is_empty());
//! ```

mod client;
mod heartbeat;
mod message;
mod state;

pub use client::{AlertClient, AlertError, Limits};
pub use heartbeat::{Beat, Heartbeat};
pub use message::{Message, MessageStyle};
pub use state::{AlertState, Change, Condition, ConditionKind, Observed, Turn};
