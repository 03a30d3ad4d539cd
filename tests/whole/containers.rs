//! The files to make containers of, and the files to run without them. No engine is needed: what an engine would do is done
//! by hand, in a folder that holds what the image would.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::SystemTime;

use serde_json::Value;
use tempfile::TempDir;
use vestibule_server::settings::catalogue::CATALOGUE;

use crate::harness::kept::program;
use crate::harness::postgres::free_port;

pub(super) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

pub(super) fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The instructions of the Dockerfile, each in one line: its word and what follows.
fn instructions() -> Vec<(String, String)> {
    let text = read("Dockerfile").replace("\\\n", " ");
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let parted = lines.map(|line| line.split_once(' ').unwrap());
    parted
        .map(|(word, rest)| (word.to_owned(), rest.split_whitespace().collect::<Vec<_>>().join(" ")))
        .collect()
}

fn all(word: &str) -> Vec<String> {
    instructions().into_iter().filter(|(found, _)| found == word).map(|(_, rest)| rest).collect()
}

/// What is copied into the stage that builds: from where, to where.
fn copied() -> Vec<(String, String)> {
    let own = all("COPY").into_iter().filter(|copy| !copy.starts_with("--from"));
    own.flat_map(|copy| {
        let mut words: Vec<_> = copy.split(' ').map(str::to_owned).collect();
        let target = words.pop().unwrap();
        words.into_iter().map(move |source| (source, target.clone())).collect::<Vec<_>>()
    })
    .collect()
}

/// Whether `.dockerignore` lets `path` through: the last pattern that fits decides.
fn is_sent(path: &str) -> bool {
    let mut sent = true;
    for pattern in read(".dockerignore").lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let (lets_in, pattern) = pattern.strip_prefix('!').map_or((false, pattern), |rest| (true, rest));
        let parts: Vec<&str> = path.split('/').collect();
        let fits = match pattern.strip_prefix("**/") {
            None => pattern == "*" || parts[0] == pattern,
            Some(name) => parts.iter().any(|part| match name.strip_prefix('*') {
                Some(ending) => part.ends_with(ending),
                None => *part == name,
            }),
        };
        if fits {
            sent = lets_in;
        }
    }
    sent
}

/// Every file below `path` that would be sent.
fn files(path: &Path, found: &mut Vec<PathBuf>) {
    let relative = path.strip_prefix(root()).unwrap().to_str().unwrap();
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            files(&entry.unwrap().path(), found);
        }
    } else if is_sent(relative) {
        found.push(relative.into());
    }
}

/// S11: what is sent to the engine is what the build needs: no history, data, settings or keys.
#[test]
fn nothing_private_is_sent_to_the_engine() {
    for path in [
        ".git/config",
        ".env",
        "data/secret.key",
        "data/vestibule.db",
        "secrets/secret_key",
        "target/debug/vestibule",
        "crates/server/.env",
        "crates/x/.git/config",
        "crates/x/key.pem",
        "tests/main.rs",
        "compose.yaml",
    ] {
        assert!(!is_sent(path), "{path}");
    }
    let sources = copied();
    assert!(sources.len() >= 4, "{sources:?}");
    for (source, _) in &sources {
        assert!(root().join(source).exists() && is_sent(source), "{source}");
    }
}

/// The stage that builds, by hand: in a folder with nothing but what is copied, the command of the Dockerfile finds all it
/// needs and nothing it would have to change. It is checked rather than built, which says the same about what is there.
#[test]
fn what_is_copied_is_enough_to_build_from() {
    let folder = root().join("target/image/source");
    let mut wanted = BTreeSet::new();
    for (source, target) in copied() {
        let mut found = Vec::new();
        files(&root().join(&source), &mut found);
        for file in found {
            let below = Path::new(&target).join(file.strip_prefix(&source).unwrap_or(&file));
            let below = if root().join(&source).is_file() { Path::new(&target).join(&file) } else { below };
            let place = folder.join(below.strip_prefix("./").unwrap_or(&below));
            put(&root().join(&file), &place);
            wanted.insert(place);
        }
    }
    remove_others(&folder, &wanted);
    let run = all("RUN").into_iter().find(|run| run.starts_with("cargo build")).expect("a build");
    let build: Vec<_> = run.split(" && ").next().unwrap().split(' ').collect();
    let release = ["cargo", "build", "--release", "--locked", "--package", "vestibule", "--bin", "vestibule"];
    assert_eq!(build, release);
    let mut command = Command::new("cargo");
    command.arg("check").args(&build[3..]).arg("--offline").current_dir(&folder);
    // Where what others wrote has been checked already; a check puts no program in the place of another.
    command.env("CARGO_TARGET_DIR", root().join("target"));
    must(&mut command, "cargo check");
}

