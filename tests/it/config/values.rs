//! What good files come to: defaults, paths, variables, parts.

use std::time::Duration;

use secrecy::ExposeSecret;
use selaras::config::{
    Commands, Config, DEFAULTS, Level, Origin, Overrides, Paging, Part, Scheme, Script, Source,
    Theme, Toggle,
};

use super::Place;

/// Every key of the design, as it must occur in the default file, active or commented.
const KEYS: &[(&str, &str)] = &[
    (
        "",
        "operator state_dir read_only keep_runs keep_days retry_base statement_timeout",
    ),
    (
        "users.",
        "database page_size concurrency connect_timeout timeout max_deactivate_percent",
    ),
    ("users.", "max_deactivate protected timezone"),
    ("users.columns.", "name"),
    (
        "users.location[1].",
        "id code name url production paging scheme",
    ),
    (
        "pimpinan.",
        "database url exclude_roles log log_timezone timeout production",
    ),
    (
        "script.",
        "target path lock_file log_file grace time_limit leftovers max_output pass_env url prefix",
    ),
    ("dapodik.", "source url database silence watch kecamatan"),
    (
        "dapodik.portal.",
        "base_url auth_url schools staff one_staff districts concurrency",
    ),
    ("dapodik.portal.", "requests_per_second timeout outage"),
    ("serve.", "listen dialect allow_origin"),
    ("screen.", "theme unicode mouse bell"),
];

