//! `config show` says what is in force and who said so.

use selaras::config::{Config, MASK};

use super::{MARK, Place};

fn shown(place: &Place, config: &Config, key: &str) -> (String, String) {
    let folder = format!("{}/", place.folder.path().display());
    let setting = config.show().into_iter().find(|setting| setting.key == key);
    let setting = setting.unwrap_or_else(|| panic!("{key} is not shown"));
    let cut = |text: String| text.replace(&folder, "");
    (cut(setting.value), cut(setting.origin.to_string()))
}

#[test]
fn every_setting_has_its_origin() {
    let place = Place::with(
        "keep_days = 30\n[users]\ntimeout = \"90s\"\ndatabase = \"mysql://u:${P}@h/x\"\n\
         [script]\npath = \"a.sh\"\nmax_output = \"1536MiB\"\n[screen]\ntheme = \"light\"",
    );
    let place = place
        .set("P", MARK)
        .set("PIMPINAN_API_KEY", MARK)
        .set("EXTERNAL_API_PASSWORD_DEV_FILE", "/run/dev")
        .set("SYNC_SCRIPT_PATH", "/opt/b.sh")
        .dotenv("SERVE_API_KEY_COMMAND='pass m4rk-s3cret'\nDAPODIK_BASE_URL=https://p.example");
    let config = place.load();
    let file = |line: usize| format!("config/selaras/config.toml:{line}");
    let table = [
        ("operator", "siti@kantor", "default".to_owned()),
        ("state_dir", "state/selaras", "default".to_owned()),
        ("keep_runs", "500", "default".to_owned()),
        ("keep_days", "30", file(1)),
        ("users.timeout", "1m 30s", file(3)),
        ("users.connect_timeout", "10s", "default".to_owned()),
        ("users.database", "mysql://u:••••@h/x", file(4)),
        ("script.path", "/opt/b.sh", "environment".to_owned()),
        ("script.max_output", "1536MiB", file(7)),
        ("script.time_limit", "not set", "-".to_owned()),
        (
            "pimpinan.exclude_roles",
            "[admin, operator, staff, camat]",
            "default".to_owned(),
        ),
        (
            "dapodik.portal.base_url",
            "https://p.example",
            ".env".to_owned(),
        ),
        (
            "dapodik.portal.auth_url",
            "https://p.example/token",
            "default".to_owned(),
        ),
        ("screen.theme", "light", file(9)),
        ("PIMPINAN_API_KEY", MASK, "environment".to_owned()),
        ("SERVE_API_KEY_COMMAND", MASK, ".env".to_owned()),
        ("EXTERNAL_API_PASSWORD", "not set", "-".to_owned()),
        (
            "EXTERNAL_API_PASSWORD_DEV_FILE",
            "/run/dev",
            "environment".to_owned(),
        ),
    ];
    for (key, value, origin) in table {
        assert_eq!(
            shown(&place, &config, key),
            (value.to_owned(), origin),
            "{key}"
        );
    }
}

#[test]
fn the_own_database_is_shown_where_none_is_named() {
    let place = Place::new();
    let config = place.load();
    let (value, origin) = shown(&place, &config, "users.database");
    assert_eq!(
        (value.as_str(), origin.as_str()),
        ("sqlite:data/selaras/users.db", "default")
    );
    assert_eq!(shown(&place, &config, "dapodik.database").0, "not set");
}

#[test]
fn a_wrong_variable_is_named_as_one() {
    let refusal = Place::new()
        .set("DAPODIK_BASE_URL", "m4rk-s3cret")
        .refusal();
    let expected = "environment: `DAPODIK_BASE_URL` must be an http:// or https:// URL";
    assert!(refusal.starts_with(expected), "{refusal}");
    let refusal = Place::with("")
        .dotenv("\nDAPODIK_AUTH_URL=ftp://x")
        .refusal();
    let expected = "config/selaras/.env:2: `DAPODIK_AUTH_URL` must be";
    assert!(refusal.starts_with(expected), "{refusal}");
}
