//! Help, manual, completions, first steps, locales: what is said when nothing is done.

use super::Office;
use super::office::ended;
use crate::harness::child;

#[tokio::test]
async fn help_manual_and_completions_need_no_home_and_no_configuration() {
    let office = Office::open().await;
    let table: [(&[&str], &str); 6] = [
        (&["--help"], "11  partial: some rows or locations failed"),
        (&["users", "apply", "--help"], "--max-deactivate <N>"),
        (
            &["--version"],
            concat!("selaras ", env!("CARGO_PKG_VERSION")),
        ),
        (&["man"], ".TH selaras-users-apply 1"),
        (&["completions", "bash"], "complete -F _selaras"),
        (&["completions", "fish"], "complete -c selaras"),
    ];
    for (arguments, words) in table {
        let mut command = office.command(arguments);
        child::clear(command.as_std_mut());
        ended(command).await.expect(0, words, "");
    }
}

#[tokio::test]
async fn wrong_use_is_exit_2_and_names_what_is_right() {
    let office = Office::open().await;
    let table: [(&[&str], &str); 6] = [
        (&["users", "plan"], "<CODE|--all|--plan <FILE>>"),
        (&["users", "aply", "dev"], "apply"),
        (&["users", "apply", "dev", "--all"], "cannot be used with"),
        (
            &["users", "plan", "nowhere"],
            "(known: dev, test, prod, malang)",
        ),
        (
            &["users", "apply", "dev"],
            "add --yes to continue without a question; nothing was written",
        ),
        (&["demo", "--faults", "gremlins"], "the faults are: "),
    ];
    for (arguments, words) in table {
        office.run(arguments).await.expect(2, "", words);
    }
}

#[tokio::test]
async fn without_a_configuration_the_two_ways_on_are_explained() {
    let office = Office::open().await;
    for arguments in [&["users", "plan", "dev"][..], &["users", "list"], &[]] {
        let mut command = office.command(arguments);
        command.env_remove("SELARAS_CONFIG");
        let done = ended(command).await;
        done.expect(3, "", "error: there is no configuration yet");
        for words in [
            "`selaras demo` tries everything",
            "`selaras config init` writes ",
        ] {
            assert!(done.err.contains(words), "no {words} in {done:#?}");
        }
        assert!(
            done.err.contains("home/config/selaras/config.toml"),
            "{done:#?}"
        );
    }
}

#[tokio::test]
async fn a_configuration_is_begun_checked_and_shown() {
    let office = Office::open().await;
    let run = async |arguments: &[&str]| {
        let mut command = office.command(arguments);
        command.env_remove("SELARAS_CONFIG");
        ended(command).await
    };
    let path = "home/config/selaras/config.toml";
    run(&["config", "init", "--read-only"])
        .await
        .expect(3, "", "read_only is set");
    run(&["config", "init"])
        .await
        .expect(0, path, "`selaras config check` says what is missing");
    run(&["config", "init"])
        .await
        .expect(2, "", "exists already");
    run(&["config", "check"]).await.expect(
        0,
        "· users is not set up: ",
        "config.toml: nothing is set up yet",
    );
    run(&["config", "show"])
        .await
        .expect(0, "\nusers.page_size  ", "");
    let file = office.root.path().join(path);
    std::fs::write(&file, "[users]\ndatabase = \"mysql://root@db/app\"\n").unwrap();
    run(&["config", "check"]).await.expect(
        0,
        "✓ users is set up",
        "config.toml: 2 things need a look",
    );
    std::fs::write(&file, "[users]\npage_sise = 10\n").unwrap();
    run(&["config", "check"])
        .await
        .expect(3, "", "the nearest is `users.page_size`");
}

#[tokio::test]
async fn a_locale_without_utf8_gets_ascii_marks() {
    let office = Office::open().await;
    for (locale, mark) in [("C", "  ok "), ("C.UTF-8", "  ✓ ")] {
        let mut command = office.command(&["users", "plan", "dev", "malang"]);
        command.env("LC_ALL", locale);
        let done = ended(command).await;
        assert!(done.out.contains(mark), "{done:#?}");
        assert_eq!(
            done.out.is_ascii() && done.err.is_ascii(),
            locale == "C",
            "{done:#?}"
        );
    }
    office.set_top("[screen]\nunicode = \"off\"");
    let text = std::fs::read_to_string(office.config()).unwrap();
    let (screen, rest) = text.split_at("[screen]\nunicode = \"off\"\n".len());
    std::fs::write(office.config(), format!("{rest}\n{screen}")).unwrap();
    let done = office.run(&["users", "plan", "dev"]).await;
    assert!(done.out.is_ascii() && done.err.is_ascii(), "{done:#?}");
}
