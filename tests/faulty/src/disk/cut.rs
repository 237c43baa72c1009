//! What is left of a disk when the power goes.

use std::collections::BTreeSet;

use bytes::Bytes;

use super::Node;
use super::log::Effect;

/// Sectors that are written or not.
const SECTOR: usize = 512;

/// What a seed decides.
struct Chance(fastrand::Rng);

impl Chance {
    fn within(&mut self, share: f64) -> bool {
        self.0.f64() < share
    }
}

/// Everything that was synced, and any part of the rest.
pub(super) fn left(first: &[Node], log: &[Effect], seed: u64) -> Vec<Node> {
    let mut chance = Chance(fastrand::Rng::with_seed(seed));
    // A cut may find nearly all written back by itself, or nothing; one share for names and one for content, so that
    // names without content and content without names are common.
    let shares = [0.0, 0.1, 0.5, 0.9, 1.0];
    let mut share = || shares[chance.0.usize(..shares.len())];
    let (of_names, of_content) = (share(), share());
    let durable = durable(log);
    let mut nodes = first.to_vec();
    for (effect, is_durable) in log.iter().zip(durable) {
        let share = match effect {
            Effect::Written(..) => of_content,
            _ => of_names,
        };
        let is_kept = is_durable || chance.within(share);
        match effect {
            Effect::Made(_, node) => nodes.push(node.clone()),
            Effect::Written(file, content) if !is_kept => {
                nodes[*file] = Node::File(torn(content, &mut chance));
            }
            // The new name was written and the old one not taken away yet.
            Effect::Renamed {
                folder, to, node, ..
            } if is_kept && !is_durable && chance.within(0.2) => Effect::Named {
                folder: *folder,
                name: to.clone(),
                node: *node,
            }
            .apply(&mut nodes),
            effect if is_kept => effect.apply(&mut nodes),
            _ => {}
        }
    }
    nodes
}

/// Of each effect, whether what it rests on was synced after it.
fn durable(log: &[Effect]) -> Vec<bool> {
    let (mut synced, mut all) = (BTreeSet::new(), false);
    let mut durable: Vec<bool> = log
        .iter()
        .rev()
        .map(|effect| {
            match effect {
                Effect::Synced(node) => {
                    synced.insert(*node);
                }
                Effect::AllSynced => all = true,
                _ => {}
            }
            all || effect.rests_on().is_none_or(|node| synced.contains(&node))
        })
        .collect();
    durable.reverse();
    durable
}

/// A content of which some was written: nothing, its begin, its length without its bytes, some of its sectors.
fn torn(content: &Bytes, chance: &mut Chance) -> Bytes {
    match chance.0.u8(..4) {
        0 => Bytes::new(),
        1 => content.slice(..chance.0.usize(..content.len())),
        2 => vec![0; content.len()].into(),
        _ => {
            let mut sectors = content.to_vec();
            for sector in sectors.chunks_mut(SECTOR) {
                if chance.within(0.5) {
                    sector.fill(0);
                }
            }
            sectors.into()
        }
    }
}
