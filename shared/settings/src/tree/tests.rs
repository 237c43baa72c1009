use super::*;

fn parse(text: &str) -> (Option<Document>, Vec<String>) {
    let mut problems = Vec::new();
    let document = Document::parse("f.yaml", text, &mut problems);
    (document, problems.iter().map(ToString::to_string).collect())
}

#[test]
fn every_scalar_is_the_text_as_written_with_its_position() {
    let (document, problems) = parse("a:\n  b: [NO, 0700, \"Y\", 1e5]\n  c:\n");
    let document = document.unwrap();
    assert_eq!(problems, [""; 0]);
    let list = document.find(&["a".to_owned(), "b".to_owned()]).unwrap();
    let Value::List(items) = &list.value else {
        panic!("{list:?}")
    };
    let shown: Vec<_> = items
        .iter()
        .map(|item| (item.shown(), item.at.line, item.at.column))
        .collect();
    let text = |s: &str| format!("{s:?}");
    assert_eq!(
        shown,
        [
            (text("NO"), 2, 7),
            (text("0700"), 2, 11),
            (text("Y"), 2, 17),
            (text("1e5"), 2, 22)
        ]
    );
    assert!(
        document
            .find(&["a".to_owned(), "c".to_owned()])
            .unwrap()
            .is_null()
    );
}

#[test]
fn duplicates_aliases_tags_and_second_documents_are_told_and_reading_goes_on() {
    let (document, problems) = parse("a: &x 1\nb:\n  c: *x\n  c: 2\nd: !t 3\na: 4\n---\ne: 5\n");
    assert_eq!(
        problems,
        [
            "f.yaml:3:6: b.c: read an alias; allowed: the value itself, written out",
            "f.yaml:4:3: b: read the key \"c\" again, after line 3; allowed: each key once",
            "f.yaml:5:7: d: read a tag; allowed: values without tags",
            "f.yaml:6:1: read the key \"a\" again, after line 1; allowed: each key once",
            "f.yaml:7:1: read a second document; allowed: one document per file",
        ]
    );
    assert_eq!(document.unwrap().root.child("a").unwrap().shown(), "\"1\"");
}

#[test]
fn what_is_not_yaml_is_one_problem_with_its_position() {
    let (document, problems) = parse("a: 1\nb: [1, 2\nc: 3\n");
    assert!(document.is_none());
    assert_eq!(problems.len(), 1);
    assert!(problems[0].starts_with("f.yaml:3:"), "{problems:?}");
    let many: String = (0..50_000).map(|n| format!("k{n}: 1\n")).collect();
    let (_, problems) = parse(&many);
    assert_eq!(
        problems,
        ["f.yaml:1:1: read a section of 1000 keys or more; allowed: fewer keys"]
    );
    let (document, problems) = parse(&"[".repeat(100_000));
    assert!(document.is_none());
    assert_eq!(problems.len(), 1);
}

#[test]
fn an_empty_file_is_an_empty_section() {
    for text in ["", "# nothing\n", "\u{feff}"] {
        let (document, problems) = parse(text);
        assert_eq!(problems, [""; 0]);
        assert!(document.unwrap().root.entries().is_empty());
    }
}
