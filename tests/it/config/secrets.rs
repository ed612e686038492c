//! Secrets come in three forms, from two levels, and are never seen.

use std::os::unix::fs::PermissionsExt;

use rustix::process::geteuid;
use secrecy::ExposeSecret;
use selaras::config::{Commands, Config, Environment, Level, SECRETS};
use selaras::error::Kind;

use super::{MARK, Place, told};

fn secret(config: &Config, name: &str) -> Option<String> {
    let secret = config.secret(name).unwrap();
    assert!(!format!("{secret:?}").contains(MARK));
    secret.map(|secret| secret.expose_secret().to_owned())
}

fn login(config: &Config, code: &str) -> (String, String) {
    let login = config.login(code).unwrap();
    assert_eq!(format!("{login:?}"), "Credentials(…)");
    (login.email, login.password.expose_secret().to_owned())
}

#[test]
fn a_secret_is_a_value_a_file_or_a_command() {
    let forms = [
        ("PIMPINAN_API_KEY", "m4rk-s3cret "),
        ("PIMPINAN_API_KEY_FILE", "key.txt"),
        (
            "PIMPINAN_API_KEY_COMMAND",
            "printf '%s \\r\\n\\n' m4rk-s3cret",
        ),
    ];
    for (name, value) in forms {
        let inside = Place::new().set(name, value);
        inside.write("work/key.txt", "m4rk-s3cret \r\n");
        let beside = Place::with("").dotenv(&format!("{name}=\"{}\"", value.replace('\\', "\\\\")));
        beside.write("config/selaras/key.txt", "m4rk-s3cret \n");
        for place in [inside, beside] {
            let config = place.load();
            let found = secret(&config, "PIMPINAN_API_KEY");
            assert_eq!(found.as_deref(), Some("m4rk-s3cret "), "{name}");
            assert_eq!(secret(&config, "PIMPINAN_API_KEY"), found, "fetched again");
        }
    }
}

#[test]
fn the_environment_wins_over_dotenv_in_whatever_form() {
    let place = Place::with("").dotenv("PIMPINAN_API_KEY_FILE=/nowhere\nSERVE_API_KEY=dotenv");
    let place = place
        .set("PIMPINAN_API_KEY", "environment")
        .set("SERVE_API_KEY", "");
    let config = place.load();
    assert_eq!(
        secret(&config, "PIMPINAN_API_KEY").as_deref(),
        Some("environment")
    );
    assert_eq!(
        secret(&config, "SERVE_API_KEY").as_deref(),
        Some("dotenv"),
        "empty is not set"
    );
    assert_eq!(secret(&config, "SCRIPT_API_TOKEN"), None);
}

#[test]
fn dotenv_lies_beside_the_file_else_in_the_working_folder() {
    // Anybody's folder would make root run anything.
    let here = (!geteuid().is_root()).then_some("work");
    let found = |place: &Place| secret(&place.load(), "SERVE_API_KEY");
    let place = Place::with("");
    place.write("work/.env", "SERVE_API_KEY=work");
    assert_eq!(found(&place).as_deref(), here);
    let place = place.dotenv("\u{feff}# comment\nSERVE_API_KEY=beside");
    assert_eq!(found(&place).as_deref(), Some("beside"));
    let without_file = Place::new();
    without_file.write("work/.env", "SERVE_API_KEY=work");
    assert_eq!(found(&without_file).as_deref(), here);
    let warned = &without_file.load().warnings;
    let said = "work/.env is not read: root takes no .env from the working folder";
    let warned = warned.iter().any(|warning| warning.text.ends_with(said));
    assert_eq!(warned, here.is_none());
    assert_eq!(
        found(&without_file.dotenv("SERVE_API_KEY=usual")).as_deref(),
        Some("usual")
    );
}

#[test]
fn an_explicit_config_rules_out_the_env_file_of_the_working_folder() {
    let place = Place::new();
    place.write("work/.env", "SERVE_API_KEY=work");
    place.write("config/selaras/other.toml", "");
    let by_variable = place.set("SELARAS_CONFIG", "../config/selaras/other.toml");
    assert_eq!(secret(&by_variable.load(), "SERVE_API_KEY"), None);
    let mut sources = by_variable.sources();
    sources.environment = Environment::default();
    sources.config = Some("../config/selaras/other.toml".into());
    let config = Config::load(&sources).unwrap();
    assert_eq!(secret(&config, "SERVE_API_KEY"), None);
    assert!(config.warnings.is_empty());
}

