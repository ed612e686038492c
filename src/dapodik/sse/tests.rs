//! The WHATWG cases, each at every chunking.

use super::*;
use proptest::prelude::*;

fn parse(input: &[u8], size: usize) -> (Vec<Event>, Parser) {
    let mut parser = Parser::default();
    let events = input
        .chunks(size.max(1))
        .flat_map(|chunk| parser.feed(chunk))
        .collect();
    (events, parser)
}

/// What a stream says, the same whole, byte by byte and in chunks of 2, 3 and 7.
fn at_every_chunking(input: &[u8]) -> (Vec<Event>, Parser) {
    let whole = parse(input, input.len());
    for size in [1, 2, 3, 7] {
        let (events, parser) = parse(input, size);
        assert_eq!(events, whole.0, "in chunks of {size}");
        assert_eq!(parser.last_id(), whole.1.last_id());
    }
    whole
}

fn data(input: &[u8]) -> Vec<String> {
    let (events, _) = at_every_chunking(input);
    events.into_iter().map(|event| event.data).collect()
}

/// An input of the table that ends with three LF.
fn closed(input: &str) -> Vec<u8> {
    format!("{input}\n\n\n").into_bytes()
}

#[test]
fn data_is_read_as_the_standard_has_it() {
    let long = "x".repeat(2048);
    let comments =
        format!("data:1\r:\0\n:\r\ndata:2\n:{long}\rdata:3\n:data:fail\r:{long}\ndata:4\n\n");
    let fields = "data:\0\ndata:  2\rData:1\ndata\0:2\ndata:1\r\0data:4\nda-ta:3\rdata_5\ndata:3\r\
                  data:\r\n data:32\ndata:4\n\n";
    let table: [(&str, Vec<u8>, &[&str]); 16] = [
        (
            "a BOM",
            closed("\u{feff}data:1\n\n\u{feff}data:2\n\ndata:3"),
            &["1", "3"],
        ),
        (
            "a double BOM",
            closed("\u{feff}\u{feff}data:1\n\ndata:2\n\ndata:3"),
            &["2", "3"],
        ),
        ("comments", comments.into_bytes(), &["1\n2\n3\n4"]),
        (
            "data",
            closed("data:\n\ndata\ndata\n\ndata:test"),
            &["", "\n", "test"],
        ),
        ("fields", fields.into(), &["\0\n 2\n1\n3\n\n4"]),
        (
            "unknown fields",
            closed("data:test\n data\ndata\nfoobar:xxx\njustsometext\n:comment\ndata:test"),
            &["test\n\ntest"],
        ),
        (
            "a leading space",
            closed("data:\ttest\rdata: \ndata:test"),
            &["\ttest\n\ntest"],
        ),
        (
            "newlines",
            "data:test\r\ndata\ndata:test\r\n\r\n".into(),
            &["test\n\ntest"],
        ),
        ("lone CRs", "data:a\r\r".into(), &["a"]),
        ("CR LF", "data: a\r\ndata: b\r\n\r\n".into(), &["a\nb"]),
        ("several bytes", "data: €豆腐\n\n".into(), &["€豆腐"]),
        (
            "bad UTF-8",
            b"data: a\xffb\n\ndata: c\n\n".to_vec(),
            &["a\u{fffd}b", "c"],
        ),
        (
            "no line ends",
            "data: a\u{85}b\u{2028}c\n\n".into(),
            &["a\u{85}b\u{2028}c"],
        ),
        ("charset", closed("data:ok…"), &["ok…"]),
        ("an unfinished event", "data: a\n\ndata: b".into(), &["a"]),
        (
            "half a BOM",
            b"\xef\xbbdata:1\n\ndata:2\n\n".to_vec(),
            &["2"],
        ),
    ];
    for (case, input, expected) in table {
        assert_eq!(data(&input), expected, "{case}");
    }
}