fn put(from: &Path, to: &Path) {
    let changed =
        |path: &Path| fs::metadata(path).and_then(|file| file.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
    if changed(from) != changed(to) {
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(from, to).unwrap();
        // So that what has not changed is not checked again.
        fs::File::options().write(true).open(to).unwrap().set_modified(changed(from)).unwrap();
    }
}

fn remove_others(folder: &Path, wanted: &BTreeSet<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            remove_others(&path, wanted);
        } else if !wanted.contains(&path) {
            fs::remove_file(path).unwrap();
        }
    }
}

pub(super) fn must(command: &mut Command, what: &str) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{what}: {error}; type `just setup`"));
    let said = [&*output.stdout, &*output.stderr].map(String::from_utf8_lossy).concat();
    assert!(output.status.success(), "{what}: {said}");
    output
}

/// The last stage, by hand: nobody's user, a root that cannot be written to, one folder that can. S104.
#[test]
fn the_image_runs_as_nobody_on_a_root_that_cannot_be_written_to() {
    let folder = TempDir::new_in("/tmp").unwrap();
    let (data, port) = (folder.path().join("data"), free_port());
    fs::create_dir(&data).unwrap();
    let script = r#"
        set -e
        mount -o remount,bind,ro /
        mount --bind "$DATA_DIR" "$DATA_DIR"
        mount -o remount,bind,rw "$DATA_DIR"
        cd "$DATA_DIR"
        if [ "$USER_ID" = 0 ]; then
            chown 65532:65532 .
            as="setpriv --reuid=65532 --regid=65532 --clear-groups --inh-caps=-all --no-new-privs"
        fi
        chmod 0700 .
        ! $as touch /not-here 2>/dev/null
        $as "$VESTIBULE" serve &
        server=$!
        for turn in $(seq 600); do
            if $as "$VESTIBULE" health 2>/dev/null; then break; fi
            sleep 0.1
        done
        $as "$VESTIBULE" health
        echo healthy
        echo "a quiet green harbour" | $as "$VESTIBULE" create-admin --username ada --email ada@example.org
        stat --format '%a %u %n' . ./*
        kill -TERM $server
        wait $server
        ! $as "$VESTIBULE" health 2>/dev/null
        echo stopped
    "#;
    let user = rustix::process::getuid();
    let mut command = Command::new(program("unshare", "util-linux"));
    if !user.is_root() {
        command.args(["--user", "--map-root-user"]);
    }
    command
        .args(["--mount", "sh", "-c", script])
        .env("DATA_DIR", &data)
        .env("BIND", format!("127.0.0.1:{port}"));
    command.env("USER_ID", user.as_raw().to_string()).env("LOG_FORMAT", "json");
    command.env("VESTIBULE", reachable_binary(folder.path()));
    let output = must(&mut command, "the image by hand");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("healthy") && said.contains("stopped"), "{said}");
    let owner = if user.is_root() { 65532 } else { 0 };
    for line in said.lines().filter(|line| line.contains(" ./") || line.ends_with(" .")) {
        let is_private =
            line.starts_with(&format!("600 {owner} ")) || line.starts_with(&format!("700 {owner} "));
        assert!(is_private, "{line}");
    }
    assert!(said.contains("./vestibule.db") && said.contains("./secret.key"), "{said}");
}

/// The program where everybody may read it, as in the image: a checkout may lie in somebody's own folder.
fn reachable_binary(folder: &Path) -> PathBuf {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
    let place = folder.join("vestibule");
    fs::copy(env!("CARGO_BIN_EXE_vestibule"), &place).unwrap();
    fs::set_permissions(&place, fs::Permissions::from_mode(0o755)).unwrap();
    place
}

/// The image has a C library and what comes with a compiler, and nothing else to link to.
#[test]
fn the_program_needs_no_library_the_image_has_not() {
    let output = must(Command::new("ldd").arg(env!("CARGO_BIN_EXE_vestibule")), "ldd");
    let text = String::from_utf8(output.stdout).unwrap();
    let there = [
        "linux-vdso.so",
        "libgcc_s.so",
        "libm.so",
        "libc.so",
        "ld-linux",
        "libdl.so",
        "libpthread.so",
        "librt.so",
    ];
    for line in text.lines().map(str::trim) {
        assert!(there.iter().any(|name| line.contains(name)), "{line}");
    }
}

/// By the usual rules for such files, with the tool for it.
#[test]
fn the_dockerfile_has_no_fault_the_linter_knows() {
    let linter = root().join("target/venv/bin/hadolint");
    must(
        Command::new(linter)
            .args(["--failure-threshold", "style", "--no-color"])
            .arg(root().join("Dockerfile")),
        "hadolint",
    );
}

/// S11, S104: no root, no password, and a health check that needs nothing but the program.
#[test]
fn the_image_is_nobodys_and_holds_no_secret() {
    assert_eq!(all("USER"), ["65532:65532"]);
    assert_eq!(all("FROM").len(), 2);
    assert_eq!(all("VOLUME"), [r#"["/data"]"#]);
    let health = all("HEALTHCHECK").pop().unwrap();
    assert!(health.ends_with(r#"CMD ["/usr/local/bin/vestibule", "health"]"#), "{health}");
    let set: BTreeMap<_, _> = all("ENV")
        .iter()
        .flat_map(|line| line.split(' ').map(str::to_owned).collect::<Vec<_>>())
        .map(|pair| pair.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())).unwrap())
        .collect();
    for name in set.keys() {
        let setting =
            CATALOGUE.iter().find(|setting| setting.name == name).unwrap_or_else(|| panic!("{name}"));
        assert!(!setting.is_secret, "{name}");
    }
    assert_eq!((&*set["DATA_DIR"], &*set["BIND"]), ("/data", "0.0.0.0:8080"));
}

/// `compose.yaml` as JSON, judged by the schema of the Compose Specification.
fn composed() -> Value {
    let script = "import json, sys, yaml, jsonschema_rs\n\
        composed = yaml.safe_load(open(sys.argv[1]))\n\
        faults = list(jsonschema_rs.validator_for(json.load(open(sys.argv[2]))).iter_errors(composed))\n\
        assert not faults, [(fault.message, list(fault.instance_path)) for fault in faults]\n\
        print(json.dumps(composed))\n";
    let mut command = Command::new(root().join("target/venv/bin/python"));
    command
        .args(["-c", script])
        .arg(root().join("compose.yaml"))
        .arg(root().join("tests/whole/compose_spec.json"));
    serde_json::from_slice(&must(&mut command, "compose.yaml").stdout).unwrap()
}

/// S11: nothing there has a password until somebody draws one, and one thing alone is reached from outside.
#[test]
fn what_is_composed_has_no_password_of_its_own() {
    let composed = composed();
    let services = composed["services"].as_object().unwrap();
    let open: Vec<_> =
        services.iter().filter(|(_, service)| !service["ports"].is_null()).map(|(name, _)| name).collect();
    assert_eq!(open, ["proxy"]);
    assert_eq!(composed["networks"]["inside"]["internal"], true);
    for (name, service) in services {
        let environment = service["environment"].as_object().into_iter().flatten();
        for (variable, value) in environment {
            let is_secret = ["PASSWORD", "SECRET", "TOKEN", "KEY"].iter().any(|word| variable.contains(word));
            let value = value.as_str().unwrap();
            assert!(!is_secret || value.starts_with("/run/secrets/"), "{name}: {variable}");
            assert!(!value.contains("://") || !value.contains('@'), "{name}: {variable}");
            if name == "vestibule" {
                let is_known = CATALOGUE.iter().any(|setting| {
                    setting.name == variable || setting.file_twin().as_deref() == Some(variable)
                });
                assert!(is_known, "{variable} is no setting");
            }
        }
        assert!(
            service["security_opt"].as_array().unwrap().contains(&"no-new-privileges:true".into()),
            "{name}"
        );
        for place in service["secrets"].as_array().into_iter().flatten() {
            assert!(!composed["secrets"][place.as_str().unwrap()].is_null(), "{name}: {place}");
        }
    }
    let proxy = services["proxy"]["networks"]["front"]["ipv4_address"].as_str().unwrap();
    assert_eq!(services["vestibule"]["environment"]["TRUSTED_PROXIES"], proxy);
    assert_eq!(
        (&services["vestibule"]["read_only"], &services["vestibule"]["cap_drop"][0]),
        (&true.into(), &"ALL".into())
    );
}

/// S11: every secret is drawn, once, and another time is another.
#[test]
fn secrets_are_drawn_once_and_are_nobody_elses() {
    let composed = composed();
    let wanted: BTreeSet<_> = composed["secrets"].as_object().unwrap().keys().cloned().collect();
    let folder = TempDir::new().unwrap();
    let draw = |place: &str| {
        let place = folder.path().join(place);
        must(Command::new("sh").arg(root().join("deploy/make-secrets")).arg(&place), "make-secrets");
        let entries = fs::read_dir(&place).unwrap().map(|entry| entry.unwrap().path());
        entries
            .map(|path| {
                (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(&path).unwrap())
            })
            .collect::<BTreeMap<_, _>>()
    };
    let (one, again, other) = (draw("one"), draw("one"), draw("other"));
    assert_eq!(one, again);
    for name in &wanted {
        assert!(one[name].len() >= 64 && one[name] != other[name], "{name}");
    }
    let url: vestibule_persistence::DatabaseUrl = one["database_url"].trim().parse().unwrap();
    assert_eq!(url.to_string(), "postgresql://postgres/vestibule");
    assert!(one["redis_conf"].contains(one["redis_password"].trim()));
    let mode =
        |path: &Path| std::os::unix::fs::PermissionsExt::mode(&fs::metadata(path).unwrap().permissions());
    assert_eq!(mode(&folder.path().join("one")) & 0o777, 0o700);
    assert!(read(".gitignore").lines().any(|line| line == "/secrets") && !is_sent("secrets"));
}

/// The unit is one to systemd, its settings are ours, and it gives the server little to do harm with.
#[test]
fn the_unit_is_understood_and_strict() {
    let text = read("deploy/systemd/vestibule.service");
    for line in text.lines().filter_map(|line| line.strip_prefix("Environment=")) {
        let name = line.split('=').next().unwrap();
        let is_known = |setting: &&vestibule_server::settings::catalogue::Setting| {
            setting.name == name || setting.file_twin().as_deref() == Some(name)
        };
        assert!(CATALOGUE.iter().any(|setting| is_known(&setting)), "{name} is no setting");
    }
    let folder = TempDir::new().unwrap();
    let unit = folder.path().join("vestibule.service");
    fs::write(&unit, text.replace("/usr/local/bin/vestibule", env!("CARGO_BIN_EXE_vestibule"))).unwrap();
    let analyze = program("systemd-analyze", "systemd");
    let verified = must(Command::new(&analyze).arg("verify").arg(&unit), "systemd-analyze verify");
    assert_eq!(String::from_utf8_lossy(&verified.stderr), "");
    // Ten is a process that may do everything; what is left is the network.
    let strict = ["security", "--offline=true", "--threshold=15", "--no-pager"];
    must(Command::new(&analyze).args(strict).arg(&unit), "systemd-analyze security");
}
