//! The zip container of Excel files, unpacked within a limit that the file cannot argue with.
//!
//! What is unpacked here is packed again without compression. The reader of sheets gets that, so
//! no byte is ever inflated that was not counted, whatever the file's two directories claim.

use std::io::Read;

use flate2::Crc;
use flate2::read::DeflateDecoder;

#[cfg(test)]
#[path = "archive_tests.rs"]
mod tests;

/// Parts of an Excel file; that of HKEX has 12.
const MAX_PARTS: usize = 1_000;

/// Why a file is not a container, or not one to unpack.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// Something else: a web page, an old .xls, the beginning of a download.
    #[error("it is no zip container, or its end is missing")]
    NotAnArchive,
    /// Its directory points outside, or its parts are not what the directory says.
    #[error("{part} is broken: {what}")]
    Broken { part: String, what: &'static str },
    /// Locked with a password.
    #[error("{part} is encrypted")]
    Encrypted { part: String },
    /// Neither stored nor deflated.
    #[error("{part} is packed by method {method}; known are 0 (stored) and 8 (deflated)")]
    Method { part: String, method: u16 },
    /// By its own directory it unpacks to too much.
    #[error("it says that it unpacks to {declared_bytes} bytes; allowed are {limit_bytes}")]
    TooLarge {
        declared_bytes: u64,
        limit_bytes: u64,
    },
    /// It unpacks to more than its directory says: a bomb.
    #[error("{part} unpacks to more than the {declared_bytes} bytes that the directory says")]
    Bomb { part: String, declared_bytes: u64 },
    /// Far more parts than an Excel file has.
    #[error("it has {n_parts} parts; allowed are {}", MAX_PARTS)]
    TooManyParts { n_parts: usize },
}

/// A file inside the container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    /// Its path.
    pub(crate) name: String,
    /// Its unpacked bytes.
    pub(crate) bytes: Vec<u8>,
}

/// Unpacks all parts. The sizes of the directory are added up before anything is unpacked, and no
/// part may turn out larger than its own.
///
/// # Errors
/// [`ArchiveError`].
pub(crate) fn unpack(file: &[u8], limit_bytes: u64) -> Result<Vec<Part>, ArchiveError> {
    let entries = directory(file)?;
    let declared_bytes = entries.iter().map(|entry| u64::from(entry.size)).sum();
    if declared_bytes > limit_bytes {
        return Err(ArchiveError::TooLarge {
            declared_bytes,
            limit_bytes,
        });
    }
    entries
        .into_iter()
        .filter(|entry| !entry.name.ends_with('/'))
        .map(|entry| entry.unpack(file))
        .collect()
}

/// Packs parts without compression. The same parts give the same bytes.
///
/// # Errors
/// [`ArchiveError`] for parts of 4 GiB or more in all, or too many of them.
pub(crate) fn stored(parts: &[Part]) -> Result<Vec<u8>, ArchiveError> {
    let mut file = Vec::new();
    let mut directory = Vec::new();
    for part in parts {
        let offset = fit::<_, u32>(file.len(), part)?;
        let size = fit::<_, u32>(part.bytes.len(), part)?;
        let n_name = fit::<_, u16>(part.name.len(), part)?;
        let mut crc = Crc::new();
        crc.update(&part.bytes);
        // Version 2.0, names in UTF-8, stored, no time.
        let mut common = Vec::with_capacity(26);
        for field in [20_u16, 0x0800, 0, 0, 0] {
            common.extend(field.to_le_bytes());
        }
        for field in [crc.sum(), size, size] {
            common.extend(field.to_le_bytes());
        }
        common.extend(n_name.to_le_bytes());
        common.extend(0_u16.to_le_bytes());

        file.extend(LOCAL);
        file.extend(&common);
        file.extend(part.name.as_bytes());
        file.extend(&part.bytes);

        directory.extend(CENTRAL);
        directory.extend(20_u16.to_le_bytes());
        directory.extend(&common);
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(part.name.as_bytes());
    }
    let too_many = ArchiveError::TooManyParts {
        n_parts: parts.len(),
    };
    let n_parts = u16::try_from(parts.len()).map_err(|_| too_many.clone())?;
    let start = u32::try_from(file.len()).map_err(|_| too_many.clone())?;
    let size = u32::try_from(directory.len()).map_err(|_| too_many)?;
    file.extend(directory);
    file.extend(END);
    file.extend([0; 4]);
    file.extend(n_parts.to_le_bytes());
    file.extend(n_parts.to_le_bytes());
    file.extend(size.to_le_bytes());
    file.extend(start.to_le_bytes());
    file.extend([0; 2]);
    Ok(file)
}

fn fit<N: TryInto<T>, T>(n: N, part: &Part) -> Result<T, ArchiveError> {
    n.try_into().map_err(|_| ArchiveError::Broken {
        part: part.name.clone(),
        what: "it or the file is too large for a plain zip",
    })
}

const LOCAL: &[u8] = b"PK\x03\x04";
const CENTRAL: &[u8] = b"PK\x01\x02";
const END: &[u8] = b"PK\x05\x06";

/// Bytes of the three headers before their names.
const LOCAL_BYTES: usize = 30;
const CENTRAL_BYTES: usize = 46;
const END_BYTES: usize = 22;

/// A part as the directory has it.
#[derive(Debug)]
struct Entry {
    name: String,
    method: u16,
    crc: u32,
    packed_size: u32,
    size: u32,
    offset: u32,
}

