//! What a database user may do, as `SHOW GRANTS` says it on MySQL and MariaDB.
//!
//! ```text
//!   GRANT SELECT, INSERT (`email`) ON `location\_server`.`users` TO `selaras`@`%` …
//!   GRANT ALL PRIVILEGES ON `location%`.* TO `writers`            a role that is in force
//!   GRANT `writers` TO `selaras`@`%`                              says nothing by itself
//!   REVOKE INSERT ON `location_server`.* FROM `selaras`@`%`       MySQL's partial revokes
//! ```
//! Both servers list the rights of the roles in force as well. A right on databases counts by the
//! pattern that fits best, as it does on the server: a wider one is not looked at any more.

use std::collections::BTreeSet;

/// What a database user and the roles in force may do.
#[derive(Clone, Debug, Default)]
pub struct Grants(Vec<Grant>);

/// One line of them.
#[derive(Clone, Debug)]
struct Grant {
    is_revoked: bool,
    rights: Vec<Right>,
    scope: Scope,
    grantee: String,
}

/// A right such as `INSERT`, perhaps on some columns only.
#[derive(Clone, Debug, Default)]
struct Right {
    name: String,
    columns: Vec<String>,
}

/// Where a right holds.
#[derive(Clone, Debug)]
enum Scope {
    Server,
    /// `%`, `_` and `\` as in LIKE.
    Databases(String),
    Table(String, String),
}

impl Grants {
    /// Reads the lines; what is not understood grants nothing.
    pub fn read(lines: impl Iterator<Item = String>) -> Self {
        Self(lines.filter_map(|line| Grant::read(&line)).collect())
    }

    /// Whether `right` may be used on these `columns` of a table.
    pub fn allow(&self, right: &str, (database, table): (&str, &str), columns: &[&str]) -> bool {
        let on_server = self.0.iter().any(|grant| {
            matches!(grant.scope, Scope::Server) && !grant.is_revoked && grant.whole(right)
        });
        let is_taken = self.0.iter().any(|grant| {
            grant.is_revoked
                && matches!(&grant.scope, Scope::Databases(name) if name == database)
                && grant.whole(right)
        });
        if on_server && !is_taken {
            return true;
        }
        self.allow_database(right, database) || self.allow_table(right, (database, table), columns)
    }

    fn allow_database(&self, right: &str, database: &str) -> bool {
        let grantees: BTreeSet<_> = self.0.iter().map(|grant| &grant.grantee).collect();
        grantees.into_iter().any(|grantee| {
            let fitting = self.0.iter().filter_map(|grant| match &grant.scope {
                Scope::Databases(pattern)
                    if !grant.is_revoked
                        && grant.grantee == *grantee
                        && fits(pattern, database) =>
                {
                    Some((precision(pattern), grant))
                }
                _ => None,
            });
            let best = fitting.max_by_key(|(precision, _)| *precision);
            best.is_some_and(|(_, grant)| grant.whole(right))
        })
    }

    fn allow_table(&self, right: &str, place: (&str, &str), columns: &[&str]) -> bool {
        let here = self.0.iter().filter(|grant| {
            matches!(&grant.scope, Scope::Table(database, table)
                if database == place.0 && table.eq_ignore_ascii_case(place.1))
        });
        let mut granted = BTreeSet::new();
        for grant in here {
            if grant.whole(right) {
                return true;
            }
            let parts = grant.rights.iter().filter(|one| one.name == right);
            granted.extend(parts.flat_map(|one| &one.columns));
        }
        !columns.is_empty()
            && columns
                .iter()
                .all(|column| granted.iter().any(|one| one.eq_ignore_ascii_case(column)))
    }
}

