//! The memory Argon2 works in, kept between calls.

use argon2::Block;

use super::HasherError;

/// What one hashing thread keeps between calls: Argon2's memory, up to today's cost.
///
/// Memory taken for every sign-in anew and given back costs page faults and, with many threads, gigabytes that the
/// allocator keeps; one scratch a hashing thread costs neither. It grows when first needed and, after an imported hash
/// that wanted more, shrinks back before the call returns.
///
/// The blocks are overwritten by the next hash and not wiped, which would slow every sign-in: after the second pass
/// trying a guess against what is left in them takes the full work, as it does against the stored hash.
#[derive(Default)]
pub struct Scratch {
    blocks: Vec<Block>,
    /// How often a password was hashed, to prove that every kind of account costs the same.
    #[cfg(test)]
    pub(super) hashed: usize,
}

impl Scratch {
    /// The bytes held just now.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.blocks.capacity() * Block::SIZE
    }

    /// The first `count` blocks of 1 KiB; their content is what the last hash left.
    pub(super) fn blocks(&mut self, count: usize) -> Result<&mut [Block], HasherError> {
        if count > self.blocks.len() {
            // The old memory goes first, so that both never stand side by side and nothing is copied over.
            self.blocks = Vec::new();
            self.blocks.try_reserve_exact(count).map_err(HasherError::Memory)?;
            self.blocks.resize(count, Block::new());
        }
        Ok(&mut self.blocks[..count])
    }

    /// Keeps at most `count` blocks.
    pub(super) fn give_back(&mut self, count: usize) {
        self.blocks.truncate(count);
        self.blocks.shrink_to(count);
    }
}
