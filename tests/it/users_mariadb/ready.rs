//! Ready means ready: what would make an apply fail is said by the plan, with the SQL that mends it,
//! and after that SQL the apply succeeds.

use selaras::engine::Outcome;
use selaras::error::{Failure, Kind};

use crate::users_engine::world::{DEV, Setup, World, people};

/// What Laravel's own migration makes of `users`, and what the application added.
const STOCK: [&str; 2] = [
    "DROP TABLE users",
    "CREATE TABLE users (
        id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
        name VARCHAR(255) NOT NULL, email VARCHAR(255) NOT NULL,
        email_verified_at TIMESTAMP NULL, password VARCHAR(255) NOT NULL,
        remember_token VARCHAR(100) NULL, created_at TIMESTAMP NULL, updated_at TIMESTAMP NULL,
        location_id BIGINT UNSIGNED NULL,
        status ENUM('active', 'inactive') NOT NULL DEFAULT 'active',
        UNIQUE KEY users_email_location_unique (email, location_id)) ENGINE=InnoDB",
];

async fn world(there: &[&str]) -> Option<World> {
    World::foreign(&Setup::of(DEV, people(there))).await
}

async fn stock(there: &[&str]) -> Option<World> {
    let world = world(there).await?;
    for sql in STOCK {
        world.run(sql).await;
    }
    Some(world)
}

/// Why nothing can be applied; an apply that is tried all the same writes nothing.
async fn refused(world: &World) -> Failure {
    let plan = match world.try_plan().await {
        Ok(plan) => plan,
        Err(error) => return error.into(),
    };
    let failure = plan.locations[0].error.clone().unwrap();
    assert_eq!(failure.kind, Kind::Database);
    let (_, report) = world.apply(&plan).await;
    assert_eq!(report.failure().as_ref(), Some(&failure));
    failure
}

/// The statements of a hint.
fn statements(failure: &Failure) -> Vec<String> {
    let hint = failure.hint.as_deref().unwrap();
    let (_, statements) = hint.split_once(" runs: ").unwrap();
    let statements = statements.trim_end_matches(';').split("; ");
    statements.map(str::to_owned).collect()
}

#[tokio::test]
async fn a_stock_laravel_table_gets_names_and_passwords_that_nobody_knows() {
    let Some(world) = stock(&["ani@dkm", "budi@dkm"]).await else {
        return;
    };
    let (_, plan) = world.sync().await;
    assert!(
        plan.locations[0]
            .notes
            .iter()
            .any(|note| note.contains("they get a name (their server's, else the e-mail)")),
        "{:?}",
        plan.locations[0].notes
    );
    let sql = "SELECT name, email, password, LENGTH(password), status FROM users ORDER BY email";
    let rows = world.rows(sql).await;
    assert_eq!(rows.len(), 2);
    let mut passwords = Vec::new();
    for row in &rows {
        assert!(!row.text(0).is_empty() && row.text(0) != row.text(1));
        assert_eq!((row.int(3), row.text(4)), (60, "active".to_owned()));
        let password = row.text(2);
        let rest = password.strip_prefix("$2y$10$").unwrap();
        let is_of_bcrypt = |one: char| one.is_ascii_alphanumeric() || one == '.' || one == '/';
        assert!(rest.chars().all(is_of_bcrypt), "{rest}");
        passwords.push(password);
    }
    assert_ne!(passwords[0], passwords[1]);
}

#[tokio::test]
async fn the_name_may_be_the_email() {
    let Some(world) = stock(&["ani@dkm"]).await else {
        return;
    };
    world.set("[users.columns]\nname = \"email\"\n");
    world.sync().await;
    assert_eq!(
        world.rows("SELECT name FROM users").await[0].text(0),
        "ani@dkm"
    );
}

#[tokio::test]
async fn a_name_that_does_not_fit_gives_way_to_the_email() {
    let Some(world) = stock(&["a@dkm", "longer@dkm"]).await else {
        return;
    };
    world
        .run("ALTER TABLE users MODIFY name VARCHAR(6) NOT NULL")
        .await;
    let plan = world.plan().await;
    let conflict = &plan.locations[0].conflict;
    assert_eq!(conflict.len(), 1, "{conflict:?}");
    assert_eq!(
        (conflict[0].email.as_str(), conflict[0].reason.as_str()),
        ("longer@dkm", "users.name takes 6 characters")
    );
    world.sync().await;
    let rows = world.rows("SELECT name, email FROM users").await;
    assert_eq!((rows.len(), rows[0].text(0)), (1, "a@dkm".to_owned()));
}

