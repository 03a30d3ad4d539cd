//! What a run tells: one line a row that was not taken as it stood, and the figures at the end.

use std::fmt;

macro_rules! figures {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// What became of the rows of a run.
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct Summary { $($(#[$doc])* pub $name: u64,)* }

        impl Summary {
            /// Every figure by its name.
            #[must_use]
            pub fn figures(&self) -> Vec<(&'static str, u64)> {
                vec![$((stringify!($name), self.$name)),*]
            }

            /// Both together.
            pub(crate) fn plus(&self, more: &Self) -> Self {
                Self { $($name: self.$name + more.$name),* }
            }
        }
    };
}

figures! {
    /// Accounts taken in this run.
    taken,
    /// Accounts that changed there since the last run, and were changed here.
    updated,
    /// Accounts taken by an earlier run and the same since.
    unchanged,
    /// Accounts that changed there, and here too: they stay as they are here.
    kept,
    /// Accounts taken by an earlier run and deleted here: they are not brought back.
    gone,
    /// Accounts not taken; the report says why.
    skipped,
    /// Accounts taken, with something left out; the report says what.
    reduced,
    /// Of those taken, the ones that no password opens: their owners choose one by mail.
    unusable,
    /// Of those taken, the admins.
    admins,
    /// Roles made.
    roles,
    /// Tokens taken.
    tokens,
    /// Tokens not taken; the report says why.
    tokens_skipped,
    /// Pictures taken.
    avatars,
    /// Pictures not taken; the report says why.
    avatars_skipped,
    /// Of those taken, the accounts whose pictures were not looked for: nobody said where they lie.
    avatars_left,
    /// Posts, comments and messages taken.
    texts,
    /// Posts, comments and messages taken by an earlier run.
    texts_unchanged,
    /// Posts, comments and messages not taken; the report says why.
    texts_skipped,
}

impl Summary {
    /// The figures in one line, for whoever goes on counting: `taken=5 skipped=1`.
    #[must_use]
    pub fn tally(&self) -> String {
        let counted = self.figures().into_iter().filter(|(_, count)| *count > 0);
        counted.map(|(name, count)| format!("{name}={count}")).collect::<Vec<_>>().join(" ")
    }

    /// Accounts that were looked at.
    #[must_use]
    pub fn accounts(&self) -> u64 {
        self.taken + self.updated + self.unchanged + self.kept + self.gone + self.skipped
    }
}

/// What became of one row, where that is worth a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Where the row stands in the source.
    pub place: String,
    /// What became of it.
    pub outcome: Outcome,
    /// Why: never a password, a hash or a token.
    pub reason: String,
}

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was not taken.
    Skipped,
    /// It was taken, and something of it was left out or changed.
    Reduced,
    /// It changed on both sides, or is here already, and stays as it is here.
    Kept,
}

impl Finding {
    /// That the row at `place` was not taken.
    #[must_use]
    pub fn skipped(place: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { place: place.into(), outcome: Outcome::Skipped, reason: reason.into() }
    }

    /// That something of the row at `place` was left out.
    #[must_use]
    pub fn reduced(place: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { place: place.into(), outcome: Outcome::Reduced, reason: reason.into() }
    }

    /// That what the row at `place` would change stays as it is here.
    #[must_use]
    pub fn kept(place: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { place: place.into(), outcome: Outcome::Kept, reason: reason.into() }
    }
}

/// One line, its parts divided by tabs, whatever stands in the source.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.outcome {
            Outcome::Skipped => "skipped",
            Outcome::Reduced => "reduced",
            Outcome::Kept => "kept",
        };
        write!(f, "{word}\t{}\t{}", one_line(&self.place), one_line(&self.reason))
    }
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Who is told how a run goes.
pub trait Audience {
    /// The run begins; or goes on behind what an earlier one had kept that ended early.
    fn begun(&mut self, resumed: bool) -> std::io::Result<()>;

    /// So many of about so many rows of a step are done.
    fn progress(&mut self, step: &'static str, done: u64, of: u64);

    /// Lines of the report. They are asked for before what they tell of is kept, so that none is lost: written out when this
    /// answers. After a run was killed a line may stand there twice.
    fn findings(&mut self, findings: &[Finding]) -> std::io::Result<()>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tally_names_what_there_was() {
        let summary = Summary { taken: 5, skipped: 1, texts: 12_345_678_901, ..Summary::default() };
        assert_eq!(summary.tally(), "taken=5 skipped=1 texts=12345678901");
    }

    #[test]
    fn a_finding_is_one_line_whatever_the_source_holds() {
        let finding = Finding::skipped("row \"a\nb\"", "has\ta\rname");
        assert_eq!(finding.to_string(), "skipped\trow \"a b\"\thas a name");
    }
}
