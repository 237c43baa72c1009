//! Which work list a run is of.

use serde::{Deserialize, Serialize};

use crate::universes::Selection;
use quantx_settings::Settings;

/// The work list of a run, as settings and flags name it: whose last run is whose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Scope(String);

impl Scope {
    /// A phase, by its name, or a list in the lake, by its path.
    pub fn named(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The work list that the settings name: what the timer works on.
    pub fn of_settings(settings: &Settings) -> Self {
        Self(match &settings.universe_path {
            Some(path) => path.clone(),
            None => settings.phase.as_str().to_owned(),
        })
    }

    /// The work list that was selected; symbols given by hand and members of a time are none.
    pub fn of_selection(selection: &Selection) -> Option<Self> {
        match selection {
            Selection::Path(path) => Some(Self(path.clone())),
            Selection::Phase(phase) => Some(Self(phase.as_str().to_owned())),
            Selection::Symbols(_) | Selection::PhaseBetween { .. } => None,
        }
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.0
    }
}
