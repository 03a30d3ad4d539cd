//! A file as a source: read twice, from its beginning to its end, one row at a time.
//!
//! The first reading counts the rows and finds out which keys stand there more than once, which roles there are and which
//! columns nobody knows; the second hands the rows over. A run that was interrupted reads on behind the last row it took.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::file_row::faulty;
use crate::source::{Source, SourceError, SourceRole, SourceUser, Step};

/// More are not roles, but a column that was taken for them.
const MAX_ROLES: usize = 1000;

/// The longest place of a file, in bytes, that its source is called by.
const MAX_PLACE: usize = 200;

/// A kind of file.
pub trait Rows: Send {
    /// Back to the first row.
    fn rewind(&mut self) -> Result<(), SourceError>;

    /// The next row and the line it begins in; one that cannot be taken comes with its fault.
    fn next(&mut self) -> Result<Option<(u64, SourceUser)>, SourceError>;

    /// Columns that hold nothing we know, of those seen since the beginning.
    fn unknown_columns(&self) -> BTreeSet<String>;

    /// Refuses, when all was read, names of columns that were given and are not there.
    fn refuse_missing(&self) -> Result<(), SourceError>;
}

/// A file of accounts.
pub struct FileSource<R> {
    name: String,
    rows: R,
    count: u64,
    roles: Vec<SourceRole>,
    unknown: BTreeSet<String>,
    /// Of keys that stand there more than once; and where each of them stood first.
    repeated: HashSet<u64>,
    first: HashMap<String, u64>,
    /// The last row handed over.
    last: Option<String>,
}

/// What a run from the file at `path` is called by where nobody said: its place, so that files of one name in two folders are two
/// sources; a digest of that where it is long or no text.
pub fn name_of(kind: &str, path: &Path) -> Result<String, SourceError> {
    let unusable = |error| SourceError::Unusable(format!("{} cannot be opened: {error}", path.display()));
    let place = path.canonicalize().map_err(unusable)?;
    Ok(match place.to_str() {
        Some(text) if text.len() <= MAX_PLACE => format!("{kind}:{text}"),
        _ => {
            let digest = Sha256::digest(place.as_os_str().as_encoded_bytes());
            let beginning: [u8; 16] = std::array::from_fn(|at| digest[at]);
            format!("{kind}:sha256:{:032x}", u128::from_be_bytes(beginning))
        }
    })
}

impl<R: Rows> FileSource<R> {
    /// Reads all of `rows` once. `name` is what the run is called by.
    pub fn new(name: String, mut rows: R) -> Result<Self, SourceError> {
        let mut count = 0;
        let mut digests = Vec::new();
        let mut roles = BTreeSet::new();
        while let Some((_, user)) = rows.next()? {
            count += 1;
            if user.fault.is_none() {
                digests.push(digest(&user.key));
            }
            for role in user.roles {
                if roles.len() >= MAX_ROLES && !roles.contains(&role) {
                    return Err(SourceError::Unusable(format!(
                        "there are more than {MAX_ROLES} different roles"
                    )));
                }
                roles.insert(role);
            }
        }
        rows.refuse_missing()?;
        let unknown = rows.unknown_columns();
        rows.rewind()?;
        let role = |name: String| SourceRole { name, permissions: None };
        Ok(Self {
            name,
            rows,
            count,
            roles: roles.into_iter().map(role).collect(),
            unknown,
            repeated: repeated(digests),
            first: HashMap::new(),
            last: None,
        })
    }

    /// Columns that hold nothing we know.
    #[must_use]
    pub fn unknown_columns(&self) -> &BTreeSet<String> {
        &self.unknown
    }

    /// The next row with a key that no other row has.
    fn next(&mut self) -> Result<Option<SourceUser>, SourceError> {
        let Some((line, user)) = self.rows.next()? else { return Ok(None) };
        if user.fault.is_some() || !self.repeated.contains(&digest(&user.key)) {
            return Ok(Some(user));
        }
        let what = user.key.split(':').next().unwrap_or_default().replace("email", "e-mail address");
        match self.first.get(&user.key) {
            Some(first) if *first != line => {
                Ok(Some(faulty(line, format!("has the same {what} as line {first}"))))
            }
            _ => {
                self.first.insert(user.key.clone(), line);
                Ok(Some(user))
            }
        }
    }

    fn rewind(&mut self) -> Result<(), SourceError> {
        self.first.clear();
        self.last = None;
        self.rows.rewind()
    }

    /// Goes behind the row `after`. Where the file has no such row any more it begins anew: what was taken before is known by
    /// its keys.
    fn go_behind(&mut self, after: &str) -> Result<(), SourceError> {
        self.rewind()?;
        while let Some(user) = self.next()? {
            if user.key == after {
                self.last = Some(user.key);
                return Ok(());
            }
        }
        self.rewind()
    }
}

impl<R: Rows> Source for FileSource<R> {
    fn name(&self) -> &str {
        &self.name
    }

    fn count(&mut self, step: Step) -> Result<u64, SourceError> {
        Ok(if step == Step::Users { self.count } else { 0 })
    }

    fn roles(&mut self) -> Result<Vec<SourceRole>, SourceError> {
        Ok(self.roles.clone())
    }

    fn users_after(&mut self, after: Option<&str>, limit: usize) -> Result<Vec<SourceUser>, SourceError> {
        if after != self.last.as_deref() {
            match after {
                None => self.rewind()?,
                Some(after) => self.go_behind(after)?,
            }
        }
        let mut users = Vec::new();
        while users.len() < limit {
            let Some(user) = self.next()? else { break };
            users.push(user);
        }
        if let Some(user) = users.last() {
            self.last = Some(user.key.clone());
        }
        Ok(users)
    }
}

fn digest(key: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

/// Those that are there more than once: eight bytes a row, and only until they are sorted.
fn repeated(mut digests: Vec<u64>) -> HashSet<u64> {
    digests.sort_unstable();
    digests.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect()
}

#[cfg(test)]
mod tests;
