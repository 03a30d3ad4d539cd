use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tempfile::TempDir;
use vestibule_domain::random::Random;

use super::*;

struct Sevens;

impl Random for Sevens {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

fn folder() -> (TempDir, MediaStore) {
    let folder = TempDir::new().unwrap();
    let url = MediaUrl::Folder(folder.path().join("media"));
    (folder, MediaStore::open(&url, &S3Credentials::default()).unwrap())
}

fn name() -> AvatarName {
    AvatarName::new(&Sevens, &[9; 32])
}

fn picture(text: &'static str) -> Picture {
    Picture { large: text.into(), small: "small".into() }
}

#[test]
fn what_is_put_is_there_until_it_is_removed() {
    let (_folder, store) = folder();
    assert_eq!(store.get(&name(), AvatarSize::Large).unwrap(), None);
    store.delete(&name()).unwrap();
    store.put(&name(), &picture("large")).unwrap();
    assert_eq!(store.get(&name(), AvatarSize::Large).unwrap().as_deref(), Some(b"large".as_slice()));
    assert_eq!(store.get(&name(), AvatarSize::Small).unwrap().as_deref(), Some(b"small".as_slice()));
    store.put(&name(), &picture("again")).unwrap();
    assert_eq!(store.get(&name(), AvatarSize::Large).unwrap().as_deref(), Some(b"again".as_slice()));
    store.delete(&name()).unwrap();
    store.delete(&name()).unwrap();
    assert_eq!(store.get(&name(), AvatarSize::Small).unwrap(), None);
}

/// S104: nobody else enters, and nobody else could read.
#[test]
fn files_are_their_owners_alone() {
    let (folder, store) = folder();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is made before the first picture");
    store.put(&name(), &picture("large")).unwrap();
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let (media, avatars) = (folder.path().join("media"), folder.path().join("media/avatars"));
    assert_eq!((mode(&media), mode(&avatars)), (0o700, 0o700));
    let files: Vec<_> = fs::read_dir(&avatars).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 2);
    assert!(files.iter().all(|file| mode(file) == 0o600), "{files:?}");
}

/// F7: a folder that is none any more is told, and works again when it is one.
#[test]
fn a_broken_folder_is_told_and_mends() {
    let (folder, store) = folder();
    store.put(&name(), &picture("large")).unwrap();
    let (media, aside) = (folder.path().join("media"), folder.path().join("aside"));
    fs::rename(&media, &aside).unwrap();
    fs::write(&media, "no folder").unwrap();
    assert!(matches!(store.put(&name(), &picture("other")), Err(StoreFailure::Unavailable(_))));
    assert!(matches!(store.get(&name(), AvatarSize::Large), Err(StoreFailure::Unavailable(_))));
    fs::remove_file(&media).unwrap();
    fs::rename(&aside, &media).unwrap();
    assert_eq!(store.get(&name(), AvatarSize::Large).unwrap().as_deref(), Some(b"large".as_slice()));
    store.put(&name(), &picture("other")).unwrap();
}

/// F1: what a killed process had begun to write is no picture, and goes when it is old.
#[test]
fn half_written_files_are_swept_away() {
    let (folder, store) = folder();
    let now = UNIX_EPOCH + Duration::from_hours(24 * 365 * 50);
    assert_eq!(store.sweep(moment(now)).unwrap(), 0);
    store.put(&name(), &picture("large")).unwrap();
    let avatars = folder.path().join("media/avatars");
    let old = now - Duration::from_hours(2);
    for (file, at) in [("a-512.webp#1", old), ("b-512.webp#2", now)] {
        let file = File::create(avatars.join(file)).unwrap();
        file.set_modified(at).unwrap();
    }
    for entry in fs::read_dir(&avatars).unwrap().map(Result::unwrap) {
        if !entry.file_name().to_string_lossy().contains('#') {
            File::options().append(true).open(entry.path()).unwrap().set_modified(old).unwrap();
        }
    }
    assert_eq!(store.sweep(moment(now - Duration::from_hours(1))).unwrap(), 1);
    assert_eq!(fs::read_dir(&avatars).unwrap().count(), 3, "both sizes, and what is being written");
    assert!(store.get(&name(), AvatarSize::Small).unwrap().is_some());
}

fn moment(at: SystemTime) -> Timestamp {
    let seconds = at.duration_since(UNIX_EPOCH).unwrap().as_secs();
    Timestamp::from_unix_seconds(i64::try_from(seconds).unwrap()).unwrap()
}

#[test]
fn a_bucket_needs_keys_and_prints_none() {
    let url: MediaUrl = "s3://bucket/prefix".parse().unwrap();
    let refused = MediaStore::open(&url, &S3Credentials::default()).err().unwrap();
    assert!(refused.to_string().contains("AWS_ACCESS_KEY_ID"), "{refused}");
    let credentials = S3Credentials {
        access_key_id: Some("id".to_owned()),
        secret_access_key: Some("hunter2".to_owned()),
        session_token: Some("hunter2".to_owned()),
        ..S3Credentials::default()
    };
    assert!(!format!("{credentials:?}").contains("hunter2"));
}

/// Encrypted ways are gone with the certificates of the system; this only has to be ready for them.
#[test]
fn a_bucket_behind_tls_opens() {
    let url: MediaUrl = "s3://bucket".parse().unwrap();
    let credentials = S3Credentials {
        access_key_id: Some("id".to_owned()),
        secret_access_key: Some("secret".to_owned()),
        endpoint: Some("https://localhost:1".to_owned()),
        ..S3Credentials::default()
    };
    let store = MediaStore::open(&url, &credentials).unwrap();
    // Nobody listens there: it is told in time, by whatever thread.
    let told = store.get(&name(), AvatarSize::Large);
    assert!(matches!(told, Err(StoreFailure::Unavailable(_))));
}

/// It may be used and dropped within another runtime.
#[tokio::test]
async fn another_runtime_is_no_hindrance() {
    let (_folder, store) = folder();
    store.put(&name(), &picture("large")).unwrap();
    drop(store);
}
