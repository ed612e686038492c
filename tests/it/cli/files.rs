//! What is left on the disk: the log of what acts, modes, a state folder that cannot be.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::{Office, sentence};
use crate::harness::child;
use crate::harness::wait::eventually;

/// All bytes below a folder, file by file.
pub fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            let content = std::fs::read(&path).unwrap();
            found.push((path, content));
        }
    }
    found.sort();
    found
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().mode() & 0o7777
}

#[tokio::test]
async fn what_acts_is_logged_for_its_owner_alone() {
    let office = Office::open().await;
    office
        .run(&["-v", "users", "apply", "dev", "malang", "--yes"])
        .await;
    let logs = office.world.state_dir().join("logs");
    // The worker says its last word after its report, which is all that others wait for.
    let files = eventually("the worker's last word", || {
        let files = files(&logs);
        let ended = |text: &[u8]| String::from_utf8_lossy(text).contains("INFO worker ends");
        files.iter().any(|(_, text)| ended(text)).then_some(files)
    })
    .await;
    let [(path, text)] = files.as_slice() else {
        panic!("{files:?}");
    };
    let name = path.file_name().unwrap().to_str().unwrap();
    assert!(name.starts_with("selaras.2"), "{name}");
    assert_eq!((mode(&logs), mode(path)), (0o700, 0o600));
    let text = String::from_utf8_lossy(text);
    let run = office.runs().readable().unwrap().remove(0).id();
    for words in [
        format!(
            "INFO run started run={run} engine=\"users\" target=\"Dev\" operator=\"admin@kantor\""
        ),
        format!("INFO worker ends run=\"{run}\" exit=11"),
        "Malang: Failed to login to external API: Connection refused by ".to_owned(),
        "/api/auth/login) kind=\"partial\"".to_owned(),
        "DEBUG · apply Dev".to_owned(),
    ] {
        assert!(text.contains(&words), "no {words:?} in\n{text}");
    }
}

#[tokio::test]
async fn an_error_is_logged_once() {
    let office = Office::open().await;
    std::fs::create_dir(office.world.state_dir()).unwrap();
    office.run(&["users", "apply", "malang", "--yes"]).await;
    let files = files(&office.world.state_dir());
    let text: String = files
        .iter()
        .map(|(_, text)| String::from_utf8_lossy(text))
        .collect();
    assert_eq!(text.matches("Connection refused").count(), 1, "{text}");
}

#[tokio::test]
async fn a_state_folder_that_cannot_be_made_stops_only_what_acts() {
    let office = Office::open().await;
    let file = office.root.path().join("file");
    std::fs::write(&file, "").unwrap();
    let state = file.join("state");
    let state = ["--state-dir", state.to_str().unwrap()];
    let run = async |verb: &[&str]| office.run(&[&state, verb].concat()).await;
    run(&["users", "plan", "dev"]).await.expect(0, "25", "");
    run(&["users", "list"])
        .await
        .expect(0, "test_vendor1@dkm", "");
    run(&["config", "check"]).await.expect(0, "", "");
    run(&["users", "apply", "dev", "--yes"])
        .await
        .expect(6, "", "error: cannot create ");
    run(&["doctor"]).await.expect(6, "✗ permissions", "");
}

#[tokio::test]
async fn everything_a_run_leaves_is_its_owners_alone_whatever_the_umask() {
    let office = Office::open().await;
    let mut command = child::bare("/bin/sh");
    let line = format!(
        "umask 000; exec {} users apply dev --yes",
        super::office::PROGRAM
    );
    command.args(["-c", &line]).envs(office.environment());
    super::office::ended(command.into())
        .await
        .expect(0, &sentence(25, 0, 0), "");
    let mut folders = vec![office.world.state_dir()];
    while let Some(folder) = folders.pop() {
        assert_eq!(mode(&folder), 0o700, "{}", folder.display());
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                assert_eq!(mode(&path), 0o600, "{}", path.display());
            }
        }
    }
}
