//! Which glibc a program needs: the versions that its dynamic linker looks for, from the section `.gnu.version_r`.
//!
//! The layout is that of the System V ABI (ELF-64) and of the GNU extension for symbol versions in the Linux Standard Base, "Symbol
//! Versioning". Little endian, as all targets of releases are.

use anyhow::{Context, Result, ensure};

const MAGIC: &[u8] = b"\x7fELF\x02\x01";
/// `SHT_GNU_verneed`.
const VERSIONS_NEEDED: u32 = 0x6fff_fffe;

/// A section of versions: where it is, how many entries it has, where its names are.
struct Versions<'a> {
    entries: &'a [u8],
    count: u32,
    names: &'a [u8],
}

/// The highest `GLIBC_x.y` that the program asks for; `None` if it asks for none.
pub(super) fn needed_glibc(bytes: &[u8]) -> Result<Option<(u32, u32)>> {
    ensure!(
        bytes.starts_with(MAGIC),
        "it is no 64-bit little-endian ELF file"
    );
    let Some(versions) = versions(bytes)? else {
        return Ok(None);
    };
    let mut highest = None;
    let mut library = 0;
    for _ in 0..versions.count {
        let n_wanted = number::<2>(versions.entries, library + 2)?;
        let mut wanted = library + place(number::<4>(versions.entries, library + 8)?)?;
        for _ in 0..n_wanted {
            let name = place(number::<4>(versions.entries, wanted + 8)?)?;
            highest = highest.max(glibc(text(versions.names, name)?));
            wanted += place(number::<4>(versions.entries, wanted + 12)?)?;
        }
        library += place(number::<4>(versions.entries, library + 12)?)?;
    }
    Ok(highest)
}

fn versions(bytes: &[u8]) -> Result<Option<Versions<'_>>> {
    let sections = place(number::<8>(bytes, 0x28)?)?;
    let size = place(number::<2>(bytes, 0x3a)?)?;
    let count = place(number::<2>(bytes, 0x3c)?)?;
    let header = |index: usize| sections + index * size;
    for index in 0..count {
        let at = header(index);
        if number::<4>(bytes, at + 4)? != u64::from(VERSIONS_NEEDED) {
            continue;
        }
        let names = place(number::<4>(bytes, at + 40)?)?;
        ensure!(names < count, "a section's names are in no section");
        return Ok(Some(Versions {
            entries: section(bytes, at)?,
            count: u32::try_from(number::<4>(bytes, at + 44)?)?,
            names: section(bytes, header(names))?,
        }));
    }
    Ok(None)
}

/// What a section header points to.
fn section(bytes: &[u8], header: usize) -> Result<&[u8]> {
    let from = place(number::<8>(bytes, header + 24)?)?;
    let length = place(number::<8>(bytes, header + 32)?)?;
    let until = from.checked_add(length).context("a section is too long")?;
    bytes
        .get(from..until)
        .context("a section ends after the file")
}

/// `N` bytes as a number.
fn number<const N: usize>(bytes: &[u8], at: usize) -> Result<u64> {
    let until = at.checked_add(N).context("a place after the file")?;
    let bytes = bytes.get(at..until).context("the file ends too early")?;
    Ok(bytes
        .iter()
        .rev()
        .fold(0, |number, byte| (number << 8) | u64::from(*byte)))
}

/// A place in the file. Kept below 2^48, so that small steps from it cannot overflow.
fn place(number: u64) -> Result<usize> {
    ensure!(number < 1 << 48, "a place after the file");
    Ok(usize::try_from(number)?)
}

fn text(names: &[u8], at: usize) -> Result<&str> {
    let rest = names.get(at..).context("a name after all names")?;
    let length = rest.iter().position(|byte| *byte == 0);
    let name = &rest[..length.context("a name without an end")?];
    std::str::from_utf8(name).context("a name is no text")
}

/// `GLIBC_2.28` and `GLIBC_2.2.5`; the third number is of old releases only and compares nothing here.
fn glibc(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.strip_prefix("GLIBC_")?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An ELF file of one section of names and one of versions.
    fn program(versions: &[&str]) -> Vec<u8> {
        let mut names = vec![0];
        let mut entries = Vec::new();
        // vn_version, vn_cnt, vn_file, vn_aux, vn_next
        let count = u16::try_from(versions.len()).unwrap();
        entries.extend(1_u16.to_le_bytes());
        entries.extend(count.to_le_bytes());
        for number in [0_u32, 16, 0] {
            entries.extend(number.to_le_bytes());
        }
        for (at, version) in versions.iter().enumerate() {
            // vna_hash, vna_flags, vna_other, vna_name, vna_next
            let name = u32::try_from(names.len()).unwrap();
            let next = if at + 1 == versions.len() { 0 } else { 16 };
            for number in [0, 0, name, next] {
                entries.extend(u32::to_le_bytes(number));
            }
            names.extend(version.as_bytes());
            names.push(0);
        }
        let mut file = MAGIC.to_vec();
        file.resize(64, 0);
        let names_at = file.len();
        file.extend(&names);
        let entries_at = file.len();
        file.extend(&entries);
        let headers_at = file.len();
        for (kind, from, length, link, info) in [
            (3, names_at, names.len(), 0, 0),
            (VERSIONS_NEEDED, entries_at, entries.len(), 0_u32, 1_u32),
        ] {
            let mut header = vec![0; 64];
            header[4..8].copy_from_slice(&kind.to_le_bytes());
            header[24..32].copy_from_slice(&(from as u64).to_le_bytes());
            header[32..40].copy_from_slice(&(length as u64).to_le_bytes());
            header[40..44].copy_from_slice(&link.to_le_bytes());
            header[44..48].copy_from_slice(&info.to_le_bytes());
            file.extend(header);
        }
        file[0x28..0x30].copy_from_slice(&(headers_at as u64).to_le_bytes());
        file[0x3a..0x3c].copy_from_slice(&64_u16.to_le_bytes());
        file[0x3c..0x3e].copy_from_slice(&2_u16.to_le_bytes());
        file
    }

    #[test]
    fn the_highest_version_is_by_number_and_other_libraries_do_not_count() {
        let needed = |versions: &[&str]| needed_glibc(&program(versions)).unwrap();
        let many = ["GLIBC_2.2.5", "GLIBC_2.28", "GLIBC_2.9", "GCC_3.0"];
        assert_eq!(needed(&many), Some((2, 28)));
        assert_eq!(needed(&["GLIBC_2.34", "GLIBC_2.4"]), Some((2, 34)));
        assert_eq!(needed(&["GCC_3.0"]), None);
        assert_eq!(needed(&[]), None);
    }

    #[test]
    fn a_file_that_is_cut_or_is_none_is_an_error() {
        let whole = program(&["GLIBC_2.28"]);
        assert!(needed_glibc(b"#!/bin/sh\n").is_err());
        // What follows the last number of the last header is not read.
        for length in 0..whole.len() - 16 {
            assert!(needed_glibc(&whole[..length]).is_err(), "{length}");
        }
    }

    #[test]
    #[cfg(all(target_os = "linux", target_env = "gnu", target_endian = "little"))]
    fn this_very_program_needs_a_glibc() {
        let bytes = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let (major, minor) = needed_glibc(&bytes).unwrap().unwrap();
        // Rust's own standard library needs 2.17 at least.
        assert!(major == 2 && minor >= 17, "{major}.{minor}");
    }
}
