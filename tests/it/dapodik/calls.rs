//! The calls that are not followed, and how one signs in.

use selaras::dapodik::model::End;
use selaras::dapodik::{Nik, Npsn, Report, Scope, State, WhenRunning};
use selaras::engine::{Job, Outcome as _, Verdict};
use selaras::error::Kind;
use selaras::sim::backend::{PASSWORD, Setup, USERNAME};
use selaras::sim::fault::{Fault, Rule};

use super::World;

fn ptk(nik: &str) -> Scope {
    Scope::Ptk {
        nik: Nik::parse(nik).unwrap(),
        npsn: Npsn::parse("20401234").unwrap(),
    }
}

#[tokio::test]
async fn one_ptk_is_done_or_says_why_not() {
    let world = World::new(Setup::default());
    let table = [
        ("3404071708900001", 0, "GURU CONTOH 1 berhasil"),
        (
            "3404071708900404",
            4,
            "404 Not Found: Data tidak ditemukan di pusat",
        ),
        ("3404071708900500", 4, "value too long for type"),
    ];
    for (nik, exit, words) in table {
        let run = world.sync(ptk(nik)).await;
        let failure = run.report.failure();
        assert_eq!(
            failure.map_or(0, |failure| failure.kind.exit()),
            exit,
            "{nik}"
        );
        let sentence = run.report.sentence();
        assert!(sentence.contains(words), "{sentence}");
        let said = format!("{:?} {:?} {sentence}", run.report, run.events);
        assert!(!said.contains(nik), "{said}");
    }
    let plan = world
        .plan(ptk("3404079908900001"), WhenRunning::Refuse)
        .await
        .unwrap();
    assert!(plan.notes[0].contains("no birth date"), "{:?}", plan.notes);
    let posts = world.backend.requests();
    assert_eq!(posts.iter().filter(|seen| seen.method == "POST").count(), 3);
}

#[tokio::test]
async fn an_answer_that_never_came_is_not_called_a_failure() {
    let world = World::new(Setup::default());
    world
        .backend
        .fault(Rule::new(Fault::Reset).on("/api/sync/ptk"));
    let run = world.sync(ptk("3404071708900001")).await;
    assert_eq!(run.report.verdict(), Verdict::Interrupted);
    let failure = run.report.failure().unwrap();
    assert!(failure.hint.unwrap().contains("may have been done"));
    let posts = world.backend.requests();
    assert_eq!(posts.iter().filter(|seen| seen.method == "POST").count(), 1);
}

#[tokio::test]
async fn the_fast_jobs_end_at_their_started_answer() {
    let world = World::new(Setup::default());
    for scope in [Scope::AllPtk, Scope::AllSekolah] {
        let report: Report = world.sync(scope).await.report;
        assert_eq!(
            (report.verdict(), &report.end),
            (Verdict::Clean, &End::Started)
        );
        assert_eq!((report.verified, report.failure()), (None, None));
        assert!(
            report.sentence().contains("Not verified"),
            "{}",
            report.sentence()
        );
    }
}

#[tokio::test]
async fn one_signs_in_by_key_by_token_or_by_password() {
    let mut world = World::new(Setup::default());
    let login = format!("EALUMNI_USERNAME={USERNAME}\nEALUMNI_PASSWORD={PASSWORD}\n");
    let token = format!("EALUMNI_AUTH_TOKEN={}\n", world.backend.token());
    for secrets in [token.clone(), login.clone(), token.clone() + &login] {
        world.secrets = secrets;
        let run = world.sync(Scope::Global).await;
        assert_eq!(run.report.verdict(), Verdict::Clean, "{:?}", run.report.end);
    }
    world.backend.expire_tokens();
    let metadata = world.engine().metadata(&Job::silent()).await.unwrap();
    assert!(matches!(metadata.state, State::Done(_)));
    world.secrets = token;
    let error = world.engine().metadata(&Job::silent()).await.unwrap_err();
    assert!(
        error.to_string().contains("Session expired or invalid"),
        "{error}"
    );
    assert_eq!(error.kind(), Kind::Remote);
    world.secrets = format!("EALUMNI_USERNAME={USERNAME}\nEALUMNI_PASSWORD=salah-9\n");
    let error = world.engine().metadata(&Job::silent()).await.unwrap_err();
    assert!(error.to_string().contains("password salah"), "{error}");
    world.secrets = String::new();
    let error = world.engine().metadata(&Job::silent()).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Config);
}
