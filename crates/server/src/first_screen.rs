//! What a person sees when the server has come up.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::{Path, absolute};

use vestibule_persistence::DatabaseUrl;

use crate::settings::Settings;

/// Writes where the server listens, where its documentation, its data and its mails are, and how the first account comes to be.
/// `bound` is where it came to listen, `is_empty` whether there is no account yet.
pub fn write(out: &mut impl Write, settings: &Settings, bound: SocketAddr, is_empty: bool) -> io::Result<()> {
    let address = settings.address(bound);
    writeln!(out, "\nVestibule {}\n", env!("CARGO_PKG_VERSION"))?;
    writeln!(out, "  listening on   {bound}")?;
    writeln!(out, "  address        {address}")?;
    writeln!(out, "  documentation  {address}/docs")?;
    match &settings.data.database {
        DatabaseUrl::Sqlite(file) => writeln!(out, "  data           SQLite, {}", whole(file).display())?,
        url @ DatabaseUrl::Postgres(_) => writeln!(out, "  data           PostgreSQL, {url}")?,
    }
    if let Some(server) = &settings.mail.smtp {
        writeln!(out, "  mail           SMTP, {server}")?;
    } else {
        let folder = whole(&settings.data.mail_dir());
        writeln!(out, "  mail           written to {} (SMTP_URL is not set)", folder.display())?;
    }
    if settings.data.is_embedded_default && settings.data.secret_key.is_none() {
        writeln!(
            out,
            "  secret key     {} (keep it with the data)",
            whole(&settings.data.secret_key_file()).display()
        )?;
    }
    if is_empty {
        write_first_account(out, settings, &address)?;
    }
    writeln!(out)?;
    out.flush()
}

fn write_first_account(out: &mut impl Write, settings: &Settings, address: &str) -> io::Result<()> {
    let accounts = &settings.accounts;
    let words = match (accounts.first_user_is_admin, accounts.registration_is_open) {
        (_, false) => {
            "There is no account yet, and registration is closed: vestibule create-admin makes the first."
        }
        (false, true) => {
            "There is no account yet. The first gets no rights of its own: vestibule create-admin makes an admin."
        }
        (true, true) if accounts.setup_token.is_some() => {
            "There is no account yet: the first that brings the setup token along becomes admin."
        }
        (true, true) => "There is no account yet: the first one becomes admin.",
    };
    writeln!(out, "\n  {words}")?;
    if accounts.registration_is_open {
        let is_guarded = accounts.first_user_is_admin && accounts.setup_token.is_some();
        let token = if is_guarded { r#", "setup_token": "...""# } else { "" };
        // Three dots are too short for a password, so nobody opens an account with the one shown here.
        writeln!(out, "\n  curl {address}/api/auth/register -H 'Content-Type: application/json' \\")?;
        writeln!(out, r#"    -d '{{"username": "...", "email": "...", "password": "..."{token}}}'"#)?;
    }
    Ok(())
}

/// The path from the root, so that it can be found from anywhere.
fn whole(path: &Path) -> std::path::PathBuf {
    absolute(path).unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn screen(arguments: &[&str], is_empty: bool) -> String {
        let settings = Settings::from_arguments(arguments, &|_| None, None).unwrap();
        let mut out = Vec::new();
        write(&mut out, &settings, "127.0.0.1:8080".parse().unwrap(), is_empty).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn an_empty_installation_tells_where_everything_is_and_how_to_begin() {
        let shown = screen(&["--data-dir", "/d"], true);
        for part in [
            "listening on   127.0.0.1:8080",
            "documentation  http://127.0.0.1:8080/docs",
            "data           SQLite, /d/vestibule.db",
            "mail           written to /d/mail (SMTP_URL is not set)",
            "secret key     /d/secret.key",
            "the first one becomes admin",
            "curl http://127.0.0.1:8080/api/auth/register",
        ] {
            assert!(shown.contains(part), "{part}: {shown}");
        }
    }

    #[test]
    fn only_what_is_true_is_said_about_the_first_account() {
        assert!(!screen(&[], false).contains("admin"));
        assert!(screen(&["--first-user-is-admin", "false"], true).contains("no rights of its own"));
        assert!(screen(&["--registration", "closed"], true).contains("registration is closed"));
        assert!(!screen(&["--registration", "closed"], true).contains("curl"));
    }

    /// S57: neither the setup token nor a password of the database or the mail server is shown.
    #[test]
    fn secrets_are_not_shown() {
        let url = "postgres://me:hunter2@db/accounts";
        let key = "0123456789abcdef0123456789abcdef";
        let token = "hunter2-hunter2-hunter2";
        let smtp = "smtps://me:hunter2@mail.example.org";
        let secrets =
            ["--setup-token", token, "--database-url", url, "--secret-key", key, "--smtp-url", smtp];
        let shown = screen(&secrets, true);
        assert!(shown.contains("brings the setup token along"), "{shown}");
        assert!(shown.contains("PostgreSQL, postgresql://db/accounts"), "{shown}");
        assert!(shown.contains("mail           SMTP, mail.example.org:465"), "{shown}");
        assert!(!shown.contains("hunter2") && !shown.contains(key), "{shown}");
    }

    #[test]
    fn behind_a_public_address_that_one_is_shown() {
        let shown = screen(&["--public-url", "https://accounts.example.org"], false);
        assert!(shown.contains("documentation  https://accounts.example.org/docs"), "{shown}");
    }
}