impl Grant {
    fn read(line: &str) -> Option<Self> {
        let mut tokens = tokens(line).into_iter().peekable();
        let is_revoked = match tokens.next()? {
            Token::Word(word) if word.eq_ignore_ascii_case("grant") => false,
            Token::Word(word) if word.eq_ignore_ascii_case("revoke") => true,
            _ => return None,
        };
        let mut rights = Vec::new();
        let mut right = Right::default();
        let mut within = false;
        loop {
            match tokens.next()? {
                Token::Word(word) if !within && word.eq_ignore_ascii_case("on") => break,
                Token::Word(word) | Token::Quoted(word) if within => right.columns.push(word),
                Token::Word(word) => right.add(&word),
                // A role.
                Token::Quoted(_) => return None,
                Token::Mark('(') => within = true,
                Token::Mark(')') => within = false,
                Token::Mark(',') if !within => rights.push(std::mem::take(&mut right)),
                Token::Mark(_) => {}
            }
        }
        rights.push(right);
        if let Some(Token::Word(word)) = tokens.peek() {
            // Routines and proxies are not ours to look at.
            if !word.eq_ignore_ascii_case("table") {
                return None;
            }
            tokens.next();
        }
        let (database, table) = (tokens.next()?, (tokens.next()?, tokens.next()?).1);
        let scope = match (database, table) {
            (Token::Mark('*'), Token::Mark('*')) => Scope::Server,
            (Token::Quoted(pattern), Token::Mark('*')) => Scope::Databases(pattern),
            (Token::Quoted(database), Token::Quoted(table)) => Scope::Table(database, table),
            _ => return None,
        };
        // `TO` or `FROM`, then who; the password's hash may follow, and is not kept.
        let grantee = tokens.skip(1).take(3).map(Token::text).collect();
        Some(Self {
            is_revoked,
            rights,
            scope,
            grantee,
        })
    }

    /// Whether it is about `right` without a limit to some columns.
    fn whole(&self, right: &str) -> bool {
        self.rights.iter().any(|one| {
            let all = matches!(one.name.as_str(), "ALL PRIVILEGES" | "ALL");
            one.columns.is_empty() && (all || one.name == right)
        })
    }
}

impl Right {
    fn add(&mut self, word: &str) {
        if !self.name.is_empty() {
            self.name.push(' ');
        }
        self.name.push_str(&word.to_uppercase());
    }
}

enum Token {
    Word(String),
    Quoted(String),
    Mark(char),
}

impl Token {
    fn text(self) -> String {
        match self {
            Self::Word(text) | Self::Quoted(text) => text,
            Self::Mark(mark) => mark.to_string(),
        }
    }
}

fn tokens(line: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut characters = line.chars().peekable();
    while let Some(first) = characters.next() {
        match first {
            '`' | '"' | '\'' => {
                let mut text = String::new();
                while let Some(next) = characters.next() {
                    if next == first && characters.peek() != Some(&first) {
                        break;
                    }
                    if next == first {
                        characters.next();
                    }
                    text.push(next);
                }
                tokens.push(Token::Quoted(text));
            }
            _ if first.is_alphanumeric() || first == '_' => {
                let mut text = String::from(first);
                while let Some(next) =
                    characters.next_if(|next| next.is_alphanumeric() || matches!(next, '_' | '$'))
                {
                    text.push(next);
                }
                tokens.push(Token::Word(text));
            }
            _ if first.is_whitespace() => {}
            _ => tokens.push(Token::Mark(first)),
        }
    }
    tokens
}

/// Whether a database's name fits a pattern, character by character from the left.
fn fits(pattern: &str, name: &str) -> bool {
    let mut pattern_rest = pattern.chars();
    let Some(first) = pattern_rest.next() else {
        return name.is_empty();
    };
    let mut name_rest = name.chars();
    match first {
        '%' => (name.char_indices().map(|(index, _)| index))
            .chain([name.len()])
            .any(|index| fits(pattern_rest.as_str(), &name[index..])),
        '_' => name_rest.next().is_some() && fits(pattern_rest.as_str(), name_rest.as_str()),
        _ => {
            let wanted = match first {
                '\\' => pattern_rest.next().unwrap_or('\\'),
                plain => plain,
            };
            let same = |found: char| found.to_lowercase().eq(wanted.to_lowercase());
            name_rest.next().is_some_and(same) && fits(pattern_rest.as_str(), name_rest.as_str())
        }
    }
}