#[test]
fn what_cannot_be_fetched_names_the_variable_and_shows_nothing() {
    let table: [(&[(&str, &str)], &str); 6] = [
        (
            &[("", MARK), ("_FILE", "x")],
            "SERVE_API_KEY and SERVE_API_KEY_FILE are both set (environment)",
        ),
        (
            &[("_FILE", "gone")],
            "SERVE_API_KEY_FILE: the file work/gone cannot be read: No such file",
        ),
        (
            &[("_FILE", "empty")],
            "SERVE_API_KEY_FILE: the file work/empty is empty",
        ),
        (
            &[("_COMMAND", "echo m4rk-s3cret | tee /dev/stderr; exit 4")],
            "SERVE_API_KEY_COMMAND: the command failed (exit status: 4): ••••",
        ),
        (
            &[("_COMMAND", "true m4rk-s3cret")],
            "SERVE_API_KEY_COMMAND: the command printed nothing",
        ),
        (
            &[],
            "SERVE_API_KEY is not set\nhint: set it in the environment or in DOTENV",
        ),
    ];
    for (variables, expected) in table {
        let mut place = Place::new().set("PATH", "/usr/bin:/bin");
        for (form, value) in variables {
            place = place.set(&format!("SERVE_API_KEY{form}"), value);
        }
        place.write("work/empty", "\n");
        let error = place.load().needed_secret("SERVE_API_KEY").unwrap_err();
        let said = told(&error, place.folder.path());
        // The one that would be read.
        let dotenv = if geteuid().is_root() {
            "config/selaras/.env"
        } else {
            "work/.env"
        };
        let expected = expected.replace("DOTENV", dotenv);
        assert!(said.contains(&expected), "{said}");
    }
    assert_eq!(
        Place::new().load().secret("HOME").unwrap_err().kind(),
        Kind::Bug
    );
}

#[test]
fn a_location_has_its_own_login_or_the_common_one() {
    let place = Place::with("").dotenv("EXTERNAL_API_EMAIL=all@dkm\nEXTERNAL_API_PASSWORD=dotenv");
    let place = place
        .set("EXTERNAL_API_PASSWORD_JAWA_1", "own")
        .set("EXTERNAL_API_PASSWORD_FILE", "common");
    place.write("work/common", "common");
    let config = place.load();
    assert_eq!(login(&config, "jawa-1"), ("all@dkm".into(), "own".into()));
    assert_eq!(login(&config, "dev"), ("all@dkm".into(), "common".into()));
    assert_eq!(login(&config, "file"), ("all@dkm".into(), "common".into()));
}

#[test]
fn a_missing_login_names_the_exact_variables() {
    let place = Place::with("").set("EXTERNAL_API_EMAIL", "all@dkm");
    let said = told(
        &place.load().login("jawa-1").unwrap_err(),
        place.folder.path(),
    );
    let expected = "no credentials for the location jawa-1: \
                    neither EXTERNAL_API_PASSWORD_JAWA_1 nor EXTERNAL_API_PASSWORD is set";
    assert!(said.contains(expected), "{said}");
    let hint = "in the environment or in config/selaras/.env; also as …_FILE";
    assert!(said.contains(hint), "{said}");
}

#[test]
fn a_corrected_password_counts_when_everything_is_read_again() {
    let place = Place::with("[users]\ndatabase = \"mysql://u:${P}@h/x\"");
    let place = place.dotenv("P=wrong\nPIMPINAN_API_KEY=old");
    let url = |config: &Config| {
        let url = config.users.ready().unwrap().database.secret_url();
        url.expose_secret().to_owned()
    };
    let before = place.load();
    assert_eq!(url(&before), "mysql://u:wrong@h/x");
    let place = place.dotenv("P=right\nPIMPINAN_API_KEY=new");
    let after = place.load();
    assert_eq!(url(&after), "mysql://u:right@h/x");
    assert_eq!(secret(&after, "PIMPINAN_API_KEY").as_deref(), Some("new"));
    let still = secret(&before, "PIMPINAN_API_KEY");
    assert_eq!(
        still.as_deref(),
        Some("old"),
        "a configuration is one reading"
    );
}

