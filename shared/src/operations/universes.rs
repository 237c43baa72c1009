//! placeholder while settings land
