//! What looks like a secret, or like a person, is masked wherever a text from outside is quoted.
//!
//! A server may answer with anything: a bare token, a form with the password in it, a row of
//! somebody's data. The rule errs towards hiding: a quoted text only helps to see what it is.
//! Known secrets are masked where they are known, see [`crate::http::Peer::words`].

use url::{Position, Url};

/// What stands in the place of a secret.
pub const MASK: &str = "••••";

/// A name that contains one of these has a secret for its value.
const SECRET_NAMES: [&str; 13] = [
    "passw",
    "passphrase",
    "pwd",
    "sandi",
    "token",
    "secret",
    "apikey",
    "api_key",
    "api-key",
    "authorization",
    "cookie",
    "credential",
    "session",
];
/// These have a secret, or a person's data, for their value.
const SECRET_WORDS: [&str; 14] = [
    "pass", "otp", "pin", "jwt", "bearer", "nik", "email", "e-mail", "no_hp", "nohp", "hp",
    "phone", "telp", "telepon",
];
/// What stands between a name and its value besides blanks, as JSON, forms and pages write it.
const QUOTES: [&str; 8] = ["\\", "\"", "'", "]", "&quot;", "&#039;", "&#39;", "%22"];
/// Shorter ones are words.
const SHORTEST_TOKEN: usize = 16;
/// NIK, NUPTK and NIP have 16 to 18 digits, bank cards 15 to 19.
const LONG_NUMBER: usize = 15;

/// `text` with everything masked that looks like a password, a token, an e-mail, a telephone
/// number or a NIK.
pub fn mask(text: &str) -> String {
    let text = named_values(text);
    let text = addresses(&text);
    let text = numbers(&text);
    tokens(&text)
}

/// `url` for people: no password, no user (it may be a token), no secret of its query, no NIK.
pub fn address(url: &Url) -> String {
    let user = match (url.username(), url.password()) {
        ("", None) => String::new(),
        (_, None) => format!("{MASK}@"),
        (user, Some(_)) => format!("{user}:{MASK}@"),
    };
    let place = &url[Position::BeforeHost..Position::AfterPath];
    with_query(format!("{}://{user}{place}", url.scheme()), url.query())
}

/// `address` with a query behind it, its secrets masked.
pub fn with_query(address: String, query: Option<&str>) -> String {
    let option = |part: &str| match part.split_once('=') {
        Some((key, value)) if is_secret_option(key) && !value.is_empty() => format!("{key}={MASK}"),
        _ => part.to_owned(),
    };
    let Some(query) = query else {
        return address;
    };
    let options: Vec<String> = query.split('&').map(option).collect();
    format!("{address}?{}", options.join("&"))
}

/// Whether the value under `name` must be hidden.
fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET_NAMES.iter().any(|part| name.contains(part)) || SECRET_WORDS.contains(&name.as_str())
}

/// In a text `key` names many harmless things; in an address it does not.
fn is_secret_option(name: &str) -> bool {
    is_secret_name(name) || name.to_ascii_lowercase().contains("key")
}

fn is_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-')
}

/// `password: x`, `"token":"x"`, `api_key=x`, `Bearer x`, `<input name="_token" value="x">`.
fn named_values(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_name) {
        let (before, from) = rest.split_at(start);
        let (name, after) =
            from.split_at(from.find(|letter| !is_name(letter)).unwrap_or(from.len()));
        masked.push_str(before);
        masked.push_str(name);
        rest = after;
        if !is_secret_name(name) {
            continue;
        }
        let Some((between, value)) = value_of(after, &name.to_ascii_lowercase()) else {
            continue;
        };
        masked.push_str(&after[..between]);
        if value > 0 {
            masked.push_str(MASK);
        }
        rest = &after[between + value..];
    }
    masked.push_str(rest);
    masked
}