/// How much of a pattern is plain text before its first `%` or `_`; all of it is best.
fn precision(pattern: &str) -> usize {
    let mut escaped = false;
    for (index, character) in pattern.chars().enumerate() {
        match character {
            '%' | '_' if !escaped => return index,
            _ => escaped = character == '\\' && !escaped,
        }
    }
    usize::MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allow(lines: &[&str], right: &str) -> bool {
        let grants = Grants::read(lines.iter().map(|line| (*line).to_owned()));
        grants.allow(right, ("location_server", "users"), &["email", "status"])
    }

    #[test]
    fn rights_are_found_wherever_they_were_given() {
        let table: [(&[&str], bool); 16] = [
            (
                &[
                    "GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost` IDENTIFIED BY PASSWORD '*1' WITH GRANT OPTION",
                ],
                true,
            ),
            (&["GRANT USAGE ON *.* TO `u`@`%`"], false),
            (
                &["GRANT SELECT, INSERT, UPDATE ON `location_server`.* TO `u`@`%`"],
                true,
            ),
            (&["GRANT SELECT ON `location_server`.* TO `u`@`%`"], false),
            (&[r"GRANT INSERT ON `location\_server`.* TO `u`@`%`"], true),
            (&["GRANT INSERT ON `location%`.* TO `u`@`%`"], true),
            (&["GRANT INSERT ON `%server`.* TO `u`@`%`"], true),
            (&[r"GRANT INSERT ON `location\%`.* TO `u`@`%`"], false),
            (
                &["GRANT INSERT ON `location_server`.`users` TO `u`@`%`"],
                true,
            ),
            (
                &["GRANT INSERT ON `location_server`.`locations` TO `u`@`%`"],
                false,
            ),
            (&["GRANT INSERT ON `other`.`users` TO `u`@`%`"], false),
            (
                &[
                    "GRANT SELECT, INSERT (`email`, `status`, `id`) ON `location_server`.`users` TO `u`@`%`",
                ],
                true,
            ),
            (
                &["GRANT INSERT (`email`) ON `location_server`.`users` TO `u`@`%`"],
                false,
            ),
            (
                &[
                    "GRANT `INSERT` TO `u`@`%`",
                    "GRANT INSERT ON `location_server`.* TO `INSERT`",
                ],
                true,
            ),
            (
                &[
                    "GRANT EXECUTE ON PROCEDURE `location_server`.`users` TO `u`@`%`",
                    "SET DEFAULT ROLE `r` FOR `u`@`%`",
                ],
                false,
            ),
            (
                &[
                    "GRANT INSERT ON *.* TO `u`@`%`",
                    "REVOKE INSERT ON `location_server`.* FROM `u`@`%`",
                ],
                false,
            ),
        ];
        for (lines, wanted) in table {
            assert_eq!(allow(lines, "INSERT"), wanted, "{lines:?}");
        }
    }

    #[test]
    fn only_the_pattern_that_fits_best_counts() {
        let wide = "GRANT INSERT ON `loc%`.* TO `u`@`%`";
        let close = "GRANT SELECT ON `location_server`.* TO `u`@`%`";
        assert!(!allow(
            &[wide, r"GRANT SELECT ON `location\_server`.* TO `u`@`%`"],
            "INSERT"
        ));
        assert!(!allow(&[close, wide], "INSERT"));
        // Somebody else's narrow right does not hide ours.
        assert!(allow(
            &[wide, "GRANT SELECT ON `location_server`.* TO `role`"],
            "INSERT"
        ));
    }
}
