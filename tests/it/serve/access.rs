//! The access log: who asked what, and what came of it; no secret, and no flood from outside.

use super::{KEY, SECRET, Server, place, token};
use crate::script::{Place, eventually};

/// The lines of the access log.
fn lines(place: &Place) -> Vec<String> {
    let files = std::fs::read_dir(place.path("state/logs"))
        .into_iter()
        .flatten();
    let access = files.filter_map(|file| {
        let path = file.unwrap().path();
        let name = path.file_name()?.to_str()?;
        name.starts_with("access.")
            .then(|| std::fs::read_to_string(&path).unwrap())
    });
    access
        .flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

#[tokio::test]
async fn each_request_is_a_line_with_method_path_status_who_and_how_long() {
    let place = place("exit 0");
    let server = Server::start(&place).await;
    let token = token(&place, "budi").await;
    server
        .call(&format!("GET /sync/status?token={token}"))
        .answer()
        .await;
    let bearer = format!("Bearer {token}");
    server
        .call("GET /sync/log")
        .header("authorization", &bearer)
        .answer()
        .await;
    let run = server.ask("POST /sync/run").await;
    let run = run.header("x-selaras-run").unwrap().to_owned();
    server.ask("GET /nowhere%1b[2J").await;
    let lines = eventually("four lines", || {
        let lines = lines(&place);
        (lines.len() == 4).then_some(lines)
    })
    .await;
    let wanted = [
        " - GET /sync/status 401 ".to_owned(),
        " budi GET /sync/log 404 ".to_owned(),
        " api-key POST /sync/run 200 ".to_owned(),
        " api-key GET /nowhere%1b[2J 404 ".to_owned(),
    ];
    for (line, wanted) in lines.iter().zip(&wanted) {
        assert!(
            line.contains(wanted) && line.contains(" 127.0.0.1:"),
            "{line}"
        );
        assert!(!line.contains(SECRET) && !line.contains(KEY) && !line.contains(&token));
        let seconds = line
            .split(wanted)
            .nth(1)
            .unwrap()
            .split('s')
            .next()
            .unwrap();
        assert!(seconds.parse::<f64>().is_ok(), "{line}");
    }
    assert!(lines[2].ends_with(&format!("run={run}")), "{}", lines[2]);
}

#[tokio::test]
async fn strangers_do_not_fill_the_disk() {
    let place = place("exit 0");
    let server = Server::start(&place).await;
    for _ in 0..200 {
        assert_eq!(server.call("GET /sync/status").answer().await.status, 401);
    }
    server.ask("GET /sync/status").await;
    let lines = eventually("a friend's line", || {
        let lines = lines(&place);
        lines
            .iter()
            .any(|line| line.contains(" api-key "))
            .then_some(lines)
    })
    .await;
    assert!(lines.len() < 150, "{}", lines.len());
}