/// Where the value of a name begins in the text behind it, and how long it is.
fn value_of(after: &str, name: &str) -> Option<(usize, usize)> {
    let mut at = skip(after, 0);
    for attribute in ["value", "content"] {
        if after[at..].starts_with(attribute) {
            at = skip(after, at + attribute.len());
        }
    }
    let sign = ["=>", ":", "=", "%3D", "%3A"]
        .iter()
        .find(|sign| after[at..].starts_with(**sign));
    let Some(sign) = sign else {
        // `Bearer x`, but not `Bearer authentication failed`.
        let word = after.trim_start();
        let length = word_length(word);
        let token = word[..length].contains(|letter: char| letter.is_ascii_digit());
        let blanks = after.len() - word.len();
        return (name == "bearer" && blanks > 0 && token).then_some((blanks, length));
    };
    at += sign.len();
    let blanks = after[at..].len() - after[at..].trim_start().len();
    at += blanks;
    let quote = QUOTES
        .iter()
        .find(|quote| **quote != "]" && after[at..].starts_with(**quote));
    if let Some(quote) = quote {
        // JSON within JSON: a backslash, then the quote.
        let whole = match after[at..].strip_prefix("\\\"") {
            Some(_) => "\\\"",
            None => quote,
        };
        at += whole.len();
        let value = &after[at..];
        return Some((at, quoted_length(value, whole)));
    }
    let value = &after[at..];
    let close = match value.chars().next() {
        Some('{') => Some('}'),
        Some('[') => Some(']'),
        _ => None,
    };
    if let Some(close) = close {
        return Some((at, value.find(close).map_or(value.len(), |end| end + 1)));
    }
    let first = word_length(value);
    let scheme = value[..first].to_ascii_lowercase();
    let length = if ["bearer", "basic", "token", "digest"].contains(&scheme.as_str()) {
        let next = value[first..].trim_start();
        value.len() - next.len() + word_length(next)
    } else {
        first
    };
    Some((at, length))
}

/// Past blanks and quotes.
fn skip(text: &str, mut at: usize) -> usize {
    loop {
        let rest = text[at..].trim_start();
        at = text.len() - rest.len();
        match QUOTES.iter().find(|quote| rest.starts_with(**quote)) {
            Some(quote) => at += quote.len(),
            None => return at,
        }
    }
}

/// Up to the quote that closes, without it. A quote behind a backslash belongs to the value; in
/// JSON within JSON every backslash is written twice.
fn quoted_length(value: &str, quote: &str) -> usize {
    let nested = quote == "\\\"";
    let sign = if nested { "\"" } else { quote };
    let closes = value.match_indices(sign).find_map(|(at, _)| {
        let slashes = value[..at].len() - value[..at].trim_end_matches('\\').len();
        match (nested, slashes) {
            (true, slashes) if slashes % 4 == 1 => Some(at - 1),
            (false, slashes) if slashes % 2 == 0 => Some(at),
            _ => None,
        }
    });
    closes.unwrap_or(value.len())
}

fn word_length(value: &str) -> usize {
    let ends = |letter: char| {
        letter.is_whitespace() || matches!(letter, ',' | ';' | '&' | '}' | ']' | '<' | '"' | '\'')
    };
    value.find(ends).unwrap_or(value.len())
}

/// `user:password@` of an address, and e-mails; `vendor1@dkm` is one.
fn addresses(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('@') {
        let (before, after) = (&rest[..at], &rest[at + 1..]);
        let word = before.rfind(char::is_whitespace).map_or(0, |blank| {
            blank + before[blank..].chars().next().map_or(1, char::len_utf8)
        });
        let authority = before[word..].rfind("://").map(|start| word + start + 3);
        let user = authority.filter(|start| !before[*start..].contains('/') && *start < at);
        let part = |letter: char| {
            letter.is_alphanumeric() || matches!(letter, '.' | '_' | '%' | '+' | '-')
        };
        let local = before.trim_end_matches(part).len();
        let domain =
            after.find(|letter: char| !(letter.is_alphanumeric() || matches!(letter, '.' | '-')));
        let domain = domain.unwrap_or(after.len());
        if let Some(start) = user {
            masked.push_str(&before[..start]);
            masked.push_str(MASK);
            masked.push('@');
            rest = after;
        } else if local < at && domain > 0 {
            masked.push_str(&before[..local]);
            masked.push_str(MASK);
            rest = &after[domain..];
        } else {
            masked.push_str(&rest[..=at]);
            rest = after;
        }
    }
    masked.push_str(rest);
    masked
}