/// The directory at the file's end. No zip64: 64 MiB never need it.
fn directory(file: &[u8]) -> Result<Vec<Entry>, ArchiveError> {
    let end = end_of_directory(file).ok_or(ArchiveError::NotAnArchive)?;
    let n_parts = usize::from(u16_at(end, 10).ok_or(ArchiveError::NotAnArchive)?);
    if n_parts > MAX_PARTS {
        return Err(ArchiveError::TooManyParts { n_parts });
    }
    let start = u32_at(end, 16).ok_or(ArchiveError::NotAnArchive)?;
    let mut rest = tail(file, start).ok_or(ArchiveError::NotAnArchive)?;
    let mut entries: Vec<Entry> = Vec::with_capacity(n_parts);
    for _ in 0..n_parts {
        let (entry, n_bytes) = Entry::read(rest)?;
        if entries.iter().any(|known| known.name == entry.name) {
            return Err(entry.broken("its name stands twice in the directory"));
        }
        entries.push(entry);
        rest = rest.get(n_bytes..).unwrap_or_default();
    }
    Ok(entries)
}

/// The last header that is followed by just the comment it announces.
fn end_of_directory(file: &[u8]) -> Option<&[u8]> {
    let last = file.len().checked_sub(END_BYTES)?;
    let first = last.saturating_sub(usize::from(u16::MAX));
    (first..=last).rev().find_map(|at| {
        let end = file.get(at..)?;
        let n_comment = usize::from(u16_at(end, 20)?);
        (end.starts_with(END) && end.len() == END_BYTES + n_comment).then_some(end)
    })
}

impl Entry {
    /// Reads an entry, and returns how many bytes it takes.
    fn read(bytes: &[u8]) -> Result<(Self, usize), ArchiveError> {
        let header = bytes
            .get(..CENTRAL_BYTES)
            .filter(|header| header.starts_with(CENTRAL))
            .ok_or_else(directory_broken)?;
        let short = |at| u16_at(header, at).ok_or_else(directory_broken);
        let long = |at| u32_at(header, at).ok_or_else(directory_broken);
        let n_name = usize::from(short(28)?);
        let n_more = usize::from(short(30)?) + usize::from(short(32)?);
        let name = bytes
            .get(CENTRAL_BYTES..CENTRAL_BYTES + n_name)
            .ok_or_else(directory_broken)?;
        let entry = Self {
            name: String::from_utf8_lossy(name).into_owned(),
            method: short(10)?,
            crc: long(16)?,
            packed_size: long(20)?,
            size: long(24)?,
            offset: long(42)?,
        };
        if short(8)? & 1 == 1 {
            return Err(ArchiveError::Encrypted { part: entry.name });
        }
        Ok((entry, CENTRAL_BYTES + n_name + n_more))
    }

    fn unpack(self, file: &[u8]) -> Result<Part, ArchiveError> {
        let packed = self
            .packed(file)
            .ok_or_else(|| self.broken("it lies outside the file"))?;
        let bytes = match self.method {
            0 => packed.to_vec(),
            8 => self.inflate(packed)?,
            method => {
                return Err(ArchiveError::Method {
                    part: self.name,
                    method,
                });
            }
        };
        if bytes.len() as u64 != u64::from(self.size) {
            return Err(self.broken("it is shorter or longer than the directory says"));
        }
        let mut crc = Crc::new();
        crc.update(&bytes);
        if crc.sum() != self.crc {
            return Err(self.broken("its checksum is wrong"));
        }
        let name = self.name;
        Ok(Part { name, bytes })
    }

    fn packed<'a>(&self, file: &'a [u8]) -> Option<&'a [u8]> {
        let local = tail(file, self.offset)?;
        if !local.starts_with(LOCAL) {
            return None;
        }
        let n_name = usize::from(u16_at(local, 26)?);
        let n_more = usize::from(u16_at(local, 28)?);
        let size = usize::try_from(self.packed_size).ok()?;
        local.get(LOCAL_BYTES + n_name + n_more..)?.get(..size)
    }

    /// Inflates to the size of the directory and not a byte more.
    fn inflate(&self, packed: &[u8]) -> Result<Vec<u8>, ArchiveError> {
        let declared_bytes = u64::from(self.size);
        let mut bytes = Vec::new();
        DeflateDecoder::new(packed)
            .take(declared_bytes + 1)
            .read_to_end(&mut bytes)
            .map_err(|_| self.broken("its deflate stream is damaged or ends early"))?;
        if bytes.len() as u64 > declared_bytes {
            return Err(ArchiveError::Bomb {
                part: self.name.clone(),
                declared_bytes,
            });
        }
        Ok(bytes)
    }

    fn broken(&self, what: &'static str) -> ArchiveError {
        ArchiveError::Broken {
            part: self.name.clone(),
            what,
        }
    }
}

fn directory_broken() -> ArchiveError {
    ArchiveError::Broken {
        part: "the directory".to_owned(),
        what: "it ends early",
    }
}

fn tail(file: &[u8], offset: u32) -> Option<&[u8]> {
    file.get(usize::try_from(offset).ok()?..)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let field = bytes.get(at..at + 2)?;
    Some(u16::from_le_bytes(field.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let field = bytes.get(at..at + 4)?;
    Some(u32::from_le_bytes(field.try_into().ok()?))
}
