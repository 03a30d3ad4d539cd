//! The page that walks through a migration, with its commands as a reader would type them.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::{PYTHON, SCRIPTS};
use crate::harness::kept::program;
use crate::harness::postgres::{Postgres, free_port};

const PAGE: &str = include_str!("../../docs/moving-in.md");

/// Before a block that is run.
const MARK: &str = "<!-- tested -->";

/// A command of the page and the lines it is to answer.
#[derive(Debug, Default)]
struct Step {
    command: String,
    answers: Vec<String>,
}

/// One shell runs every command in the order of the page, in a folder where the old systems lie.
#[test]
fn the_page_does_what_it_says() {
    let steps = steps(PAGE);
    assert!(steps.len() >= 18, "{}", steps.len());
    program("curl", "curl");
    let folder = TempDir::new().unwrap();
    make_old_systems(folder.path());
    let said = run(&steps, folder.path());
    for (n, step) in steps.iter().enumerate() {
        let answered = &said[n];
        assert_eq!(answered.code, "0", "{}: {}", step.command, answered.text);
        let mut lines = answered.text.lines();
        for expected in &step.answers {
            let is_there = lines.any(|line| fits(expected, line));
            assert!(is_there, "{}\nis to answer: {expected}\nand answered: {}", step.command, answered.text);
        }
    }
}

/// The commands in the marked blocks: what follows `$ `, with the lines after a backslash; and below it what it answers.
fn steps(page: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for block in page.split(MARK).skip(1) {
        let block = block.trim_start().strip_prefix("```console\n").expect("a block behind the mark");
        let block = block.split("```").next().unwrap();
        let mut goes_on = false;
        for line in block.lines() {
            match line.strip_prefix("$ ") {
                Some(command) => steps.push(Step { command: command.to_owned(), answers: Vec::new() }),
                None if goes_on => {
                    let step = steps.last_mut().unwrap();
                    step.command.push('\n');
                    step.command.push_str(line);
                }
                None => steps.last_mut().expect("a command before its answer").answers.push(line.to_owned()),
            }
            goes_on = line.ends_with('\\') && (goes_on || line.starts_with("$ "));
        }
    }
    for step in &mut steps {
        step.answers.retain(|line| line != "...");
    }
    steps
}

/// Whether `line` is `expected`, in which `...` stands for anything.
fn fits(expected: &str, line: &str) -> bool {
    let mut parts = expected.split("...");
    let Some(mut rest) = line.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.is_empty() || expected.ends_with("...")
}

fn make_old_systems(folder: &Path) {
    let mut script = Command::new(PYTHON);
    let script = script.arg("-B").arg(Path::new(SCRIPTS).join("walkthrough.py")).current_dir(folder);
    let output = script.output().expect("python in target/venv; type `just setup`");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

struct Said {
    code: String,
    text: String,
}

/// What each step said, and how it ended.
fn run(steps: &[Step], folder: &Path) -> Vec<Said> {
    let server = Postgres::shared();
    // The names are the page's, and the server's alone.
    server.sql("postgres", "drop database if exists vestibule");
    server.sql("postgres", "drop role if exists vestibule");
    server.sql("postgres", "create role vestibule login password 'of the walk'");
    server.sql("postgres", "create database vestibule owner vestibule template template0");
    let port = server.url("x").rsplit_once(':').unwrap().1.split('/').next().unwrap().to_owned();
    fs::create_dir(folder.join("bin")).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_vestibule"), folder.join("bin/vestibule")).unwrap();
    // Whatever ends early leaves no server behind.
    let mut script = String::from("trap 'kill $(jobs -p) 2>/dev/null' EXIT\n");
    for (n, step) in steps.iter().enumerate() {
        let command = &step.command;
        writeln!(script, "exec > step-{n}.txt 2>&1\n{command}\necho $? > code-{n}.txt").unwrap();
    }
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", folder.join("bin").display());
    let mut shell = Command::new("bash");
    shell.arg("-c").arg(script).current_dir(folder).env_clear().stdin(Stdio::null());
    shell.env("PATH", path).env("BIND", format!("127.0.0.1:{}", free_port()));
    shell.env("PGPORT", port).env("PGPASSWORD", "of the walk");
    shell.status().unwrap();
    server.drop_database("vestibule");
    let read = |name: String| fs::read_to_string(folder.join(name)).unwrap_or_default();
    let said = |n| Said {
        code: read(format!("code-{n}.txt")).trim().to_owned(),
        text: read(format!("step-{n}.txt")),
    };
    (0..steps.len()).map(said).collect()
}

#[test]
fn what_is_left_out_stands_for_anything() {
    for (expected, line, is_same) in [
        ("a...c", "abc", true),
        ("a...c", "ac", true),
        ("a...c", "abcd", false),
        ("a...", "abcd", true),
        ("...d", "abcd", true),
        ("abc", "abcd", false),
        ("bc", "abc", false),
    ] {
        assert_eq!(fits(expected, line), is_same, "{expected} {line}");
    }
}