#[test]
fn a_broken_dotenv_is_told_by_its_line_alone() {
    let table = [
        ("A=1\n\nm4rk-s3cret here\n", 3),
        ("Z=1\n# x\nA='m4rk-s3cret\nB=1\n", 3),
        ("# x\nB=m4rk-s3cret y\nC=1", 2),
    ];
    for (content, line) in table {
        let refusal = Place::with("").dotenv(content).refusal();
        assert!(
            refusal.contains(&format!("config/selaras/.env:{line}: ")),
            "{refusal}"
        );
        assert!(refusal.contains("single quotes"), "{refusal}");
    }
}

#[test]
fn a_password_that_lost_its_dollar_is_a_warning() {
    let content = "# $5\nA=pa$word1\nB='pa$word1'\nC=pa\\$word1\nD=${B}";
    let place = Place::with("").dotenv(content);
    let path = place.path("config/selaras/.env");
    std::fs::set_permissions(path, PermissionsExt::from_mode(0o600)).unwrap();
    let warnings = place.load().warnings;
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    let expected = ".env:2: a $ in A was taken for a variable and is gone";
    assert!(warnings[0].text.ends_with(expected));
}

#[test]
fn a_check_finds_what_is_missing_and_runs_commands_only_when_asked() {
    let place = Place::with(
        "[users]\ndatabase = \"sqlite:u.db\"\n[[users.location]]\nid = 1\ncode = \"a-b\"\n\
         [[users.location]]\nid = 2\ncode = \"a_b\"\n\
         [pimpinan]\ndatabase = \"sqlite:d.db\"\nurl = \"https://central.example\"\n\
         [script]\ntarget = \"remote\"\nurl = \"http://s.example\"\n\
         [dapodik]\nurl = \"http://d.example\"",
    );
    let place = place
        .set("PATH", "/usr/bin:/bin")
        .set("EXTERNAL_API_EMAIL", "all@dkm")
        .set("EXTERNAL_API_PASSWORD_FILE", "open")
        .set("SCRIPT_API_USERNAME", "u")
        .set("PIMPINAN_API_KEY_COMMAND", "touch ran; exit 1");
    place.write("work/open", MARK);
    std::fs::set_permissions(place.path("work/open"), PermissionsExt::from_mode(0o644)).unwrap();
    let config = place.load();
    let problems = |commands| {
        let findings = config.check(commands);
        assert!(!format!("{findings:?}").contains(MARK));
        let problems = findings
            .into_iter()
            .filter(|finding| !matches!(finding.level, Level::Note | Level::Skipped));
        problems.map(|finding| finding.text).collect::<Vec<_>>()
    };
    let skipped = problems(Commands::Skip);
    let expected = [
        "the secret of EXTERNAL_API_PASSWORD_FILE and can be read by everybody",
        "a-b and a_b share the variables …_A_B",
        "neither SCRIPT_API_TOKEN nor SCRIPT_API_USERNAME + SCRIPT_API_PASSWORD is set",
        "dapodik: none of EALUMNI_AUTH_TOKEN",
    ];
    assert_eq!(skipped.len(), expected.len(), "{skipped:#?}");
    for (found, expected) in skipped.iter().zip(expected) {
        assert!(found.contains(expected), "{found}");
    }
    assert!(!place.path("work/ran").exists());
    let run = problems(Commands::Run);
    let failed = "PIMPINAN_API_KEY_COMMAND: the command failed";
    assert!(run.iter().any(|text| text.contains(failed)));
    assert!(place.path("work/ran").exists());
}

#[test]
fn a_marked_secret_is_nowhere_to_be_seen() {
    let place = Place::with(&format!(
        "[users]\ndatabase = \"mysql://u:{MARK}@h/x\"\n\
         [pimpinan]\ndatabase = \"mysql://u:${{P}}@h/x\"\n\
         url = \"https://u:{MARK}@h.example/?key={MARK}\"\n\
         [script]\ntarget = \"remote\"\nurl = \"http://{MARK}@s.example\""
    ));
    let place = SECRETS
        .into_iter()
        .fold(place.set("P", MARK), |place, name| place.set(name, MARK));
    let place = place
        .set("EXTERNAL_API_PASSWORD_DEV", MARK)
        .dotenv(&format!("X={MARK}"));
    let (sources, config) = (place.sources(), place.load());
    let listed = format!("{:?} {:?}", config.show(), config.check(Commands::Run));
    let seen = format!("{config:?} {config:#?} {sources:?} {listed}");
    assert!(!seen.contains(MARK), "{seen}");
}
