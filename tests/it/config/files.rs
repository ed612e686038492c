//! Which file is read, how a new one is written, and who may read it.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use selaras::config::{self, Config, DEFAULTS, Level};
use selaras::error::Kind;

use super::{MARK, Place, told};
use crate::harness::{child::tool, wait::output};

#[tokio::test]
async fn an_operator_without_user_is_called_as_the_account_is() {
    let mut place = Place::new();
    place.environment.clear();
    let mut id = tool("id");
    id.arg("-un");
    let account = output(id).await;
    let account = String::from_utf8(account.stdout).unwrap();
    assert_eq!(place.load().operator, format!("{}@kantor", account.trim()));
}

#[test]
fn no_file_is_no_error_unless_it_was_asked_for() {
    let place = Place::new();
    let config = place.load();
    assert_eq!(config.file, None);
    assert_eq!(config.operator, "siti@kantor");
    assert_eq!(config.state_dir, place.path("state/selaras"));
    let asked = place.set("SELARAS_CONFIG", "other.toml");
    let refusal = asked.refusal();
    assert!(
        refusal.contains("work/other.toml given by SELARAS_CONFIG does not exist"),
        "{refusal}"
    );
    assert!(refusal.contains("config init` writes one"), "{refusal}");
    let mut sources = asked.sources();
    sources.config = Some(PathBuf::from("third.toml"));
    let error = Config::load(&sources).unwrap_err();
    let refusal = told(&error, asked.folder.path());
    assert!(
        refusal.contains("work/third.toml given by --config does not exist"),
        "{refusal}"
    );
}

#[test]
fn the_option_wins_over_the_variable_and_the_variable_over_the_usual_place() {
    let place = Place::with("operator = \"usual@kantor\"").set("SELARAS_CONFIG", "../b.toml");
    place.write("b.toml", "operator = \"variable@kantor\"");
    place.write("work/a.toml", "operator = \"option@kantor\"");
    assert_eq!(place.load().operator, "variable@kantor");
    let mut sources = place.sources();
    sources.config = Some(PathBuf::from("a.toml"));
    assert_eq!(Config::load(&sources).unwrap().operator, "option@kantor");
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let place = Place::new();
    std::fs::write(
        place.path("config/selaras/config.toml"),
        b"operator = \"\xff\"",
    )
    .unwrap();
    let refusal = place.refusal();
    let expected = "cannot read config/selaras/config.toml: is not UTF-8 text";
    assert!(refusal.contains(expected), "{refusal}");
    std::fs::remove_file(place.path("config/selaras/config.toml")).unwrap();
    std::fs::create_dir(place.path("config/selaras/config.toml")).unwrap();
    assert!(
        place
            .refusal()
            .contains("cannot read config/selaras/config.toml")
    );
}

#[test]
fn init_writes_a_private_file_that_loads_and_overwrites_nothing() {
    let place = Place::new();
    let file = place.path("new/folder/config.toml");
    config::init(&file).unwrap();
    let mode = |path: &PathBuf| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(
        (mode(&file), mode(&place.path("new/folder"))),
        (0o600, 0o700)
    );
    assert_eq!(std::fs::read_to_string(&file).unwrap(), DEFAULTS);
    assert!(config::next_steps(&file).contains("new/folder/.env"));
    std::fs::write(&file, "keep_days = 7").unwrap();
    let error = config::init(&file).unwrap_err();
    assert_eq!(error.kind(), Kind::Usage);
    assert!(error.chain().contains("exists already"));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "keep_days = 7");
}

#[test]
fn a_password_that_everybody_can_read_is_a_warning() {
    let literal = format!("[users]\ndatabase = \"mysql://u:{MARK}@h/x\"");
    let table = [
        (literal.as_str(), "", 0o604, 1),
        (literal.as_str(), "", 0o640, 0),
        (
            "[users]\ndatabase = \"mysql://u:${P}@h/x\"",
            "P=1",
            0o644,
            1,
        ),
        ("[users]\ndatabase = \"mysql://u@h/x\"", "", 0o644, 0),
    ];
    for (content, dotenv, mode, warnings) in table {
        let place = Place::with(content).dotenv(dotenv);
        for file in ["config.toml", ".env"] {
            let path = place.path("config/selaras").join(file);
            std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
        }
        let found = place.load().warnings;
        assert_eq!(found.len(), warnings, "{content}: {found:?}");
        for finding in found {
            assert_eq!(finding.level, Level::Warning);
            assert!(finding.hint.unwrap().starts_with("chmod 600 "));
        }
    }
}
