//! A fresh database with the Laravel application's tables, as old or as new as a test wants them.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use selaras::config::DatabaseUrl;
use selaras::db::{Access, Connection, Row};

use super::{Server, server};

/// How users are held apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unique {
    /// `users_email_unique (email)`.
    Old,
    /// `users_email_location_unique (email, location_id)`.
    New,
    /// Not at all.
    None,
}

/// What the tables are like.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub unique: Unique,
    pub collation: &'static str,
}

impl Default for Shape {
    fn default() -> Self {
        Self {
            unique: Unique::New,
            collation: "utf8mb4_unicode_ci",
        }
    }
}

/// A database of its own for one test.
pub struct Database {
    server: &'static Server,
    pub name: String,
}

static NUMBER: AtomicU32 = AtomicU32::new(1);

impl Database {
    /// A database with the tables of `shape`; `None` where there is no server.
    pub async fn new(shape: Shape) -> Option<Self> {
        let server = server().await?;
        let name = format!("contoh{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let database = Self { server, name };
        let make = format!(
            "CREATE DATABASE {} CHARACTER SET utf8mb4 COLLATE {}",
            database.name, shape.collation
        );
        run(&database.root("mysql"), &make).await;
        for statement in tables(shape.unique) {
            database.run(&statement).await;
        }
        Some(database)
    }

    /// The administrator's way in, through the socket.
    pub fn url(&self) -> String {
        self.root(&self.name)
    }

    fn root(&self, name: &str) -> String {
        let socket = self.server.socket();
        format!("mysql://root@localhost/{name}?socket={}", socket.display())
    }

    /// A user's way in over TCP; `host` is where, `options` begins with `?`.
    pub fn tcp(&self, user: &str, host: &str, options: &str) -> String {
        let (port, name) = (self.server.port, &self.name);
        format!("mariadb://{user}@{host}:{port}/{name}{options}")
    }

    /// The server it is on.
    pub fn server(&self) -> &'static Server {
        self.server
    }

    /// Makes a user with these rights on this database (`"SELECT ON users"`), and returns its way
    /// in, through the socket. Its name is the database's.
    pub async fn user(&self, rights: &[&str]) -> String {
        let name = &self.name;
        self.run(&format!(
            "CREATE USER IF NOT EXISTS {name}@'%' IDENTIFIED BY 'sandi-{name}'"
        ))
        .await;
        for right in rights {
            let right = right.replace(" ON ", &format!(" ON {name}."));
            self.run(&format!("GRANT {right} TO {name}@'%'")).await;
        }
        let socket = self.server.socket();
        format!(
            "mysql://{name}:sandi-{name}@localhost/{name}?socket={}",
            socket.display()
        )
    }

    /// Runs a statement as the administrator.
    pub async fn run(&self, sql: &str) {
        run(&self.url(), sql).await;
    }

    /// The rows of a statement, as the administrator.
    pub async fn rows(&self, sql: &str) -> Vec<Row> {
        let mut connection = open(&self.url(), Access::Read).await;
        connection.query(sql, &[]).await.unwrap()
    }
}

/// A connection of a test's own.
pub async fn open(url: &str, access: Access) -> Connection {
    let url = DatabaseUrl::parse(url, Path::new("/")).unwrap();
    Connection::open(&url, access).await.unwrap()
}

async fn run(url: &str, sql: &str) {
    let mut connection = open(url, Access::Write).await;
    connection.execute(sql, &[]).await.unwrap();
    connection.close().await.unwrap();
}

/// The tables as Laravel's migrations make them.
fn tables(unique: Unique) -> Vec<String> {
    let key = match unique {
        Unique::Old => ", UNIQUE KEY users_email_unique (email)",
        Unique::New => ", UNIQUE KEY users_email_location_unique (email, location_id)",
        Unique::None => "",
    };
    vec![
        "CREATE TABLE locations (
            id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
            location_code VARCHAR(10) NOT NULL, location_name VARCHAR(100) NOT NULL,
            online_url VARCHAR(255) NULL, logo VARCHAR(255) NULL, photo_settings JSON NULL,
            created_at TIMESTAMP NULL, updated_at TIMESTAMP NULL,
            UNIQUE KEY locations_location_code_unique (location_code)
        ) ENGINE=InnoDB"
            .to_owned(),
        format!(
            "CREATE TABLE users (
            id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
            email VARCHAR(255) NOT NULL, location_id BIGINT UNSIGNED NOT NULL,
            status ENUM('active', 'inactive') NOT NULL DEFAULT 'active',
            created_at TIMESTAMP NULL, updated_at TIMESTAMP NULL{key},
            CONSTRAINT users_location_id_foreign FOREIGN KEY (location_id) REFERENCES locations (id)
        ) ENGINE=InnoDB"
        ),
    ]
}
