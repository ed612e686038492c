//! Config and `.env` name programs that are run, so only what nobody else can write is read.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};

use rustix::fs::{CWD, FileType, Mode, mknodat};
use rustix::process::geteuid;

use super::Place;
use crate::harness::child::tool;
use crate::harness::wait::status_of;

const CONFIG: &str = "config/selaras/config.toml";
const DOTENV: &str = "config/selaras/.env";

impl Place {
    fn chmod(&self, below: &str, mode: u32) {
        fs::set_permissions(self.path(below), Permissions::from_mode(mode)).unwrap();
    }
}

/// The command that a refusal ends in.
fn mend(refusal: &str) -> &str {
    let (_, command) = refusal.rsplit_once("then: ").unwrap();
    command
}

#[test]
fn a_file_or_folder_that_others_may_write_is_refused_until_it_is_mended() {
    let table = [
        (CONFIG, 0o646, CONFIG),
        (DOTENV, 0o622, DOTENV),
        ("config/selaras", 0o757, DOTENV),
    ];
    for (below, mode, named) in table {
        let place = Place::with("").dotenv("SERVE_API_KEY_COMMAND='echo no'");
        place.chmod(below, mode);
        let refusal = place.refusal();
        let reason = format!("{below} can be changed by everybody (mode 0{mode:o})");
        assert!(refusal.contains(&reason), "{refusal}");
        assert!(
            refusal.contains(&format!("{named} is not read")),
            "{refusal}"
        );
        let mut shell = tool("sh");
        shell
            .current_dir(place.folder.path())
            .args(["-c", mend(&refusal)]);
        assert!(status_of(shell.spawn().unwrap()).success(), "{refusal}");
        place.load();
    }
}

#[test]
fn a_sticky_folder_of_roots_or_ours_is_no_danger() {
    let place = Place::with("").dotenv("A=1");
    place.chmod("config/selaras", 0o1777);
    place.load();
}

#[test]
fn what_belongs_to_another_user_is_refused() {
    // Only root can give a file away.
    if !geteuid().is_root() {
        return;
    }
    for below in [CONFIG, DOTENV, "config/selaras"] {
        let place = Place::with("").dotenv("SERVE_API_KEY_COMMAND='echo no'");
        chown(place.path(below), Some(4242), None).unwrap();
        let refusal = place.refusal();
        assert!(
            refusal.contains(&format!("{below} belongs to uid 4242")),
            "{refusal}"
        );
        assert!(mend(&refusal).starts_with("chown "), "{refusal}");
    }
}

#[test]
fn a_link_to_a_safe_file_is_read_and_one_to_a_pipe_is_not() {
    let place = Place::new();
    place.write("real.toml", "operator = \"admin@kantor\"");
    symlink(place.path("real.toml"), place.path(CONFIG)).unwrap();
    assert_eq!(place.load().operator, "admin@kantor");
    place.chmod("real.toml", 0o602);
    assert!(place.refusal().contains("can be changed by everybody"));
    mknodat(CWD, place.path("pipe"), FileType::Fifo, Mode::RUSR, 0).unwrap();
    symlink(place.path("pipe"), place.path(DOTENV)).unwrap();
    place.chmod("real.toml", 0o600);
    let refusal = place.refusal();
    assert!(
        refusal.contains("cannot read config/selaras/.env: not a regular file"),
        "{refusal}"
    );
    fs::remove_file(place.path(DOTENV)).unwrap();
    symlink("/dev/zero", place.path(DOTENV)).unwrap();
    assert!(place.refusal().contains("not a regular file"));
}
