//! Makes screens of different days alike: ids, times and paths become signs of the same width.

/// The screen with everything masked that is different each time.
pub fn mask(screen: &str) -> String {
    let lines: Vec<String> = screen.lines().map(line).collect();
    lines.join("\n")
}

fn line(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let mut masked = String::new();
    let mut at = 0;
    while at < characters.len() {
        let boundary = at == 0 || !characters[at - 1].is_alphanumeric();
        let rest = &characters[at..];
        let found = boundary.then(|| shape(&masked, rest)).flatten();
        if let Some(replacement) = found {
            at += replacement.chars().count();
            masked.push_str(&replacement);
        } else {
            masked.push(characters[at]);
            at += 1;
        }
    }
    masked
}

/// What stands for the beginning of `rest` after `before`, if it is one of the shapes.
fn shape(before: &str, rest: &[char]) -> Option<String> {
    const SHAPES: [(&str, &str); 7] = [
        ("dddd-dd-dd dd:dd:dd", "2026-11-20 08:00:00"),
        ("dddd-dd-dd dd:dd", "2026-11-20 08:00"),
        ("dd:dd:dd", "08:00:00"),
        ("d.d s", "0.1 s"),
        (".tmpaaaaaa", ".tmpXXXXXX"),
        ("127.0.0.1:ddddd", "127.0.0.1:40000"),
        ("hhhhhh", "c41f9a"),
    ];
    let fits = |pattern: &str| {
        let end = rest.get(pattern.chars().count());
        let ends = end.is_none_or(|next| !next.is_alphanumeric());
        // An id may happen to be a word, so what stands before it decides as well.
        let named = ["Run ", "run ", "plan ", "▸ "]
            .iter()
            .any(|name| before.ends_with(name));
        let id = named || rest.iter().take(6).any(char::is_ascii_digit);
        ends && rest.len() >= pattern.chars().count()
            && (pattern != "hhhhhh" || id)
            && pattern.chars().zip(rest).all(|(sign, found)| match sign {
                'd' => found.is_ascii_digit(),
                'a' if pattern.starts_with('.') => found.is_ascii_alphanumeric(),
                'h' => matches!(found, '0'..='9' | 'a'..='f'),
                sign => sign == *found,
            })
    };
    let shape = SHAPES.iter().find(|(pattern, _)| fits(pattern));
    shape.map(|(_, replacement)| (*replacement).to_owned())
}

#[test]
fn what_changes_is_masked_at_its_width_and_nothing_else() {
    let table = [
        ("Run d33037  users", "Run c41f9a  users"),
        (
            "plan 000000 dev_admin1@dkm 25",
            "plan c41f9a dev_admin1@dkm 25",
        ),
        ("2026-12-01 09:40 · 0.7 s", "2026-11-20 08:00 · 0.1 s"),
        ("/tmp/.tmpAb3dEf/data", "/tmp/.tmpXXXXXX/data"),
        ("Run facade, plan decade", "Run c41f9a, plan c41f9a"),
        ("decade facade 12 users", "decade facade 12 users"),
    ];
    for (from, to) in table {
        assert_eq!(mask(from), to);
    }
}
