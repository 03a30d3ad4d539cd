//! A folder, for those who develop and for servers without a mail server: the link in a mail can be clicked there.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::{Reason, SendError, Transport};
use crate::message::Mail;

/// Mails as files that only the server's own user can read, each named by its time, its number and its kind.
#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// Mails land in `path`, which is made when the first does.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self(path)
    }

    fn keep(&self, mail: &Mail) -> io::Result<PathBuf> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.0)?;
        let time = mail.written_at.datetime().format("%Y%m%dT%H%M%SZ");
        let name = format!("{time}-{:08}-{}", mail.id, mail.kind);
        let (file, draft) = (self.0.join(format!("{name}.eml")), self.0.join(format!(".{name}.draft")));
        write_private(&draft, &mail.message)?;
        // Whoever watches the folder never meets half a mail.
        fs::rename(&draft, &file)?;
        Ok(file)
    }
}

impl Transport for Folder {
    fn send(&self, mail: &Mail) -> Result<(), SendError> {
        let file = self.keep(mail).map_err(|error| SendError::Postponed(Reason::own(error)))?;
        tracing::info!(target: "mail", id = mail.id, kind = mail.kind, file = %file.display(), "mail written");
        Ok(())
    }
}

fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = match create_private(path) {
        // Left by a process that died.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            fs::remove_file(path)?;
            create_private(path)?
        }
        created => created?,
    };
    file.write_all(bytes)?;
    file.sync_all()
}

fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::message::tests::a_mail;

    #[test]
    fn a_mail_lands_whole_and_private() {
        let data = tempfile::tempdir().unwrap();
        let path = data.path().join("mail");
        let folder = Folder::new(path.clone());
        fs::create_dir_all(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
        let name = "20260115T120000Z-00000042-verify_email";
        fs::write(path.join(format!(".{name}.draft")), "left by a process that died").unwrap();
        let mail = a_mail();
        folder.send(&mail).unwrap();
        folder.send(&mail).unwrap();
        let names: Vec<_> = fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, [format!("{name}.eml").as_str()]);
        let file = path.join(&names[0]);
        assert_eq!(fs::read(&file).unwrap(), mail.message);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(&file)), (0o700, 0o600));
    }

    #[test]
    fn the_folder_is_made_private_and_where_it_cannot_be_the_mail_waits() {
        let data = tempfile::tempdir().unwrap();
        let path = data.path().join("a/mail");
        Folder::new(path.clone()).send(&a_mail()).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
        let file = data.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(matches!(Folder::new(file).send(&a_mail()), Err(SendError::Postponed(_))));
    }
}
