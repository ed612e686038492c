//! The password and the token are in no byte that is written, whatever the server does with them.

use selaras::sim::fault::{Fault, Rule};
use selaras::sim::locations::{LOGIN, PASSWORD, TOKEN_MARK, USERS};
use selaras::sim::world::Place;

use super::Office;
use super::files::files;

/// Looks through everything below the office; `.env` is where the password belongs.
#[track_caller]
fn nothing_leaked(office: &Office) {
    for (path, content) in files(office.root.path()) {
        if path == office.world.dotenv() {
            continue;
        }
        for secret in [PASSWORD, TOKEN_MARK] {
            let found = content
                .windows(secret.len())
                .any(|window| window == secret.as_bytes());
            assert!(!found, "{secret} in {}", path.display());
        }
    }
}

#[tokio::test]
async fn a_secret_is_in_no_byte_of_a_sync_that_goes_well() {
    let office = Office::open().await;
    // Their output is searched wherever a command is run.
    for verb in [
        &["-vv", "users", "apply", "--all", "--yes"][..],
        &["-vv", "users", "plan", "dev"],
        &["-vv", "users", "apply", "dev", "--yes", "--json"],
        &["-vv", "doctor"],
        &["config", "show"],
        &["config", "check", "--commands"],
    ] {
        office.run(verb).await;
    }
    let run = office.runs().readable().unwrap().remove(0).id().short();
    for verb in ["show", "follow"] {
        office.run(&["runs", verb, &run]).await;
        office.run(&["runs", verb, &run, "--json"]).await;
    }
    nothing_leaked(&office);
}

#[tokio::test]
async fn a_server_that_repeats_what_it_was_sent_does_not_make_us_repeat_it() {
    for path in [LOGIN, USERS] {
        let office = Office::open().await;
        office
            .branch(Place::Dev)
            .fault(Rule::new(Fault::EchoPassword).on(path));
        for verb in [
            &["-vv", "users", "plan", "dev"][..],
            &["-vv", "users", "apply", "dev", "test", "--yes"],
            &["-vv", "users", "apply", "dev", "--yes", "--json"],
            &["-vv", "doctor"],
        ] {
            let done = office.run(verb).await;
            assert!(done.out.contains("••••") || done.err.contains("••••") || path == USERS);
        }
        nothing_leaked(&office);
    }
}

#[tokio::test]
async fn a_password_of_a_database_url_is_shown_nowhere() {
    let office = Office::open().await;
    let text = std::fs::read_to_string(office.config()).unwrap();
    let url = format!("mysql://selaras:{PASSWORD}@127.0.0.1:1/kantor");
    let config = office.root.path().join("other.toml");
    std::fs::write(&config, text.replace("sqlite:data/users.db", &url)).unwrap();
    let config = ["--config", config.to_str().unwrap()];
    for (verb, exit) in [
        (&["users", "plan", "dev"][..], 5),
        (&["users", "list"], 5),
        (&["-vv", "users", "apply", "dev", "--yes"], 5),
        (&["config", "show"], 0),
        (&["config", "show", "--json"], 0),
        (&["doctor"], 3),
    ] {
        let done = office.run(&[&config, verb].concat()).await;
        assert!(done.exit == exit || verb == ["doctor"], "{done:#?}");
    }
}
