use super::*;

fn keys() -> Keys {
    Keys::named(&["npsn", "nama", "lat"])
}

fn rows(body: &str) -> Vec<Vec<Option<String>>> {
    read(body.as_bytes(), &keys()).unwrap().rows
}

fn row(values: [Option<&str>; 3]) -> Row {
    values.map(|value| value.map(str::to_owned)).to_vec()
}

#[test]
fn every_shape_of_a_list_is_read() {
    let one = row([Some("1"), Some("SD"), None]);
    for body in [
        r#"[{"npsn":"1","nama":"SD"}]"#,
        r#"{"data":[{"npsn":"1","nama":"SD"}]}"#,
        r#"{"data":{"data":[{"npsn":"1","nama":"SD"}]}}"#,
        r#"{"data":{"npsn":"1","nama":"SD"}}"#,
        r#"{"npsn":"1","nama":"SD"}"#,
        "\u{feff}[{\"npsn\":\"1\",\"nama\":\"SD\"}]\r\n",
        "<br /><b>Warning</b>: x in y.php [3]\n[{\"npsn\":\"1\",\"nama\":\"SD\"}]",
        r#"[{"npsn":1,"NAMA":"SD","x":{"npsn":"2"},"y":[[]]}]"#,
        r#"[{"nama":"SD","NAMA":"other","npsn":"1","lat":null}]"#,
        r#"{"status":"success","error":null,"data":[{"npsn":"1","nama":"SD"}]}"#,
    ] {
        assert_eq!(rows(body), std::slice::from_ref(&one), "{body}");
    }
}

#[test]
fn a_value_is_kept_as_it_was_written() {
    let table = [
        (r#"" 7 ""#, Some(" 7 "), 0),
        ("7", Some("7"), 0),
        ("12.50", Some("12.50"), 0),
        (
            "123456789012345678901234567890",
            Some("123456789012345678901234567890"),
            0,
        ),
        ("true", Some("true"), 0),
        ("null", None, 0),
        (r#""""#, Some(""), 0),
        (r#""a\"b\u0000c""#, Some("a\"b\0c"), 0),
        ("\"a\tb\"", Some("a b"), 0),
        (r#"["a"]"#, None, 1),
        (r#"{"a":1}"#, None, 1),
        (r#""\ud800""#, None, 1),
    ];
    for (value, wanted, unread) in table {
        let body = format!(r#"[{{"npsn":"1","lat":{value}}}]"#);
        let answer = read(body.as_bytes(), &keys()).unwrap();
        assert_eq!(answer.rows, [row([Some("1"), None, wanted])], "{value}");
        assert_eq!(answer.unread, unread, "{value}");
    }
}

#[test]
fn a_notice_is_never_a_record() {
    for body in [
        r#"[{"keterangan":"Tidak ada"}]"#,
        r#"{"keterangan":"Tidak ada"}"#,
        r#"{"data":[{"keterangan":"Tidak ada","npsn":"1"}]}"#,
        r#"{"data":[],"keterangan":"Tidak ada"}"#,
        r#"{"data":null,"keterangan":"Tidak ada"}"#,
        r#"[{"keterangan":"Tidak ada","npsn":" ","nama":"SD"}]"#,
    ] {
        let answer = read(body.as_bytes(), &keys()).unwrap();
        assert_eq!(answer.rows, [[None, None, None]; 0], "{body}");
        assert_eq!(answer.notice.as_deref(), Some("Tidak ada"), "{body}");
    }
    let remark = r#"[{"keterangan":"swasta","npsn":"1","nama":"SD"}]"#;
    assert_eq!(rows(remark), [row([Some("1"), Some("SD"), None])]);
}

#[test]
fn the_total_is_in_the_rows_or_beside_them() {
    for body in [
        r#"[{"npsn":"1","total_rows":45}]"#,
        r#"[{"npsn":"1","total_rows":" 45 "}]"#,
        r#"{"total_rows":45,"data":[{"npsn":"1"}]}"#,
        r#"{"data":[{"npsn":"1"}],"total_rows":"45"}"#,
    ] {
        let answer = read(body.as_bytes(), &keys()).unwrap();
        assert_eq!(answer.total, Some(45), "{body}");
    }
}

#[test]
fn what_is_no_record_is_counted() {
    let body = r#"{"data":[1,"x",null,true,[2],-1,0.5,{"other":1},{"npsn":"1"}]}"#;
    let answer = read(body.as_bytes(), &keys()).unwrap();
    assert_eq!((answer.rows.len(), answer.unread), (1, 8));
}

#[test]
fn an_empty_list_is_no_error_and_an_error_no_empty_list() {
    let empty = Answer::default();
    let table = [
        ("[]", Ok(empty.clone())),
        (r#"{"data":[],"message":"OK","error":""}"#, Ok(empty)),
        (r#"{"data":[],"error":"broken"}"#, Err(NoList::Other)),
        (r#"{"data":[],"success":false}"#, Err(NoList::Other)),
        (r#"{"message":"Unauthorized"}"#, Err(NoList::Other)),
        (r#"{"data":null}"#, Err(NoList::Other)),
        ("null", Err(NoList::Other)),
        ("7", Err(NoList::Other)),
        ("", Err(NoList::NotJson)),
        ("<html>[]</html>", Err(NoList::NotJson)),
        ("failed in line []", Err(NoList::NotJson)),
        (r#"[{"npsn":"1","x":[]"#, Err(NoList::NotJson)),
        (
            r#"{"data":[{"npsn":"1"},{"npsn":"2"}]"#,
            Err(NoList::NotJson),
        ),
    ];
    for (body, wanted) in table {
        assert_eq!(read(body.as_bytes(), &keys()), wanted, "{body}");
    }
}