#[test]
fn types_and_ids_live_as_long_as_they_should() {
    let of = |input: &str, pick: fn(&Event) -> &str| -> Vec<String> {
        let (events, _) = at_every_chunking(&closed(input));
        events.iter().map(|event| pick(event).to_owned()).collect()
    };
    assert_eq!(of("event: \ndata:data", |event| &event.kind), ["message"]);
    let types = of("event:test\ndata:x\n\ndata:x", |event| &event.kind);
    assert_eq!(types, ["test", "message"]);
    let ids = of(
        "id: 1\ndata: 1\n\ndata: 2\n\nid: 2\ndata:3\n\ndata:4",
        |event| &event.id,
    );
    assert_eq!(ids, ["1", "1", "2", "2"]);
    let ids = of("id: 1\ndata: 1\n\nid\ndata:2\n\ndata:3", |event| &event.id);
    assert_eq!(ids, ["1", "", ""]);
    assert_eq!(of("id: x\0x\ndata:1", |event| &event.id), [""]);
}

#[test]
fn an_unfinished_event_takes_its_id_with_it() {
    let (events, parser) = at_every_chunking(b"retry:1000\ndata:test1\n\nid:test\ndata:test2");
    assert_eq!((events.len(), events[0].data.as_str()), (1, "test1"));
    assert_eq!(parser.last_id(), "");
    assert_eq!(parser.retry(), Some(Duration::from_secs(1)));
}

#[test]
fn a_retry_is_digits_only() {
    for input in ["retry:03000\ndata:x", "retry:3000\nretry:1000x\ndata:x"] {
        let (_, parser) = at_every_chunking(&closed(input));
        assert_eq!(parser.retry(), Some(Duration::from_secs(3)), "{input}");
    }
}

#[test]
fn a_lone_cr_ends_an_event_at_once() {
    let mut parser = Parser::default();
    assert_eq!(parser.feed(b"data:a\r").len(), 0);
    assert_eq!(parser.feed(b"\r").len(), 1);
    assert_eq!(parser.feed(b"\ndata:b\n\n").len(), 1);
}

#[test]
fn what_is_too_long_is_dropped_counted_and_followed_by_the_rest() {
    let line = format!("data:{}\ndata:tail\n\ndata:next\n\n", "x".repeat(LONGEST));
    let lines = format!("data:{}\n", "x".repeat(LONGEST / 2));
    let event = format!("{lines}{lines}{lines}\ndata:next\n\n");
    for input in [line, event] {
        let (events, parser) = parse(input.as_bytes(), 64 * 1024);
        assert_eq!((events.len(), events[0].data.as_str()), (1, "next"));
        assert_eq!(parser.dropped(), 1);
        assert!(parser.line.bytes.capacity() <= 2 * LONGEST);
    }
    let comment = format!("data:a\n:{}\n\n", "x".repeat(3 * LONGEST));
    let (events, parser) = parse(comment.as_bytes(), 64 * 1024);
    assert_eq!((events.len(), parser.dropped()), (1, 0));
}

proptest! {
    #[test]
    fn any_chunking_gives_the_same_events(
        pieces in prop::collection::vec(
            prop_oneof![
                Just("data:"), Just("data"), Just("id:"), Just("event: "), Just("retry:1"), Just(":"),
                Just(" "), Just("\r"), Just("\n"), Just("\r\n"), Just("\n\n"), Just("\u{feff}"),
                Just("x"), Just("€"), Just("\0"),
            ],
            0..40,
        ),
        cuts in prop::collection::vec(0usize..200, 0..8),
    ) {
        let input = pieces.concat().into_bytes();
        let whole = parse(&input, input.len()).0;
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(input.len())).collect();
        cuts.extend([0, input.len()]);
        cuts.sort_unstable();
        let mut parser = Parser::default();
        let events: Vec<Event> = (cuts.windows(2))
            .flat_map(|pair| parser.feed(&input[pair[0]..pair[1]]))
            .collect();
        prop_assert_eq!(events, whole);
    }
}
