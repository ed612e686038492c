//! The verbs of the real program: exit codes, warnings, progress for programs.

use serde_json::Value;

use super::binary::Shell;

#[tokio::test]
async fn an_impossible_birth_date_is_a_warning_and_no_refusal() {
    let shell = Shell::new().await;
    let nik = "3404079913850001";
    let one = [
        "dapodik", "ptk", "--nik", nik, "--npsn", "20401234", "--yes",
    ];
    let (exit, output) = shell.run(&one).await;
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(exit, 0, "{said}");
    assert!(
        said.contains("are no birth date: is it mistyped?"),
        "{said}"
    );
    assert!(!said.contains(nik), "{said}");
}

#[tokio::test]
async fn progress_is_told_as_json_lines_that_end_at_100_once() {
    let shell = Shell::new().await;
    let asked = [
        "dapodik",
        "kecamatan",
        "34.04.07",
        "34.04.01",
        "--yes",
        "--json",
    ];
    let (exit, output) = shell.run(&asked).await;
    assert_eq!(exit, 0);
    let said = String::from_utf8(output.stderr).unwrap();
    let lines: Vec<Value> = said
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let overall = lines.iter().filter(|line| line["scope"] == "all");
    let overall: Vec<u64> = overall.filter_map(|line| line["done"].as_u64()).collect();
    assert!(overall.is_sorted(), "{overall:?}");
    assert_eq!(overall.iter().filter(|part| **part == 100).count(), 1);
    let mut counts = lines.iter().filter(|line| line["scope"] == "kecamatan");
    assert_eq!(counts.next_back().unwrap()["done"], 2, "{said}");
}

#[tokio::test]
async fn the_other_verbs_end_as_they_should() {
    let shell = Shell::new().await;
    let both = ["34.04.07", "34.04.01"];
    let table: [(&[&str], i32); 13] = [
        (&["metadata"], 0),
        (&["kecamatan", both[0], both[1], "--yes"], 0),
        (&["kecamatan", "--yes"], 2),
        (&["kecamatan", "Depok", "--yes"], 2),
        // Two kecamatan were stored: 240 PTK, each with a value that would be lost.
        (&["all-ptk", "--yes"], 7),
        (&["all-ptk", "--max-emptied", "239", "--yes"], 7),
        (&["all-ptk", "--max-emptied", "240", "--yes"], 0),
        (
            &[
                "ptk",
                "--nik",
                "3404071708900001",
                "--npsn",
                "20401234",
                "--yes",
            ],
            0,
        ),
        (
            &[
                "ptk",
                "--nik",
                "340407170890000",
                "--npsn",
                "20401234",
                "--yes",
            ],
            2,
        ),
        (
            &[
                "ptk",
                "--nik",
                "3404071708900404",
                "--npsn",
                "20401234",
                "--yes",
            ],
            4,
        ),
        (
            &[
                "ptk",
                "--nik",
                "3404071708900500",
                "--npsn",
                "20401234",
                "--yes",
            ],
            4,
        ),
        (
            &[
                "ptk",
                "--nik",
                "3404071708900001",
                "--npsn",
                "2040",
                "--yes",
            ],
            2,
        ),
        (&["global"], 2),
    ];
    for (arguments, wanted) in table {
        let arguments = [&["dapodik"], arguments].concat();
        let (exit, output) = shell.run(&arguments).await;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(exit, wanted, "{arguments:?}: {said}");
    }
    let (_, document) = shell.ask(&["dapodik", "metadata", "--json"]).await;
    assert_eq!(document["state"]["state"], "done");
    let (_, output) = shell.run(&["dapodik", "kecamatan", "--list"]).await;
    let listed = String::from_utf8(output.stdout).unwrap();
    assert!(
        listed.contains("34.04.07  Depok") && listed.lines().count() == 18,
        "{listed}"
    );
}

#[tokio::test]
async fn a_missing_list_of_kecamatan_is_an_error() {
    let shell = Shell::new().await;
    let list = ["dapodik", "kecamatan", "--list"];
    let text = std::fs::read_to_string(shell.world.config()).unwrap();
    let table = [
        (
            "sqlite:data/alumni.db",
            "sqlite:data/lain.db",
            5,
            "lain.db is not there",
        ),
        (
            "database = \"sqlite:data/alumni.db\"\n",
            "",
            3,
            "there is no list of kecamatan",
        ),
    ];
    for (old, new, wanted, said) in table {
        let text = text
            .replace(old, new)
            .replace("kecamatan = \"kecamatan.csv\"\n", "");
        std::fs::write(shell.world.config(), text).unwrap();
        let (exit, output) = shell.run(&list).await;
        let talk = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!((exit, output.stdout.len()), (wanted, 0), "{talk}");
        assert!(talk.contains(said) && talk.contains("[dapodik]"), "{talk}");
    }
}