/// Telephone numbers as Indonesia writes them, and numbers as long as a NIK.
fn numbers(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    let mut before = ' ';
    while let Some(letter) = rest.chars().next() {
        let starts = letter.is_ascii_digit() || matches!(letter, '+' | '(');
        let length = if starts && !before.is_alphanumeric() {
            number_length(rest)
        } else {
            0
        };
        let taken = if length > 0 {
            length
        } else {
            letter.len_utf8()
        };
        masked.push_str(if length > 0 { MASK } else { &rest[..taken] });
        before = rest[..taken].chars().next_back().unwrap_or(' ');
        rest = &rest[taken..];
    }
    masked
}

/// The length of the personal number that `text` begins with; 0 without one. Its digits may stand
/// in groups; what follows behind a blank may as well be another number.
fn number_length(text: &str) -> usize {
    let mut groups: Vec<usize> = Vec::new();
    let mut digits = String::new();
    let (mut length, mut end, mut gap) = (0, 0, 2);
    for (at, letter) in text.char_indices() {
        match letter {
            '0'..='9' => {
                if gap > 0 {
                    if is_personal(text, &digits, &groups) {
                        length = end;
                    }
                    groups.push(0);
                }
                gap = 0;
                digits.push(letter);
                if let Some(group) = groups.last_mut() {
                    *group += 1;
                }
                end = at + 1;
            }
            '+' if at == 0 => {}
            ' ' | '-' | '.' | '(' | ')' if gap < 2 || at == 0 => gap += 1,
            _ if letter.is_alphanumeric() && gap == 0 => return length,
            _ => break,
        }
    }
    if is_personal(text, &digits, &groups) {
        length = end;
    }
    length
}

fn is_personal(text: &str, digits: &str, groups: &[usize]) -> bool {
    let first = groups.first().copied().unwrap_or(0);
    if let [only] = groups
        && *only >= LONG_NUMBER
    {
        return true;
    }
    let nik = digits.len() == 16 && groups.iter().all(|group| *group >= 2);
    let local = digits.starts_with('0') && !digits.starts_with("00") && !digits.starts_with("01");
    let phone = match () {
        () if text.starts_with('+') => (9..=15).contains(&digits.len()),
        () if local => first >= 3 && (9..=14).contains(&digits.len()),
        () if digits.starts_with("628") => (10..=15).contains(&digits.len()),
        () => false,
    };
    nik || phone
}

/// Long words that mix letters and digits as no language does.
fn tokens(text: &str) -> String {
    let within = |letter: char| is_name(letter) || matches!(letter, '+' | '/' | '=' | '~');
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(within) {
        let (before, from) = rest.split_at(start);
        masked.push_str(before);
        let jwt = from.starts_with("eyJ");
        let ends = |letter: char| !(within(letter) || jwt && letter == '.');
        let (run, after) = from.split_at(from.find(ends).unwrap_or(from.len()));
        let encoded = run.len() >= 20
            && run.contains(['+', '='])
            && run.contains(|letter: char| letter.is_ascii_digit())
            && run.contains(|letter: char| letter.is_ascii_uppercase())
            && run.contains(|letter: char| letter.is_ascii_lowercase());
        let secret =
            (jwt && run.len() >= 10) || encoded || run.split(['+', '/', '=', '~']).any(is_token);
        masked.push_str(if secret { MASK } else { run });
        rest = after;
    }
    masked.push_str(rest);
    masked
}

