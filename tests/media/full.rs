//! The disk is full.

use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::{Pictures, fetch, files_below, path_of, upload};
use crate::faults::on;
use crate::harness::database::TestDatabase;
use crate::harness::{Backend, Process, given};

on_both!(a_full_disk_costs_nobody_their_picture);

/// A server whose pictures lie on a disk of their own, half a megabyte large, that nobody else sees.
struct Confined {
    child: Child,
    process: Process,
}

impl Confined {
    async fn start(database: &TestDatabase) -> Self {
        let process = on(database, &[("MEDIA_URL", "small/media")]);
        let disk = process.folder().join("small");
        std::fs::create_dir(&disk).unwrap();
        let bare = process.command(&[]);
        let mut command = Command::new("unshare");
        let script = format!("mount -t tmpfs -o size=512k tmpfs {} && cd . && exec \"$0\"", disk.display());
        command.args(["--user", "--map-root-user", "--mount", "sh", "-c", &script]).arg(bare.get_program());
        command.env_clear().envs(bare.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").current_dir(process.folder());
        let log = std::fs::File::create(process.folder().join("log")).unwrap();
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).process_group(0);
        let child = command.spawn().expect("unshare, which util-linux brings");
        let confined = Self { child, process };
        let begun = Instant::now();
        while std::net::TcpStream::connect(confined.process.address()).is_err() {
            let log = std::fs::read_to_string(confined.process.folder().join("log")).unwrap();
            assert!(begun.elapsed() < Duration::from_mins(1), "the server is not there: {log}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        confined
    }

    /// The disk as the server sees it.
    fn disk(&self) -> PathBuf {
        let folder = self.process.folder().strip_prefix("/").unwrap().join("small");
        PathBuf::from(format!("/proc/{}/root", self.child.id())).join(folder)
    }
}

impl Drop for Confined {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// F7: no picture half there, the old one stays and is served, and it works again when there is space.
async fn a_full_disk_costs_nobody_their_picture(backend: Backend) {
    let pictures = Pictures::make(&["plain.png", "noise.png"]);
    let database = TestDatabase::new(backend);
    let server = Confined::start(&database).await;
    let stranger = server.process.anonymous();
    stranger.post("/api/auth/register", given::registration("alice")).await.assert_status(201);
    let alice = stranger.sign_in("alice").await;
    let path = path_of(upload(&alice, pictures.bytes("plain.png")).await.assert_status(200));
    let whole = fetch(&stranger, &path, &[]).await;

    // What is left of the disk is less than the next picture needs.
    let filler = server.disk().join("filler");
    let free = (512 << 10) - 64 * 1024;
    std::fs::write(&filler, vec![0; free]).unwrap();
    for _ in 0..3 {
        let answer = upload(&alice, pictures.bytes("noise.png")).await;
        answer.assert_error(503, "unavailable");
        assert_eq!(path_of(&alice.get("/api/auth/profile").await), path);
        assert_eq!(fetch(&stranger, &path, &[]).await.bytes, whole.bytes);
    }
    let lying = files_below(&server.disk().join("media"));
    assert!(
        lying.iter().all(|file| !file.to_string_lossy().contains('#')),
        "nothing half written: {lying:?}"
    );

    std::fs::remove_file(&filler).unwrap();
    let next = path_of(upload(&alice, pictures.bytes("noise.png")).await.assert_status(200));
    assert_eq!(fetch(&stranger, &next, &[]).await.status, 200);
    assert_eq!(fetch(&stranger, &path, &[]).await.status, 404);
}
