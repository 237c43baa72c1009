//! What happens to a disk, in order.

use bytes::Bytes;

use super::Node;

/// Something that somebody outside was told, and that a power cut must not make untrue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Promise {
    /// Somebody began to put this at a path of the lake; `None`: to remove what is there.
    Begun(String, Option<Bytes>),
    /// He was told that it is there.
    Kept(String, Option<Bytes>),
    /// An operation said this of its work.
    Said(String),
}

/// One change, or one sync.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Effect {
    /// A file or folder without content and without a name.
    Made(usize, Node),
    /// The content of a file.
    Written(usize, Bytes),
    /// A name in a folder stands for this now.
    Named {
        folder: usize,
        name: String,
        node: usize,
    },
    /// A name in a folder became another one.
    Renamed {
        folder: usize,
        from: String,
        to: String,
        node: usize,
    },
    /// A name is gone from a folder.
    Removed { folder: usize, name: String },
    /// What a file holds, or the names in a folder, are durable.
    Synced(usize),
    /// Everything is durable.
    AllSynced,
    /// Somebody was told something.
    Promised(Promise),
}

impl Effect {
    /// The effect in a few words: contents by their length.
    pub(super) fn summary(&self) -> String {
        let size = |content: &Option<Bytes>| content.as_ref().map(Bytes::len);
        match self {
            Self::Written(file, content) => format!("Written({file}, {} bytes)", content.len()),
            Self::Promised(Promise::Begun(path, content)) => {
                format!("Begun({path}, {:?} bytes)", size(content))
            }
            Self::Promised(Promise::Kept(path, content)) => {
                format!("Kept({path}, {:?} bytes)", size(content))
            }
            other => format!("{other:?}"),
        }
    }

    /// The change as it is seen while there is power.
    pub(super) fn apply(&self, nodes: &mut [Node]) {
        match self {
            Self::Written(file, content) => nodes[*file] = Node::File(content.clone()),
            Self::Named { folder, name, node } => {
                if let Node::Folder(entries) = &mut nodes[*folder] {
                    entries.insert(name.clone(), *node);
                }
            }
            Self::Renamed {
                folder,
                from,
                to,
                node,
            } => {
                if let Node::Folder(entries) = &mut nodes[*folder] {
                    entries.insert(to.clone(), *node);
                    if entries.get(from) == Some(node) {
                        entries.remove(from);
                    }
                }
            }
            Self::Removed { folder, name } => {
                if let Node::Folder(entries) = &mut nodes[*folder] {
                    entries.remove(name);
                }
            }
            // Numbers are given when something is made; the rest changes nothing that is seen.
            Self::Made(..) | Self::Synced(_) | Self::AllSynced | Self::Promised(_) => {}
        }
    }

    /// What has to be synced for the change to be durable: a file, or the folder of a name.
    pub(super) fn rests_on(&self) -> Option<usize> {
        match self {
            Self::Written(file, _) => Some(*file),
            Self::Named { folder, .. }
            | Self::Renamed { folder, .. }
            | Self::Removed { folder, .. } => Some(*folder),
            Self::Made(..) | Self::Synced(_) | Self::AllSynced | Self::Promised(_) => None,
        }
    }
}