#[tokio::test]
async fn what_is_wrong_is_named_at_plan_time_and_its_sql_mends_it() {
    // What somebody did to the database, and what is said.
    let table: [(&str, &str); 9] = [
        (
            "ALTER TABLE users ADD COLUMN phone VARCHAR(20) NOT NULL",
            "users.phone may not be NULL and has no default",
        ),
        (
            "ALTER TABLE users DROP COLUMN status",
            "there is no column users.status",
        ),
        (
            "ALTER TABLE users DROP COLUMN updated_at",
            "there is no column users.updated_at",
        ),
        (
            "ALTER TABLE users MODIFY status ENUM('aktif', 'mati') NOT NULL DEFAULT 'aktif'",
            "users.status cannot be active and inactive: it is enum('aktif','mati')",
        ),
        (
            "ALTER TABLE users ENGINE=MyISAM",
            "users is a table of MyISAM, which has no transactions",
        ),
        (
            "ALTER TABLE users MODIFY id BIGINT UNSIGNED NOT NULL",
            "users.id may not be NULL and has no default",
        ),
        (
            "ALTER TABLE users ADD COLUMN `select` INT NOT NULL",
            "users.select may not be NULL",
        ),
        (
            "ALTER TABLE users MODIFY password CHAR(32) NOT NULL",
            "users.password (char(32)) is too short",
        ),
        (
            "CREATE TABLE selaras_runs (run_id CHAR(36) NOT NULL, location_id BIGINT NOT NULL, \
             plan_id CHAR(36) NOT NULL, applied_at TIMESTAMP NOT NULL, operator VARCHAR(255) NOT \
             NULL, undoes CHAR(36) NULL, PRIMARY KEY (run_id, location_id)) ENGINE=MyISAM",
            "selaras_runs is a table of MyISAM",
        ),
    ];
    for (sql, says) in table {
        let Some(world) = stock(&["ani@dkm"]).await else {
            return;
        };
        world.run(sql).await;
        let failure = refused(&world).await;
        assert!(failure.message.contains(says), "{}", failure.message);
        for statement in statements(&failure) {
            world.run(&statement).await;
        }
        world.sync().await;
        assert_eq!(world.everybody().await, ["ani@dkm 8 active"], "{sql}");
    }
}

#[tokio::test]
async fn all_that_is_wrong_is_said_at_once() {
    let Some(world) = stock(&["ani@dkm"]).await else {
        return;
    };
    for sql in [
        "ALTER TABLE users ADD COLUMN phone VARCHAR(20) NOT NULL, ADD COLUMN nik CHAR(16) NOT NULL",
        "ALTER TABLE users ENGINE=MyISAM",
    ] {
        world.run(sql).await;
    }
    let failure = refused(&world).await;
    for says in ["users.phone", "users.nik", "MyISAM"] {
        assert!(failure.message.contains(says), "{}", failure.message);
    }
    assert_eq!(statements(&failure).len(), 3);
}

#[tokio::test]
async fn columns_that_look_after_themselves_are_no_obstacle() {
    let Some(world) = stock(&["ani@dkm"]).await else {
        return;
    };
    world
        .run(
            "ALTER TABLE users ADD COLUMN note VARCHAR(20) NULL, \
             ADD COLUMN kind ENUM('a', 'b') NOT NULL, ADD COLUMN n INT NOT NULL DEFAULT 3, \
             ADD COLUMN made DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP, \
             ADD COLUMN twice VARCHAR(255) AS (CONCAT(email, email)) STORED",
        )
        .await;
    world.sync().await;
    assert_eq!(world.everybody().await.len(), 1);
}

#[tokio::test]
async fn another_database_is_told_by_its_missing_tables() {
    let Some(world) = world(&["ani@dkm"]).await else {
        return;
    };
    world.run("DROP TABLE users").await;
    world.run("RENAME TABLE locations TO tempat").await;
    let failure = refused(&world).await;
    assert!(
        failure
            .message
            .contains("there is no table locations; there is no table users"),
        "{}",
        failure.message
    );
    let hint = failure.hint.unwrap();
    assert!(
        hint.starts_with("is it the application's database?"),
        "{hint}"
    );
}

#[tokio::test]
async fn a_plan_reads_the_catalogue_once_whatever_the_number_of_locations() {
    let count = async |places: usize| {
        let all = [DEV, (7, "test", "Test"), (1, "prod", "Prod")];
        let setup = Setup {
            there: all[..places]
                .iter()
                .map(|place| (*place, people(&["a@dkm"])))
                .collect(),
            ..Setup::default()
        };
        let world = World::foreign(&setup).await?;
        let database = world.database.as_ref().unwrap();
        world.configure(&database.user(&["ALL ON *"]).await, "");
        database.run("SET GLOBAL general_log = 1").await;
        world.plan().await;
        let sql = format!(
            "SELECT argument FROM mysql.general_log WHERE user_host LIKE '{}[%' \
             AND (argument LIKE '%information_schema%' OR argument LIKE 'SHOW GRANTS%')",
            database.name
        );
        Some(database.rows(&sql).await.len())
    };
    let (Some(one), Some(three)) = (count(1).await, count(3).await) else {
        return;
    };
    assert_eq!(one, three);
    assert!(one > 0);
}
