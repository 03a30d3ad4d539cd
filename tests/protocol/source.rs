//! What the source itself must hold, for what no request can show.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every Rust file of the rooms and what it says, without its line comments.
fn sources() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join("crates")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let code = |line: &str| line.split("//").next().unwrap_or_default().to_owned();
                found.push((path, text.lines().map(code).collect::<Vec<_>>().join("\n")));
            }
        }
    }
    assert!(found.len() > 100, "{} files", found.len());
    found
}

/// The product's own: without tests, which may compare what they like.
fn product() -> Vec<(PathBuf, String)> {
    let is_test = |path: &Path| {
        let path = path.strip_prefix(root().join("crates")).unwrap().to_string_lossy().into_owned();
        path.contains("/tests/") || path.ends_with("tests.rs")
    };
    let without_tests = |text: String| text.split("#[cfg(test)]\nmod tests {").next().unwrap().to_owned();
    let sources = sources().into_iter().filter(|(path, _)| !is_test(path));
    sources.map(|(path, text)| (path, without_tests(text))).collect()
}

/// Types that hold a secret, and what they may be asked.
const SECRETS: [&str; 6] = ["TokenSecret", "Password", "Secret", "SetupToken", "Pepper", "Peppers"];

/// S86, S19: a secret is neither printed nor compared byte by byte until the first that differs.
#[test]
fn secrets_can_be_neither_printed_nor_compared() {
    let product = product();
    for secret in SECRETS {
        let name = format!("struct {secret}");
        let places = product.iter().flat_map(|(path, text)| {
            let ends = |at: &usize| !text[at + name.len()..].starts_with(char::is_alphanumeric);
            text.match_indices(&name)
                .map(|(at, _)| at)
                .filter(ends)
                .map(move |at| (path, text, at))
                .collect::<Vec<_>>()
        });
        let declared: Vec<_> = places.collect();
        let [(path, text, at)] = declared[..] else {
            panic!("{secret} is declared {} times", declared.len())
        };
        // The attributes directly above.
        let attributes: Vec<&str> =
            text[..at].lines().rev().skip(1).take_while(|line| line.trim_start().starts_with("#[")).collect();
        for forbidden in ["PartialEq", "Debug", "Display", "Serialize", "Hash", "Ord"] {
            let derived = attributes.iter().any(|line| line.contains(forbidden));
            assert!(!derived, "{} derives {forbidden} for {secret}", path.display());
            for (place, text) in &product {
                let by_hand = text.contains(&format!("{forbidden} for {secret} "));
                let is_masked = forbidden == "Debug" && hides(text, secret);
                assert!(!by_hand || is_masked, "{} writes {forbidden} for {secret}", place.display());
            }
        }
    }
}

/// Whether the `Debug` of `secret` writes a fixed text.
fn hides(text: &str, secret: &str) -> bool {
    let Some((_, rest)) = text.split_once(&format!("Debug for {secret} ")) else { return false };
    let body = rest.split("\n}").next().unwrap();
    !body.contains("self.")
}

/// S86: revealed secrets, digests and keys meet no `==`.
#[test]
fn secrets_are_compared_in_constant_time_alone() {
    let asks = [
        "reveal()",
        "typed()",
        "normalized()",
        "digest",
        "secret",
        "token",
        "password",
        "pepper",
        "hmac",
        "_key",
    ];
    // Both sides come from the same body; a count of rows; a public name of a key; lengths; digests by their own type,
    // whose `==` takes constant time; marks of an import, of which both sides are the installation's own or come from whoever
    // runs it, and which open nothing; names of columns; what a check has said.
    let harmless = [
        "*again != body.password",
        ".execute(conn)? == 1",
        "pepper.id == id",
        "jwk::thumbprint(",
        "digest.len())",
        "token.digest == *digest",
        "Some(*digest)",
        "row.kept_digest != Some(digest::of_kept(",
        "row.kept_digest == Some(digest::of_kept(",
        "known.kept_digest == Some(digest_of(shown))",
        "candidate.digest != row.digest",
        "known.digest == digest",
        "name == TOKEN",
        "row.digest != *digest",
        "mark.digest != digest_of(name)",
        "== Some(&row.digest)",
        "own_key.as_ref() == Some(key)",
        "before == Some(*digest.as_bytes())",
        "key.name() != token.name()",
        "name == \"authtokentoken\"",
        "token.len() == 40",
        "!= Verdict::Rejected",
    ];
    let mut suspects = Vec::new();
    for (path, text) in product() {
        for (number, line) in text.lines().enumerate() {
            let is_secret = operands(line).iter().any(|operand| asks.iter().any(|ask| operand.contains(ask)));
            if is_secret && !harmless.iter().any(|known| line.contains(known)) {
                let path = path.strip_prefix(root()).unwrap_or(&path).display().to_string();
                suspects.push(format!("{}:{} {}", path, number + 1, line.trim()));
            }
        }
    }
    assert_eq!(suspects, Vec::<String>::new(), "compare with subtle::ConstantTimeEq");
}

/// What stands on both sides of every `==` and `!=` of a line, in lower case.
fn operands(line: &str) -> Vec<String> {
    let words: Vec<String> = line.split_whitespace().map(str::to_lowercase).collect();
    let signs = (0..words.len()).filter(|at| matches!(words[*at].as_str(), "==" | "!="));
    let around = signs.flat_map(|at| [at.checked_sub(1), at.checked_add(1)]).flatten();
    around.filter_map(|at| words.get(at).cloned()).collect()
}

