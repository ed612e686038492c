CREATE TABLE _sqlx_migrations (
    version BIGINT PRIMARY KEY,
    description TEXT NOT NULL,
    installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    success BOOLEAN NOT NULL,
    checksum BLOB NOT NULL,
    execution_time BIGINT NOT NULL
);
INSERT INTO _sqlx_migrations VALUES(1,'users','2026-11-21 20:57:17',1,X'2094990fbb8a009f81c404ffef7a735025428615da8222a9ba8867e99dbdb78ff1d0aa0f8b92bdd9092a0d2cc0d9ef72',2075149);
CREATE TABLE locations (
    id INTEGER PRIMARY KEY,
    location_code VARCHAR(10) NOT NULL COLLATE NOCASE UNIQUE,
    location_name VARCHAR(100) NOT NULL,
    online_url VARCHAR(255),
    logo VARCHAR(255),
    photo_settings JSON,
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP
);
INSERT INTO locations VALUES(7,'test','Test','http://127.0.0.1:43805',NULL,NULL,'2026-11-21 20:57:17','2026-11-21 20:57:17');
CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    email VARCHAR(255) NOT NULL,
    location_id INTEGER NOT NULL REFERENCES locations (id),
    status VARCHAR(8) NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'inactive')),
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP
);
INSERT INTO users VALUES(1,'test_vendor1@dkm',7,'active','2026-11-21 20:57:17','2026-11-21 20:57:17');
INSERT INTO users VALUES(2,'test_petugas1@dkm',7,'active','2026-11-21 20:57:17','2026-11-21 20:57:17');
INSERT INTO users VALUES(3,'test_pengawas1@dkm',7,'active','2026-11-21 20:57:17','2026-11-21 20:57:17');
CREATE TABLE selaras_runs (
    run_id CHAR(36) NOT NULL,
    location_id BIGINT NOT NULL,
    plan_id CHAR(36) NOT NULL,
    applied_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    operator VARCHAR(255) NOT NULL,
    undoes CHAR(36),
    PRIMARY KEY (run_id, location_id)
);
CREATE UNIQUE INDEX users_email_location_unique ON users (email, location_id);
CREATE INDEX users_location_status ON users (location_id, status);
CREATE INDEX users_created ON users (created_at);
