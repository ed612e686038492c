//! Our own client before our own server, which is restarted while the script runs.

use rustix::process::Signal;
use selaras::engine::{Engine, Job, Outcome, Verdict};
use selaras::script::{End, Report, Request, Script};

use super::{Server, WAITING, listen, place, token};
use crate::harness::wait::exit_of;
use crate::script::{Place, eventually};

/// A configuration that leads to the server, with a token of it.
async fn client(server: &Server, place: &Place) -> Place {
    selaras::http::install_tls();
    let mut client = Place::empty(&format!(
        "target = \"remote\"\nurl = \"http://{}\"",
        server.address
    ));
    client.set("SCRIPT_API_TOKEN", &token(place, "sari").await);
    client
}

async fn run(client: &Place, attach: bool) -> Report {
    let request = Request {
        attach,
        poll_ms: Some(15),
        ..Request::default()
    };
    let engine = client.engine();
    let plan = engine.plan(request, &Job::silent()).await.unwrap();
    Script::apply(&engine, plan, &Job::silent()).await.unwrap()
}

#[tokio::test]
async fn the_end_of_a_run_is_known_after_the_server_was_restarted() {
    let good = (0, End::Success, Verdict::Clean);
    let bad = (3, End::Failed, Verdict::Failed);
    for (attach, (exit, end, verdict)) in [(false, good), (true, good), (false, bad)] {
        let place = place(&format!("echo followed > sync.log\n{WAITING}; exit {exit}"));
        let mut server = Server::start(&place).await;
        let client = client(&server, &place).await;
        if attach {
            assert_eq!(server.ask("POST /sync/run?wait=false").await.status, 202);
            place.appears("pid").await;
        }
        let restarting = async {
            let seen = || client.text("output.log").contains("followed").then_some(());
            eventually("a line of the log at the client", seen).await;
            server.signal(Signal::KILL);
            exit_of(&mut server.child).await;
            listen(&place, &server.address.to_string());
            let next = Server::start(&place).await;
            place.touch("go");
            next
        };
        let (report, _next) = tokio::join!(run(&client, attach), restarting);
        assert_eq!((report.end, report.verdict()), (end, verdict), "{report:?}");
        assert_eq!(report.exit, (exit == 0).then_some(0));
    }
}