fn is_token(word: &str) -> bool {
    let count = |is: fn(&char) -> bool| word.chars().filter(is).count();
    let digits = count(char::is_ascii_digit);
    let (lower, upper) = (
        count(char::is_ascii_lowercase),
        count(char::is_ascii_uppercase),
    );
    let mixed = lower + upper >= 3 && digits >= 3 || digits >= 2 && lower >= 2 && upper >= 2;
    word.len() >= SHORTEST_TOKEN && mixed || word.len() >= 40 && lower >= 5 && upper >= 5
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_looks_like_a_secret_is_masked_however_it_is_written() {
        let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJpZCI6MX0.c2lnbmF0dXJl";
        let table = [
            (jwt, "••••"),
            ("1|Zx81kPq0vT77mNbQe4Lw2RsYc9Hd3Jg5", "1|••••"),
            ("9f86d081884c7d659a2feaa0c55ad015", "••••"),
            ("q+Zx81/kPq0vT7==", "q+Zx81/kPq0vT7=="),
            ("q+Zx81/kPq0vT7mNb/QeL==", "••••"),
            (
                r#"{"access_token":"abc","token_type":"x"}"#,
                r#"{"access_token":"••••","token_type":"••••"}"#,
            ),
            (
                r#"{\"password\":\"a b\\\"c\",\"n\":1}"#,
                r#"{\"password\":\"••••\",\"n\":1}"#,
            ),
            (r#"{"password":"open"#, r#"{"password":"••••"#),
            ("password=rahasia&x=1", "password=••••&x=1"),
            (
                "Wrong password: rahasia, again",
                "Wrong password: ••••, again",
            ),
            ("'kata_sandi' => 'rahasia'", "'kata_sandi' => '••••'"),
            ("Authorization: Bearer abc", "Authorization: ••••"),
            ("got Bearer abc123 here", "got Bearer •••• here"),
            (
                r#"<input name="_token" value="abc">"#,
                r#"<input name="_token" value="••••">"#,
            ),
            (
                "&quot;token&quot;:&quot;abc&quot;",
                "&quot;token&quot;:&quot;••••&quot;",
            ),
            (r#"{"tokens":["a","b"],"n":1}"#, r#"{"tokens":••••,"n":1}"#),
            (
                "https://admin:rahasia@h.example/x",
                "https://••••@h.example/x",
            ),
            ("of vendor1@dkm and a.b@c.example.", "of •••• and ••••"),
            ("NIK 3404010101800001 is wrong", "NIK •••• is wrong"),
            ("3404 0101 0180 0001", "••••"),
            ("199003232015041002 (NIP)", "•••• (NIP)"),
            (r#"{"nik":"34"}"#, r#"{"nik":"••••"}"#),
            (
                "call 081234567890 or +62 812-3456-7890",
                "call •••• or ••••",
            ),
            ("6281234567890, (0274) 512345", "••••, ••••"),
            ("081234567890 3404010101800001 12", "•••• •••• 12"),
        ];
        for (text, masked) in table {
            assert_eq!(mask(text), masked, "{text}");
        }
    }

    #[test]
    fn what_helps_to_see_the_cause_stays() {
        for text in [
            "503 Service Unavailable: <html><h1>busy</h1></html>",
            "SQLSTATE[23000]: Duplicate entry 'sekcam' for key 'users_username_unique'",
            "Unknown collation: 'utf8mb4_unicode_ci'",
            "Unauthorized: Missing/Invalid API Key",
            "CSRF token mismatch.",
            "The password is incorrect",
            "Bearer authentication failed",
            "Class App\\Http\\Controllers\\Api\\UserController2 not found",
            "2026-02-27T01:00:00.000Z, 2026-11-08 14:03:00, 08-11-2026 14:03",
            "school 20401234 of Depok, 12 of 45, 1 620 rows, 0.000812 s",
            "https://dev.example:8443/api/v1/conf/users?page=4&limit=100",
            "http://127.0.0.1:41234/login",
            "Access denied for user 'root'@'localhost'",
            r#"{"key":"LAST_GLOBAL_SYNC","value":null}"#,
        ] {
            assert_eq!(mask(text), text);
        }
    }

    #[test]
    fn an_address_shows_no_password_and_no_nik() {
        let table = [
            (
                "https://u:pw@h.example:8443/api",
                "https://u:••••@h.example:8443/api",
            ),
            ("https://tok@h.example/?a=1", "https://••••@h.example/?a=1"),
            (
                "http://h/ptk?nik=3404010101800001&npsn=20401234",
                "http://h/ptk?nik=••••&npsn=20401234",
            ),
            (
                "http://h/x?api_key=a&key=b&q=",
                "http://h/x?api_key=••••&key=••••&q=",
            ),
        ];
        for (url, shown) in table {
            assert_eq!(address(&url.parse().unwrap()), shown);
        }
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_rule_and_masking_twice_changes_nothing_that_was_hidden(
            text in "(\\PC|[\"'\\\\:=@ \\n]|token|password|08|eyJ){0,30}",
        ) {
            mask(&text);
        }

        #[test]
        fn a_token_never_shows_wherever_it_stands(
            token in "[A-Za-z]{4}[0-9]{3}[A-Za-z0-9_-]{12,40}",
            before in "[a-z \"{:,<>=|]{0,12}",
            after in "[ \"},<>&|.]{1}[a-z ]{0,12}",
        ) {
            let masked = mask(&format!("{before}{token}{after}"));
            prop_assert!(!masked.contains(&token), "{masked}");
        }
    }
}
