//! A script behind a service on the screen, in every shape of service.

use std::fs;

use selaras::sim::script::service::{Ending, Service, Setup, Shape, TOKEN};
use selaras::tui::dashboard::News;

use super::super::office::{Office, flat};
use crate::script::eventually;
use crate::tui::stage::Stage;

/// A world whose script is behind a service.
fn far(shape: Shape) -> (Office, Service) {
    let office = Office::open();
    let entered = office.runtime.enter();
    let setup = Setup {
        shape,
        ..Setup::default()
    };
    let service = Service::start(setup).unwrap();
    drop(entered);
    office.edit_config(|text| {
        let (before, _) = text.split_once("[script]").unwrap();
        let url = service.url();
        format!("{before}[script]\ntarget = \"remote\"\nurl = \"{url}\"\n")
    });
    let kept = fs::read_to_string(office.world.dotenv()).unwrap();
    let secrets = if kept.contains("SCRIPT_API_TOKEN") {
        kept
    } else {
        format!("{kept}SCRIPT_API_TOKEN={TOKEN}\n")
    };
    fs::write(office.world.dotenv(), secrets).unwrap();
    (office, service)
}

fn at_the_tab(office: &Office, words: &str) -> Stage<News> {
    let mut stage = office.sit(100, 30);
    stage.settle().press("3").until_words(words).settle();
    stage
}

/// Says yes to running it, and waits until it does.
fn run(office: &Office, service: &Service, stage: &mut Stage<News>) {
    stage
        .press("s")
        .until_words("Ready to run: the script at http://")
        .settle();
    stage
        .press("Enter")
        .until_words("Run the script at the service")
        .settle();
    assert_eq!(service.runs_begun(), 0, "nothing runs before the yes");
    stage.press("Enter").settle();
    let begun = eventually("a run", || service.is_running().then_some(()));
    office.runtime.block_on(begun);
}

#[test]
fn a_run_at_a_service_shows_its_log_as_it_grows_and_how_it_ended() {
    for shape in [Shape::Documented, Shape::Deployed] {
        let (office, service) = far(shape);
        service.log_lines(&["of an earlier run"]);
        let mut stage = at_the_tab(&office, "http://127.0.0.1");
        run(&office, &service, &mut stage);
        service.log_lines(&["Dumping app..."]);
        stage
            .until_words("Dumping app...")
            .until_words("running 0")
            .settle();
        let board = flat(&stage.screen());
        assert!(!board.contains("already running"), "it is ours: {board}");
        stage.press("x").until_words("offers no way to stop a run");
        service.log_lines(&["Done"]);
        service.end(Ending::Success("Dumping app...\nDone\n".into()));
        stage.until_words("Done").until_words("idle");
        assert_eq!(office.runs()[0].exit(), Some(0), "{shape:?}");
        assert!(!stage.screen().contains(TOKEN));
    }
}

#[test]
fn a_failure_there_is_told_with_what_the_service_said() {
    for shape in [Shape::Documented, Shape::Deployed] {
        let (office, service) = far(shape);
        let mut stage = at_the_tab(&office, "http://127.0.0.1");
        run(&office, &service, &mut stage);
        service.end(Ending::Exit(1, "ERROR 1062\n".into()));
        stage
            .until_words("ERROR 1062")
            .until_words("exit status 1")
            .until_words("idle");
        assert_eq!(office.runs()[0].exit(), Some(12), "{shape:?}");
    }
}

#[test]
fn what_runs_there_already_is_offered_to_be_followed() {
    for shape in [Shape::Documented, Shape::Deployed] {
        let (office, service) = far(shape);
        service.log_lines(&["Importing into app_copy..."]);
        service.begin();
        let mut stage = at_the_tab(&office, "running, started by");
        stage.press("s").until_words("follow it").settle();
        let screen = flat(&stage.screen());
        assert!(screen.contains("Importing into app_copy..."), "{screen}");
        // It cannot be run a second time.
        stage.press("Enter").settle();
        assert!(!stage.screen().contains("Run the script at the service"));
        stage.press("f").until_words("Ready to").settle();
        stage
            .press("Enter")
            .until_words("Follow what runs at the service")
            .settle();
        stage.press("Enter").until_words("running 0");
        service.log_lines(&["Checking..."]);
        stage.until_words("Checking...");
        service.end(Ending::Success(String::new()));
        stage
            .until_words("ended without a result")
            .until_words("idle");
        assert_eq!(service.runs_begun(), 1, "{shape:?}");
    }
}

#[test]
fn a_service_without_a_log_is_said_to_have_none_once() {
    let (office, _service) = far(Shape::Deployed);
    let mut stage = at_the_tab(&office, "http://127.0.0.1");
    stage.press("s").until_words("Ready to run").settle();
    let preview = flat(&stage.screen());
    assert_eq!(preview.matches("no log to show").count(), 1, "{preview}");
}

#[test]
fn a_stop_reaches_the_service_where_it_takes_one() {
    let (office, service) = far(Shape::WithRuns);
    let mut stage = at_the_tab(&office, "http://127.0.0.1");
    run(&office, &service, &mut stage);
    stage.until_words("running 0").settle();
    stage.press("x").until_words("TERM").settle();
    stage.press("Enter").until_words("idle");
    assert!(!service.is_running());
    assert_eq!(office.runs()[0].exit(), Some(130));
}

#[test]
fn a_service_that_is_down_is_told_and_looked_at_again() {
    let (office, service) = far(Shape::Documented);
    service.stop();
    let mut stage = at_the_tab(&office, "Connection refused");
    stage.press("s").until_words("r tries again").settle();
    service.resume().unwrap();
    stage.press("r").until_words("Ready to run").settle();
    stage
        .press("Esc")
        .until_words("No run yet, and no log file");
    assert_eq!(service.runs_begun(), 0);
}