/// The default file with every example switched on.
fn uncommented() -> String {
    let is_setting = |line: &str| {
        let bare = line.strip_prefix("# ")?;
        let key = bare.split(" = ").next()?;
        let plain = key
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        (bare.starts_with("[[") || (plain && bare.contains(" = "))).then(|| bare.to_owned())
    };
    // A default that an example stands above would be there twice.
    let lines = DEFAULTS.lines().filter(|line| !line.ends_with(" = []"));
    let lines = lines.map(|line| is_setting(line).unwrap_or_else(|| line.to_owned()));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn every_key_stands_in_the_default_file_and_every_example_is_valid() {
    let place = Place::with(&uncommented())
        .dotenv("DB_PASSWORD=1\nDOCKU_PASSWORD=2\nEALUMNI_DB_PASSWORD=3\n");
    let config = place.load();
    let shown = config.show();
    let names = |(section, keys): &(&str, &str)| {
        let names = keys.split(' ').map(|key| format!("{section}{key}"));
        names.collect::<Vec<_>>()
    };
    let names: Vec<String> = KEYS.iter().flat_map(names).collect();
    for name in &names {
        let setting = shown.iter().find(|setting| setting.key == *name);
        let setting = setting.unwrap_or_else(|| panic!("{name} is not shown"));
        assert!(matches!(setting.origin, Origin::File { .. }), "{setting:?}");
    }
    let settings = shown
        .iter()
        .filter(|setting| setting.key.contains(char::is_lowercase));
    assert_eq!(
        settings.count(),
        names.len(),
        "there is a setting that the design does not know"
    );
    assert_eq!(config.users.problem(), None);
    assert_eq!(config.pimpinan.problem(), None);
    assert_eq!(config.script.problem(), None);
    assert_eq!(config.dapodik.problem(), None);
}

#[test]
fn the_default_file_says_exactly_the_defaults() {
    let values = |place: Place| {
        let folder = place.folder.path().display().to_string();
        let settings = place.load().show().into_iter();
        let pairs = settings.map(|setting| (setting.key, setting.value.replace(&folder, "")));
        pairs.collect::<Vec<_>>()
    };
    assert_eq!(values(Place::with(DEFAULTS)), values(Place::new()));
}

#[test]
fn the_figures_are_those_of_the_design() {
    let place = Place::with("[users]\ndatabase = \"sqlite:u.db\"\n[script]\npath = \"s.sh\"");
    let config = place.load();
    let seconds = Duration::from_secs;
    assert_eq!(
        (config.keep_runs, config.keep_days, config.read_only),
        (500, 365, false)
    );
    assert_eq!(config.retry_base, Duration::from_millis(500));
    let users = config.users.ready().unwrap();
    assert_eq!((users.page_size, users.concurrency), (100, 4));
    assert_eq!(
        (users.connect_timeout, users.timeout),
        (seconds(10), seconds(30))
    );
    assert_eq!(
        (users.max_deactivate_percent, users.max_deactivate),
        (20, 100)
    );
    assert!(users.protected.is_empty() && users.is_embedded());
    let Script::Local(script) = config.script.ready().unwrap() else {
        panic!("the default target is local");
    };
    assert_eq!(
        (script.grace, script.time_limit, script.max_output),
        (seconds(10), None, 2 << 30)
    );
    assert!(script.pass_env.is_empty() && script.lock_file.is_none() && script.log_file.is_none());
    assert_eq!(config.serve.listen.to_string(), "127.0.0.1:8000");
    let screen = &config.screen;
    assert_eq!((screen.theme, screen.unicode), (Theme::Auto, Toggle::Auto));
    assert_eq!((screen.mouse, screen.bell), (Toggle::Auto, false));
}

#[test]
fn parts_without_their_keys_are_not_set_up_and_say_what_they_need() {
    let config = Place::with("[dapodik.portal]\nconcurrency = 3").load();
    let table = [
        (
            config.users.problem(),
            "users is not set up: `users.database` and `users.location` are missing",
        ),
        (
            config.pimpinan.problem(),
            "pimpinan is not set up: `pimpinan.database` is missing, `pimpinan.url` is missing",
        ),
        (
            config.script.problem(),
            "script is not set up: SYNC_SCRIPT_PATH environment variable is not set, and `script.path` is missing",
        ),
        (
            config.dapodik.problem(),
            "dapodik is not set up: `dapodik.url` is missing",
        ),
    ];
    for (problem, sentence) in table {
        assert_eq!(problem.unwrap().sentence(), sentence);
    }
    let portal = Place::with("[dapodik]\nsource = \"portal\"").load();
    let error = portal.dapodik.ready().unwrap_err();
    assert!(
        error
            .chain()
            .contains("DAPODIK_BASE_URL environment variable is not set")
    );
    let half = Place::with("[pimpinan]\nurl = \"https://central.example\"").load();
    assert_eq!(
        half.pimpinan.problem().unwrap().missing[0].key,
        "pimpinan.database"
    );
}

#[test]
fn an_unset_variable_switches_off_its_part_alone() {
    let place = Place::with(
        "[users]\ndatabase = \"mysql://u:${DB_PASSWORD}@h/x\"\n\
         [pimpinan]\ndatabase = \"sqlite:docku.db\"\nurl = \"https://central.example\"\n\
         [script]\npath = \"a.sh\"\nurl = \"http://${REMOTE}\"",
    );
    let config = place.load();
    let findings = config.check(Commands::Skip);
    let about = findings
        .iter()
        .find(|finding| finding.text.contains("DB_PASSWORD"))
        .unwrap();
    assert_eq!(about.level, Level::Problem);
    let sentence = config.users.problem().unwrap().sentence();
    let expected = "config/selaras/config.toml:2: `users.database` needs the variable \
                    DB_PASSWORD, which is not set";
    assert!(sentence.ends_with(expected), "{sentence}");
    let push = config.pimpinan.ready().unwrap();
    assert_eq!(
        push.url.to_string(),
        "https://central.example/api/v1/users/sync"
    );
    assert!(
        config.script.ready().is_ok(),
        "the url of the other target is no obstacle"
    );
}

#[test]
fn variables_are_filled_in_and_encoded_where_a_url_needs_it() {
    let place = Place::with(
        "state_dir = \"${ROOT}/state\"\n[users]\ndatabase = \"mysql://u:${DB_PASSWORD}@${DB}/x\"",
    );
    let place = place
        .set("ROOT", "/srv")
        .set("DB", "db01:3307")
        .dotenv("DB_PASSWORD='p@:/#?%$ €'");
    let config = place.load();
    assert_eq!(config.state_dir.to_str(), Some("/srv/state"));
    let database = &config.users.ready().unwrap().database;
    let url = database.secret_url();
    assert_eq!(
        url.expose_secret(),
        "mysql://u:p%40%3A%2F%23%3F%25%24%20%E2%82%AC@db01:3307/x"
    );
    assert_eq!(database.to_string(), "mysql://u:••••@db01:3307/x");
    assert_eq!(database.target_name(), "mysql db01:3307/x");
}

#[test]
fn relative_paths_start_at_the_folder_of_the_file_that_names_them() {
    let place = Place::with(
        "[users]\ndatabase = \"sqlite:users.db\"\n\
         [script]\npath = \"a.sh\"\nlog_file = \"../x.log\"",
    );
    let script = |config: &Config| match config.script.ready() {
        Ok(Script::Local(script)) => script.clone(),
        other => panic!("{other:?}"),
    };
    let loaded = place.load();
    let database = &loaded.users.ready().unwrap().database;
    assert_eq!(
        database.path(),
        Some(place.path("config/selaras/users.db").as_path())
    );
    assert_eq!(script(&loaded).path, place.path("config/selaras/a.sh"));
    assert_eq!(
        script(&loaded).log_file,
        Some(place.path("config/selaras/../x.log"))
    );
    let place = place.dotenv("SYNC_SCRIPT_PATH=b.sh");
    assert_eq!(
        script(&place.load()).path,
        place.path("config/selaras/b.sh")
    );
    let place = place.set("SYNC_SCRIPT_PATH", "c.sh");
    assert_eq!(script(&place.load()).path, place.path("work/c.sh"));
}

#[test]
fn the_portal_has_its_addresses_and_its_own_database() {
    let place = Place::with(
        "[dapodik]\nsource = \"portal\"\n[dapodik.portal]\nbase_url = \"https://a.example/api/\"",
    );
    let portal = |place: &Place| match place.load().dapodik {
        Part::Ready(dapodik) => match dapodik.source {
            Source::Portal { portal, database } => (portal, database),
            Source::Remote { .. } => panic!("the source is the portal"),
        },
        Part::NotSetUp(problem) => panic!("{}", problem.sentence()),
    };
    let (first, database) = portal(&place);
    assert_eq!(first.auth_url.to_string(), "https://a.example/api/token");
    let districts = first.base_url.below(&first.districts).to_string();
    assert_eq!(districts, "https://a.example/api/wilayah_akses_kecamatan");
    assert_eq!(
        database.path(),
        Some(place.path("data/selaras/dapodik.db").as_path())
    );
    let place = place
        .set("DAPODIK_BASE_URL", "https://b.example")
        .dotenv("DAPODIK_AUTH_URL=https://c.example/login");
    let (second, _) = portal(&place);
    assert_eq!(second.base_url.to_string(), "https://b.example");
    assert_eq!(second.auth_url.to_string(), "https://c.example/login");
}

#[test]
fn locations_of_a_foreign_database_need_a_code_and_nothing_else() {
    let rows = "[[users.location]]\ncode = \"Prod\"\nproduction = true\npaging = \"none\"\nscheme = \"http\"\nurl = \"prod.example/\"";
    let place = Place::with(&format!("[users]\ndatabase = \"mysql://u@h/x\"\n{rows}"));
    let config = place.load();
    let users = config.users.ready().unwrap();
    let location = users.location("PROD").unwrap();
    assert_eq!(
        (location.id, location.name.as_str(), location.overrides),
        (
            None,
            "Prod",
            Overrides {
                production: true,
                paging: Paging::None,
                scheme: Some(Scheme::Http),
            }
        )
    );
    assert_eq!(
        location.url.as_ref().unwrap().to_string(),
        "https://prod.example"
    );
    assert!(!users.is_embedded());
}
