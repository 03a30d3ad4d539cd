//! Who may read what the server keeps.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::harness::{Process, given, raw};

/// S104: whatever the umask is, files are their owner's alone, and so are folders, while the server runs and has
/// written.
#[test]
fn what_a_running_server_keeps_is_its_owners_alone() {
    for umask in ["022", "000"] {
        let server = Process::prepare(&[("ARGON2_MEMORY_KIB", "7168"), ("ARGON2_PASSES", "5")]);
        let bare = server.command(&[]);
        let mut command = Command::new("sh");
        command.arg("-c").arg(format!("umask {umask}; exec \"$0\"")).arg(bare.get_program()).env_clear();
        command.envs(bare.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.current_dir(server.folder()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let sign_up = given::registration("alice");
        let sign_up = raw::Request::json(server.address(), "POST", "/api/auth/register", None, &sign_up);
        let begun = Instant::now();
        let answer = loop {
            match sign_up.send() {
                Ok(answer) => break answer,
                Err(error) => assert!(begun.elapsed() < Duration::from_secs(30), "{error}"),
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        let mut modes: Vec<(String, u32)> = Vec::new();
        let data = server.folder().join("data");
        for path in fs::read_dir(&data).unwrap().map(|entry| entry.unwrap().path()).chain([data.clone()]) {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            modes.push((name, fs::metadata(&path).unwrap().permissions().mode() & 0o7777));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        answer.assert_status(201);
        modes.sort();
        let expected = [
            ("data", 0o700),
            ("secret.key", 0o600),
            ("vestibule.db", 0o600),
            ("vestibule.db-shm", 0o600),
            ("vestibule.db-wal", 0o600),
        ];
        assert_eq!(modes, expected.map(|(name, mode)| (name.to_owned(), mode)), "umask {umask}");
    }
}
