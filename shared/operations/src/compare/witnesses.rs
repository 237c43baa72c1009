//! The vendors that stored rows are compared with, out of the settings.

use std::sync::Arc;

use crate::assemble::{VendorSetupError, set_up};
use crate::vendors::{OffVendor, Vendor};
use quantx_provider::{BarProvider, ProviderName};
use quantx_settings::{Settings, VendorId};

/// Vendors with histories beside Yahoo, whose rows are the stored ones.
const COMPARED: [VendorId; 4] = [
    VendorId::Eodhd,
    VendorId::Tiingo,
    VendorId::Alpaca,
    VendorId::Csv,
];

/// A vendor that is asked to confirm.
#[derive(Debug, Clone)]
pub struct WitnessVendor {
    /// Who it is.
    pub vendor: Vendor,
    /// Who answers; brings its own rate limit and retries.
    pub provider: Arc<dyn BarProvider>,
}

/// Every vendor beside Yahoo.
#[derive(Debug, Clone, Default)]
pub struct Witnesses {
    /// Those that are configured.
    pub on: Vec<WitnessVendor>,
    /// The others.
    pub off: Vec<OffVendor>,
}

/// Why nobody can be asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WitnessError {
    /// No vendor has that name.
    #[error("there is no vendor {read:?} to compare with; known are {known}")]
    Unknown { read: String, known: String },
    /// A vendor that was named is not configured.
    #[error("{vendor} is off: set {needs}")]
    Off {
        vendor: ProviderName,
        needs: &'static str,
    },
    /// No vendor is configured.
    #[error("no vendor to compare with is configured; set one of: {needs}")]
    NoneConfigured { needs: String },
    /// A vendor that is configured cannot be set up.
    #[error(transparent)]
    Setup(#[from] VendorSetupError),
}

impl Witnesses {
    /// Sets up the clients of all vendors that the settings and the environment configure. Asks nobody.
    ///
    /// # Errors
    /// [`WitnessError`] when a vendor is configured and cannot be set up.
    pub fn of_settings(settings: &Settings) -> Result<Self, WitnessError> {
        let mut all = Self::default();
        for id in COMPARED {
            match set_up(settings, id, 1)? {
                Ok(vendor) => {
                    if let Some(provider) = vendor.histories.clone() {
                        all.on.push(WitnessVendor { vendor, provider });
                    }
                }
                Err(off) => all.off.push(off),
            }
        }
        Ok(all)
    }

    /// Only the vendors of these names, in their order; without names all that are configured.
    ///
    /// # Errors
    /// [`WitnessError`] when a name is unknown or off, or when nobody is left.
    pub fn chosen(self, names: Option<&[String]>) -> Result<Self, WitnessError> {
        let Some(names) = names else {
            if self.on.is_empty() {
                let needs = self.off.iter().map(|vendor| {
                    let OffVendor { name, needs } = vendor;
                    format!("{needs} ({name})")
                });
                let needs: Vec<String> = needs.collect();
                return Err(WitnessError::NoneConfigured {
                    needs: needs.join(", "),
                });
            }
            return Ok(self);
        };
        let mut on: Vec<WitnessVendor> = Vec::new();
        for read in names {
            let is_named = |name: ProviderName| name.0 == read.as_str();
            if on.iter().any(|vendor| is_named(vendor.provider.name())) {
                continue;
            }
            if let Some(off) = self.off.iter().find(|vendor| is_named(vendor.name)) {
                return Err(WitnessError::Off {
                    vendor: off.name,
                    needs: off.needs,
                });
            }
            let found = self.on.iter().find(|it| is_named(it.provider.name()));
            let Some(found) = found else {
                return Err(WitnessError::Unknown {
                    read: read.clone(),
                    known: COMPARED.map(VendorId::name).join(", "),
                });
            };
            on.push(found.clone());
        }
        // Who is left out by choice needs nothing.
        Ok(Self {
            on,
            off: Vec::new(),
        })
    }
}
