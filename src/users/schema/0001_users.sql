-- The embedded database: the tables of the Laravel application, and our marker.
CREATE TABLE IF NOT EXISTS locations (
    id INTEGER PRIMARY KEY,
    location_code VARCHAR(10) NOT NULL COLLATE NOCASE UNIQUE,
    location_name VARCHAR(100) NOT NULL,
    online_url VARCHAR(255),
    logo VARCHAR(255),
    photo_settings JSON,
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE IF NOT EXISTS users (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    email VARCHAR(255) NOT NULL,
    location_id INTEGER NOT NULL REFERENCES locations (id),
    status VARCHAR(8) NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'inactive')),
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP
);

CREATE UNIQUE INDEX IF NOT EXISTS users_email_location_unique ON users (email, location_id);
CREATE INDEX IF NOT EXISTS users_location_status ON users (location_id, status);
CREATE INDEX IF NOT EXISTS users_created ON users (created_at);

CREATE TABLE IF NOT EXISTS selaras_runs (
    run_id CHAR(36) NOT NULL,
    location_id BIGINT NOT NULL,
    plan_id CHAR(36) NOT NULL,
    applied_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    operator VARCHAR(255) NOT NULL,
    undoes CHAR(36),
    PRIMARY KEY (run_id, location_id)
);
