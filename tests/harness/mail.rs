//! The mails a node has written to its folder.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

/// How long a mail may take: it leaves within two seconds, and machines are busy.
const PATIENCE: Duration = Duration::from_secs(20);

/// One mail, taken apart.
#[derive(Clone, Debug)]
pub(crate) struct Mail {
    /// The address it goes to.
    pub(crate) to: String,
    /// What it says it is about.
    pub(crate) subject: String,
    /// What it was ordered as, from the name of its file.
    pub(crate) kind: String,
    /// The part for people who read plain text.
    pub(crate) text: String,
    /// The part for the others.
    pub(crate) html: String,
    /// All of it.
    pub(crate) source: String,
}

impl Mail {
    /// The mails in `folder`, oldest first.
    pub(crate) fn all(folder: &Path) -> Vec<Self> {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut files: Vec<_> = entries
            .map(|entry| entry.path())
            .filter(|file| file.extension().is_some_and(|end| end == "eml"))
            .collect();
        files.sort();
        files.iter().map(|file| Self::read(file)).collect()
    }

    fn read(file: &Path) -> Self {
        let source = fs::read_to_string(file).unwrap().replace("\r\n", "\n");
        let stem = file.file_stem().unwrap().to_string_lossy().into_owned();
        let kind = stem.rsplit('-').next().unwrap_or_default().to_owned();
        Self::parse(&source, kind)
    }

    /// Takes a message apart, as one that came by SMTP.
    pub(crate) fn parse(source: &str, kind: String) -> Self {
        let source = source.replace("\r\n", "\n");
        let (head, body) = source.split_once("\n\n").unwrap();
        let unfolded = head.replace("\n ", " ").replace("\n\t", " ");
        let header = |name: &str| {
            let line = unfolded.lines().find_map(|line| {
                let (found, value) = line.split_once(':')?;
                found.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
            });
            line.unwrap_or_default()
        };
        let boundary = header("Content-Type")
            .split("boundary=\"")
            .nth(1)
            .map(|rest| rest.split('"').next().unwrap().to_owned());
        let boundary = boundary.unwrap_or_else(|| panic!("no parts in {source}"));
        let parts: Vec<_> = body.split(&format!("--{boundary}")).skip(1).collect();
        let content =
            |n: usize| parts[n].split_once("\n\n").map_or("", |(_, content)| content).trim().to_owned();
        let to = header("To");
        let to =
            to.rsplit_once('<').map_or(to.clone(), |(_, address)| address.trim_end_matches('>').to_owned());
        let (text, html) = (content(0), content(1));
        Self { to, subject: header("Subject"), kind, text, html, source: source.clone() }
    }

    /// The link in it: alone on its line in the text.
    pub(crate) fn link(&self) -> String {
        let mut links = self.text.lines().map(str::trim).filter(|line| line.contains("token="));
        links.next().unwrap_or_else(|| panic!("no link in {}", self.text)).to_owned()
    }

    /// The token in its link.
    pub(crate) fn token(&self) -> String {
        self.link().split("token=").nth(1).unwrap().to_owned()
    }
}

/// Waits until `find` finds something in `folder`.
pub(crate) async fn wait_for<T>(
    folder: &Path,
    what: &str,
    mut find: impl FnMut(Vec<Mail>) -> Option<T>,
) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = find(Mail::all(folder)) {
            return found;
        }
        if begun.elapsed() > PATIENCE {
            let there: Vec<_> = Mail::all(folder).into_iter().map(|mail| (mail.to, mail.kind)).collect();
            panic!("no mail {what} within {PATIENCE:?}; there are {there:?}");
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
