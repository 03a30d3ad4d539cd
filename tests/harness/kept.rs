//! A server program of somebody else's, as the child of a small shell that ends it when the test process goes, however
//! it goes.

use std::fs::File;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// How long a start may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// The number of the program goes to standard output; the end of standard input ends it.
const KEEPER: &str = r#"
"$@" </dev/null >>"$LOG" 2>&1 &
server=$!
echo "$server"
read -r _
kill -KILL "$server" 2>/dev/null
wait "$server"
"#;

/// A running program.
pub(crate) struct Kept {
    keeper: Child,
    server: Pid,
}

impl Kept {
    /// Starts `program` with `arguments`; what it says goes to the file `log` in `folder`, where it works.
    pub(crate) fn start(program: &Path, arguments: &[&str], folder: &Path) -> Self {
        let mut command = Command::new("sh");
        command.args(["-c", KEEPER, "keeper"]).arg(program).args(arguments);
        command.current_dir(folder).env("LOG", folder.join("log")).process_group(0);
        let (output, told) = std::io::pipe().unwrap();
        let mut keeper = command.stdin(Stdio::piped()).stdout(told).stderr(Stdio::null()).spawn().unwrap();
        drop(command);
        let mut line = String::new();
        std::io::BufRead::read_line(
            &mut std::io::BufReader::new(File::from(std::os::fd::OwnedFd::from(output))),
            &mut line,
        )
        .unwrap();
        let Ok(server) = line.trim().parse() else {
            let _ = keeper.kill();
            panic!("{} did not start", program.display())
        };
        Self { keeper, server: Pid::from_raw(server).unwrap() }
    }

    /// Waits until `reached`, which is what being there means for this program.
    pub(crate) fn wait_until(what: &str, folder: &Path, mut reached: impl FnMut() -> bool) {
        let begun = Instant::now();
        while !reached() {
            if begun.elapsed() > PATIENCE {
                let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
                panic!("{what} is not there within {PATIENCE:?}:\n{log}");
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Freezes it: connections stay open and nothing answers.
    pub(crate) fn pause(&self) {
        kill_process(self.server, Signal::STOP).unwrap();
    }

    /// Lets it go on.
    pub(crate) fn resume(&self) {
        kill_process(self.server, Signal::CONT).unwrap();
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

/// The program `name` on the path, or what to type to have it.
pub(crate) fn program(name: &str, package: &str) -> std::path::PathBuf {
    #[expect(clippy::disallowed_methods, reason = "the harness looks for a program, it is not configured")]
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut places: Vec<_> = std::env::split_paths(&path).collect();
    places.extend(["/usr/bin".into(), "/usr/sbin".into()]);
    let found = places.iter().map(|place| place.join(name)).find(|file| file.is_file());
    found.unwrap_or_else(|| {
        panic!("{name} was not found; type `just setup`, or: sudo apt-get install {package}")
    })
}