/// S95: our own code is safe Rust, and no room lifts the ban.
#[test]
fn no_room_holds_unsafe_code() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    assert!(manifest.contains("unsafe_code = \"forbid\""), "the workspace forbids it");
    for room in fs::read_dir(root().join("crates")).unwrap() {
        let manifest = room.unwrap().path().join("Cargo.toml");
        let text = fs::read_to_string(&manifest).unwrap();
        assert!(text.contains("[lints]\nworkspace = true"), "{} takes the lints", manifest.display());
    }
    for (path, text) in sources() {
        for (at, _) in text.match_indices("unsafe") {
            let is_inside = text[..at].ends_with(|c: char| c.is_alphanumeric() || "_'".contains(c));
            let marks = [" {", " fn", " impl", " trait", " extern", "(", "_code"];
            let is_meant = marks.iter().any(|mark| text[at + 6..].starts_with(mark));
            assert!(is_inside || !is_meant, "{}: {}", path.display(), text[at..].lines().next().unwrap());
        }
    }
}

/// S105: no room starts another program, so no word of a stranger can become part of a command.
#[test]
fn no_room_starts_a_program() {
    for (path, text) in product() {
        let is_shipped = !path.to_string_lossy().contains("/benches/");
        assert!(!is_shipped || !text.contains("process::Command"), "{}", path.display());
    }
}

/// S30: SQL is put together from texts where names of tables are read or copied, through a type that quotes them, and
/// nowhere else.
#[test]
fn sql_is_put_together_in_two_places_alone() {
    let mut places = BTreeSet::new();
    for (path, text) in product() {
        if text.contains("sql_query(") {
            let path = path.strip_prefix(root().join("crates")).unwrap().to_string_lossy().into_owned();
            places.insert(path.rsplit_once('/').unwrap().0.to_owned());
        }
        let flat: String = text.split_whitespace().collect();
        assert!(
            !flat.contains("sql_query(format!") && !flat.contains("sql_query(&format!"),
            "{}",
            path.display()
        );
    }
    let known = ["persistence/src/copy", "persistence/src/foreign"].map(str::to_owned);
    assert_eq!(places, BTreeSet::from(known));
}

/// What cargo has resolved: the packages, and for each the packages that need it.
fn resolved() -> (BTreeMap<String, Value>, BTreeMap<String, BTreeSet<String>>) {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--format-version", "1", "--locked", "--offline"]).current_dir(root());
    let output = cargo.output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the lockfile is not the one of the manifests: {complaint}");
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let id = |package: &Value| package["id"].as_str().unwrap().to_owned();
    let name = |package: &Value| package["name"].as_str().unwrap().to_owned();
    let names: BTreeMap<String, String> =
        packages.iter().map(|package| (id(package), name(package))).collect();
    let mut needed_by: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for node in metadata["resolve"]["nodes"].as_array().unwrap() {
        for needed in node["dependencies"].as_array().unwrap() {
            let by = needed_by.entry(names[needed.as_str().unwrap()].clone()).or_default();
            by.insert(names[node["id"].as_str().unwrap()].clone());
        }
    }
    let packages = packages.iter().map(|package| (name(package), package.clone())).collect();
    (packages, needed_by)
}

/// S95: OpenSSL is there for libpq alone, and every package comes from the registry by its checksum.
#[test]
fn openssl_serves_libpq_alone_and_the_lockfile_holds() {
    let (packages, needed_by) = resolved();
    // (openssl-probe is there for `rediss://`: it looks where the system keeps its certificates, and is no OpenSSL.)
    for stranger in ["openssl", "native-tls", "rsa"] {
        let wanted_by = needed_by.get(stranger);
        assert!(!packages.contains_key(stranger), "{stranger} is here for {wanted_by:?}");
    }
    let only = |name: &str| needed_by.get(name).cloned().unwrap_or_default();
    // Our own lines turn on the build from source.
    let allowed = |name: &String| name == "pq-src" || name.starts_with("vestibule-");
    assert!(only("openssl-sys").iter().all(allowed), "{:?}", only("openssl-sys"));
    for (name, package) in &packages {
        let source = package["source"].as_str();
        let ours = source.is_none() && name.starts_with("vestibule");
        let registry = source == Some("registry+https://github.com/rust-lang/crates.io-index");
        assert!(ours || registry, "{name} comes from {source:?}");
    }
    let lockfile = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let (sources, checksums) =
        (lockfile.matches("\nsource = ").count(), lockfile.matches("\nchecksum = ").count());
    assert_eq!(sources, checksums, "every package from elsewhere has its checksum");
}

/// S95: the gates run where changes come in.
#[test]
fn the_gates_run_in_ci() {
    let justfile = fs::read_to_string(root().join("justfile")).unwrap();
    let ci = justfile.lines().find(|line| line.starts_with("ci:")).unwrap();
    for gate in ["lint", "deny", "test"] {
        assert!(ci.split_whitespace().any(|word| word == gate), "{ci}");
    }
    assert!(justfile.contains("cargo deny --locked check") && justfile.contains("--deny warnings"));
}
