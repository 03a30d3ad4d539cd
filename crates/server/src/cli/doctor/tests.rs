use super::*;

fn seen(findings: &[Finding], what: &str) -> Vec<Health> {
    findings.iter().filter(|finding| finding.what == what).map(|finding| finding.health).collect()
}

fn now() -> Timestamp {
    SystemClock.now()
}

fn settings(dir: &Path, more: &[&str]) -> Settings {
    let arguments = ["--data-dir", dir.to_str().unwrap()].into_iter().chain(more.iter().copied());
    Settings::from_arguments(arguments, &|_| None, None).unwrap()
}

#[test]
fn an_installation_that_is_not_there_yet_only_warns_and_nothing_is_made() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let findings = examine(&settings(&data, &[]), now());
    assert_eq!(seen(&findings, "data folder"), [Health::Warn]);
    assert_eq!(seen(&findings, "database"), [Health::Warn]);
    assert!(!data.exists());
}

#[test]
fn an_installation_in_order_is_told_so() {
    let dir = tempfile::tempdir().unwrap();
    let settings = settings(&dir.path().join("data"), &[]);
    let database = store::open(&settings).unwrap();
    database.migrate().unwrap();
    secret_key::settle(&settings, &database, &crate::system::SystemRandom).unwrap();
    let findings = examine(&settings, now());
    assert!(
        findings.iter().all(|finding| finding.health == Health::Ok || finding.what == "disk"),
        "{findings:#?}"
    );
    assert_eq!(seen(&findings, "secret key"), [Health::Ok]);
}

#[test]
fn a_lost_key_and_open_files_are_found() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let settings = settings(&dir.path().join("data"), &[]);
    let database = store::open(&settings).unwrap();
    database.migrate().unwrap();
    secret_key::settle(&settings, &database, &crate::system::SystemRandom).unwrap();
    std::fs::remove_file(settings.data.secret_key_file()).unwrap();
    let file = settings.data.dir.join("vestibule.db");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let findings = examine(&settings, now());
    assert_eq!(seen(&findings, "secret key"), [Health::Fail]);
    assert_eq!(seen(&findings, "modes"), [Health::Warn]);
}

#[test]
fn a_database_that_is_away_fails_and_its_password_is_not_shown() {
    let dir = tempfile::tempdir().unwrap();
    let url = "postgres://me:hunter2@127.0.0.1:1/accounts";
    let findings = examine(&settings(dir.path(), &["--database-url", url]), now());
    assert_eq!(seen(&findings, "database"), [Health::Fail]);
    assert!(!format!("{findings:?}").contains("hunter2"), "{findings:?}");
}

/// S57: nothing that is only useful stops the server, so it fails nothing, and no password is shown.
#[test]
fn redis_and_a_mail_server_that_are_away_are_told() {
    let dir = tempfile::tempdir().unwrap();
    let [redis, smtp] = ["redis", "smtp"].map(|scheme| format!("{scheme}://me:hunter2@127.0.0.1:1"));
    let findings = examine(&settings(dir.path(), &["--redis-url", &redis, "--smtp-url", &smtp]), now());
    assert_eq!(seen(&findings, "redis"), [Health::Warn]);
    assert_eq!(seen(&findings, "mail"), [Health::Warn]);
    assert!(!format!("{findings:?}").contains("hunter2"), "{findings:?}");
}

#[test]
fn mails_that_lie_in_a_folder_are_told_of_where_people_wait_for_them() {
    let dir = tempfile::tempdir().unwrap();
    let mail = |more: &[&str]| seen(&examine(&settings(dir.path(), more), now()), "mail");
    assert_eq!(mail(&[]), [Health::Ok]);
    assert_eq!(mail(&["--public-url", "https://a.example"]), [Health::Warn]);
}

#[test]
fn signing_keys_that_do_not_open_fail() {
    let dir = tempfile::tempdir().unwrap();
    let settings = settings(&dir.path().join("data"), &[]);
    let database = store::open(&settings).unwrap();
    database.migrate().unwrap();
    let random = &crate::system::SystemRandom;
    let key = secret_key::settle(&settings, &database, random).unwrap();
    assert_eq!(seen(&examine(&settings, now()), "signing keys"), [Health::Ok], "there is none");
    let keys = |key: &str| {
        store::accounts(
            &settings,
            database.clone(),
            &crate::settings::Secret::new(key.to_owned()),
            "http://localhost",
            random,
        )
        .unwrap()
        .keys
    };
    keys(key.reveal()).rotate(now(), random).unwrap();
    assert_eq!(seen(&examine(&settings, now()), "signing keys"), [Health::Ok]);
    let _ = keys("not the key of this database, but as long").rotate(now(), random);
    assert_eq!(seen(&examine(&settings, now()), "signing keys"), [Health::Fail]);
}

#[test]
fn a_wrong_clock_a_full_disk_and_a_missing_certificate_fail() {
    let epoch = now().minus(std::time::Duration::from_hours(24 * 365 * 40));
    assert_eq!(examine_clock(epoch).health, Health::Fail);
    assert_eq!(
        [judge_room(0), judge_room(DISK_FULL), judge_room(DISK_LOW)].map(|f| f.health),
        [Health::Fail, Health::Warn, Health::Ok]
    );
    let dir = tempfile::tempdir().unwrap();
    let findings =
        examine(&settings(dir.path(), &["--tls-cert", "/gone.pem", "--tls-key", "/gone.pem"]), now());
    assert_eq!(seen(&findings, "tls"), [Health::Fail]);
}
