//! Objects, arrays and lines as articles.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::article::{EntityKind, Title};
use crate::format::tests::{articles, read_with, reasons};

fn titles(name: &str, json: &str) -> Vec<String> {
    articles(&Json, name, json.as_bytes())
        .into_iter()
        .map(|article| article.title.unwrap().text)
        .collect()
}

#[test]
fn the_usual_names_are_read_whatever_their_case() {
    let json = r#"{"Headline": "Talks &amp; tea", "body": "They met.\n\nThey ate.", "publish_date": 1605953700000,
        "authors": [{"name": "Jane Roe"}, "By Ali Khan"], "source": {"id": 3, "name": "Gulf Wire"},
        "categories": ["World", "Asia"], "lang": "en-GB", "link": "https://example.org/a", "id": 7, "keywords": ["x"],
        "entities": [{"text": "Doha", "label": "GPE"}, {"name": "Jane Roe", "type": "person"}]}"#;
    let article = articles(&Json, "a.json", json.as_bytes()).remove(0);
    let published = article.published.unwrap();
    assert_eq!(article.title, Some(Title::stated("Talks & tea")));
    assert_eq!(article.body, "They met.\n\nThey ate.");
    assert_eq!(published.day.to_string(), "2020-11-21");
    assert_eq!(article.bylines, ["Jane Roe", "Ali Khan"]);
    assert_eq!(article.publisher.as_deref(), Some("Gulf Wire"));
    assert_eq!(article.section.as_deref(), Some("World, Asia"));
    assert_eq!(article.language.as_deref(), Some("en"));
    assert_eq!(article.url.as_deref(), Some("https://example.org/a"));
    assert_eq!(article.own_id.as_deref(), Some("7"));
    let names: Vec<_> = article
        .entities
        .iter()
        .map(|e| (e.kind, e.name.as_str()))
        .collect();
    assert_eq!(
        names,
        [
            (EntityKind::Place, "Doha"),
            (EntityKind::Person, "Jane Roe")
        ]
    );
}

#[test]
fn entities_by_kind_are_read() {
    let json = r#"{"title": "A", "entities": {"people": ["Jane Roe"], "orgs": [{"name": "Gulf Wire"}], "dates": ["May"]}}"#;
    let article = articles(&Json, "a.json", json.as_bytes()).remove(0);
    let names: Vec<_> = article
        .entities
        .iter()
        .map(|e| (e.kind, e.name.as_str()))
        .collect();
    assert_eq!(
        names,
        [
            (EntityKind::Person, "Jane Roe"),
            (EntityKind::Org, "Gulf Wire")
        ]
    );
}

#[test]
fn arrays_lines_and_wrappers_give_their_articles() {
    let files = [
        ("a.json", r#"[{"title": "A"}, 3, {"title": "B"}]"#),
        ("a.jsonl", "{\"title\": \"A\"}\n\n{\"title\": \"B\"}"),
        ("a.json", "{\"title\": \"A\"}\n{\"title\": \"B\"}\n"),
        ("a.json", "{\n\"title\": \"A\"\n}\n{\n\"title\": \"B\"}\n"),
        (
            "a.json",
            r#"{"status": "ok", "articles": [{"title": "A"}, {"title": "B"}]}"#,
        ),
        (
            "a.json",
            r#"{"response": {"docs": [{"headline": {"main": "A"}}, {"title": "B"}]}}"#,
        ),
        (
            "a.json",
            r#"{"hits": {"hits": [{"_id": "1", "_source": {"title": "A"}}, {"_source": {"title": "B"}}]}}"#,
        ),
    ];
    let read: Vec<_> = files
        .iter()
        .map(|(name, json)| titles(name, json))
        .collect();
    assert_eq!(read, vec![vec!["A", "B"]; files.len()]);
}

#[test]
fn text_sequences_give_their_articles_on_lines_or_over_several() {
    let rows = "\x1e{\"title\": \"A\", \"body\": \"x\"}\n\x1e{\"title\": \"B\", \"body\": \"y\"}\n";
    let over_several = rows.replace(", ", ",\n  ");
    for json in [rows, &over_several] {
        for name in ["a.json-seq", "a.json", "a.log"] {
            assert_eq!(titles(name, json), ["A", "B"], "{name} {json:?}");
        }
    }
}

#[test]
fn a_bad_value_costs_only_itself() {
    let lines = "{\"title\": \"A\"}\n{\"title\": \"B\"\nnonsense\n{\"title\": \"C\"}\n";
    assert_eq!(titles("a.jsonl", lines), ["A", "C"]);
    assert_eq!(
        reasons(&Json, "a.jsonl", lines.as_bytes()),
        [
            "malformed json: EOF while parsing an object at line 1 column 13",
            "malformed json: line 3 holds no object"
        ]
    );
    let array = r#"[{"title": "A"}, {"title": B}, {"title": "C"}] rest"#;
    assert_eq!(titles("a.json", array), ["A", "C"]);
    assert_eq!(
        reasons(&Json, "a.json", array.as_bytes()),
        [
            "malformed json: expected value at line 1 column 11",
            "malformed json: text after the end of the array, at byte 47"
        ]
    );
}

#[test]
fn a_file_cut_short_gives_what_is_whole() {
    assert_eq!(titles("a.json", r#"[{"title": "A"}, {"title": "#), ["A"]);
}

#[test]
fn small_faults_of_programs_are_mended() {
    let json = r#"{"title": "A \ud83d tea", "score": NaN, "body": "x"}"#;
    assert_eq!(titles("a.json", json), ["A \u{FFFD} tea"]);
}

#[test]
fn deep_nesting_is_a_named_reason() {
    let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    assert_eq!(
        reasons(&Json, "a.json", deep.as_bytes()),
        ["nested deeper than 128 levels"]
    );
    let open = "[".repeat(5_000);
    assert_eq!(
        reasons(&Json, "a.json", open.as_bytes()),
        ["nested deeper than 128 levels"]
    );
}

#[test]
fn an_object_without_title_and_text_is_no_article() {
    assert_eq!(
        reasons(&Json, "a.json", br#"{"name": "x", "version": 3}"#),
        ["no text"]
    );
}

#[test]
fn map_names_fields_and_paths() {
    let options = Options {
        map: vec![
            ("title".into(), "kop".into()),
            ("body".into(), "inhoud.tekst".into()),
            ("date".into(), "dag".into()),
        ],
        ..Options::default()
    };
    let json = br#"{"kop": "A", "title": "no", "inhoud": {"tekst": "B."}, "dag": "21-11-2020"}"#;
    let parts = read_with(&Json, "a.json", json, &options);
    let [Parsed::Article(article)] = parts.as_slice() else {
        unreachable!("one article");
    };
    assert_eq!(article.title, Some(Title::stated("A")));
    assert_eq!(article.body, "B.");
    assert_eq!(article.published.unwrap().day.to_string(), "2020-11-21");
}

#[test]
fn html_in_a_field_becomes_paragraphs() {
    let json = br#"{"title": {"rendered": "A &#8211; B"}, "content": {"rendered": "<p>One.</p>\n<p>Two &amp; three.</p>"}}"#;
    let article = articles(&Json, "a.json", json).remove(0);
    assert_eq!(article.title, Some(Title::stated("A – B")));
    assert_eq!(article.body, "One.\n\nTwo & three.");
}

#[test]
fn utf_16_is_read() {
    let json: Vec<u8> = "\u{FEFF}[{\"title\": \"Ä\"}]"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let article = articles(&Json, "a.json", &json).remove(0);
    assert_eq!(article.title, Some(Title::stated("Ä")));
}

#[test]
fn what_stands_beside_the_wrapper_of_the_text_belongs_to_the_article() {
    let json = r#"{"response": {"results": [{"id": "world/a", "webTitle": "Talks", "sectionName": "World",
        "webPublicationDate": "2020-11-21T10:00:00Z", "webUrl": "https://example.org/a",
        "fields": {"byline": "Jane Roe", "bodyText": "They met."}}]}}"#;
    let article = articles(&Json, "a.json", json.as_bytes()).remove(0);
    assert_eq!(article.title, Some(Title::stated("Talks")));
    assert_eq!(article.body, "They met.");
    assert_eq!(article.published.unwrap().day.to_string(), "2020-11-21");
    assert_eq!(article.section.as_deref(), Some("World"));
    assert_eq!(article.url.as_deref(), Some("https://example.org/a"));
    assert_eq!(article.bylines, ["Jane Roe"]);
}

#[test]
fn articles_under_names_of_their_own_are_found_and_settings_are_none() {
    let json = r#"{"a1": {"title": "One", "text": "They met."}, "a2": {"title": "Two", "text": "They ate."}}"#;
    assert_eq!(titles("a.json", json), ["One", "Two"]);
    let settings = r#"{"menu": {"title": "Edit"}, "window": {"title": "Main"}}"#;
    assert_eq!(reasons(&Json, "a.json", settings.as_bytes()), ["no text"]);
}

#[test]
fn tables_written_column_by_column_are_turned_into_rows() {
    let keyed = r#"{"title": {"0": "One", "1": "Two"}, "text": {"0": "They met.", "1": "They ate."},
        "date": {"0": "2020-11-21", "1": null}}"#;
    let lists = r#"{"title": ["One", "Two"], "text": ["They met.", "They ate."], "date": ["2020-11-21", null]}"#;
    for json in [keyed, lists] {
        let found = articles(&Json, "a.json", json.as_bytes());
        assert_eq!(titles("a.json", json), ["One", "Two"]);
        assert_eq!(found[1].body, "They ate.");
        let days: Vec<_> = found.iter().map(|one| one.published.is_some()).collect();
        assert_eq!(days, [true, false]);
    }
    let scraped = r#"{"title": ["One"], "content": ["They met."], "published": ["2020-11-21"]}"#;
    let article = articles(&Json, "a.json", scraped.as_bytes()).remove(0);
    assert_eq!(article.body, "They met.");
    assert_eq!(article.published.unwrap().day.to_string(), "2020-11-21");
}

#[test]
fn what_tells_a_search_engine_what_to_do_is_no_article_and_its_names_are_known() {
    let lines = concat!(
        r#"{"index": {"_index": "news", "_id": "1"}}"#,
        "\n",
        r#"{"title_t": "One", "body_txt": "They met.", "published_dt": "2020-11-21T10:00:00Z"}"#,
        "\n",
    );
    let article = articles(&Json, "a.ndjson", lines.as_bytes()).remove(0);
    assert_eq!(article.title, Some(Title::stated("One")));
    assert_eq!(article.body, "They met.");
    assert_eq!(article.published.unwrap().day.to_string(), "2020-11-21");
    assert!(reasons(&Json, "a.ndjson", lines.as_bytes()).is_empty());
}

#[test]
fn the_longest_of_several_summaries_stands_in_for_the_text() {
    let json = r#"{"headline": {"main": "Talks"}, "abstract": "A plan.", "lead_paragraph": "They met in Doha and ate."}"#;
    let article = articles(&Json, "a.json", json.as_bytes()).remove(0);
    assert_eq!(article.body, "They met in Doha and ate.");
}

#[test]
fn running_text_is_put_together_from_the_blocks_of_editors() {
    let shapes = [
        r#""content_elements": [{"type": "text", "content": "They met."}, {"type": "image", "caption": "A hall."},
            {"type": "text", "content": "They ate."}]"#,
        r#""contents": [{"type": "title", "content": "Talks"}, {"type": "date", "content": 1605953700000},
            {"type": "sanitized_html", "content": "<b>They met.</b>"}, {"type": "sanitized_html", "content": "They ate."}]"#,
        r#""content": {"blocks": [{"type": "paragraph", "data": {"text": "They met."}},
            {"type": "list", "data": {"items": ["They ate."]}}]}"#,
        r#""body": [{"_type": "block", "children": [{"_type": "span", "text": "They "}, {"_type": "span", "text": "met."}]},
            {"_type": "block", "children": [{"_type": "span", "text": "They ate."}]}]"#,
        r#""text": ["They met.", "", "They ate."]"#,
    ];
    for shape in shapes {
        let json = format!(r#"{{"headlines": {{"basic": "Talks"}}, {shape}}}"#);
        let article = articles(&Json, "a.json", json.as_bytes()).remove(0);
        assert_eq!(article.title, Some(Title::stated("Talks")), "{shape}");
        assert_eq!(article.body, "They met.\n\nThey ate.", "{shape}");
    }
}

#[test]
fn a_wrapper_called_like_a_text_gives_its_articles() {
    let json = r#"{"content": [{"title": "One", "text": "They met."}, {"title": "Two", "text": "They ate."}]}"#;
    assert_eq!(titles("a.json", json), ["One", "Two"]);
    let json = r#"{"document": {"title": "One", "text": "They met."}}"#;
    assert_eq!(titles("a.json", json), ["One"]);
    let plain = r#"{"document": "They met in Doha.", "id": 3}"#;
    assert_eq!(
        articles(&Json, "a.json", plain.as_bytes())[0].body,
        "They met in Doha."
    );
}

#[test]
fn an_address_for_a_source_is_the_article_s_and_its_host_the_publisher() {
    let json = r#"{"title": "Talks", "text": "They met.", "source": "https://www.example.org/2020/a",
        "date": {"$date": {"$numberLong": "1605953700000"}}, "credits": {"by": [{"name": "Jane Roe"}]}}"#;
    let article = articles(&Json, "a.json", json.as_bytes()).remove(0);
    assert_eq!(article.publisher.as_deref(), Some("example.org"));
    assert_eq!(
        article.url.as_deref(),
        Some("https://www.example.org/2020/a")
    );
    assert_eq!(article.published.unwrap().day.to_string(), "2020-11-21");
    assert_eq!(article.bylines, ["Jane Roe"]);
}

#[test]
fn tables_as_names_and_lists_of_values_are_read() {
    let tables = [
        r#"{"columns": ["id", "title", "text"], "rows": [[1, "One", "They met."], [2, "Two", "They ate."]]}"#,
        r#"{"columns": ["title", "text"], "index": [0, 1], "data": [["One", "They met."], ["Two", "They ate."]]}"#,
        r#"{"features": [{"name": "title"}], "rows": [{"row_idx": 0, "row": {"title": "One", "text": "They met."}},
            {"row_idx": 1, "row": {"title": "Two", "text": "They ate."}}]}"#,
        r#"{"Articles": [{"Title": "One", "Text": "They met."}, {"Title": "Two", "Text": "They ate."}]}"#,
    ];
    for table in tables {
        assert_eq!(titles("a.json", table), ["One", "Two"], "{table}");
    }
}

#[test]
fn lists_under_days_are_read_and_dated() {
    let json = r#"{"2020-11-21": [{"title": "One", "text": "They met."}], "2020-11-22": [{"title": "Two", "text": "They ate."}]}"#;
    let days = articles(&Json, "a.json", json.as_bytes())
        .into_iter()
        .map(|article| article.published.unwrap().day.to_string());
    assert_eq!(days.collect::<Vec<_>>(), ["2020-11-21", "2020-11-22"]);
}

#[test]
fn what_wordpress_embeds_names_authors_and_categories() {
    let post = r#"[{"id": 7, "title": {"rendered": "One"}, "content": {"rendered": "<p>They met.</p>"}, "author": 2,
        "categories": [3], "_embedded": {"author": [{"id": 2, "name": "Jane Roe"}],
        "wp:term": [[{"id": 3, "name": "World", "taxonomy": "category"}], [{"id": 9, "name": "x", "taxonomy": "post_tag"}]]}}]"#;
    let article = articles(&Json, "a.json", post.as_bytes()).remove(0);
    assert_eq!(article.bylines, ["Jane Roe"]);
    assert_eq!(article.section.as_deref(), Some("World"));
    let bare = r#"{"title": "One", "text": "They met.", "categories": [3, 4]}"#;
    let article = articles(&Json, "a.json", bare.as_bytes()).remove(0);
    assert_eq!(article.section, None);
}

#[test]
fn text_under_unknown_names_is_a_rejection_that_lists_them() {
    let line = r#"{"kopje": "Talks", "verhaal": "They met in the great hall in Doha and ate."}"#;
    assert_eq!(
        reasons(&Json, "a.jsonl", line.as_bytes()),
        [
            "no field is known as an article's title or text; name some of `kopje, verhaal` with --map title=…,body=…"
        ]
    );
}

#[test]
fn other_articles_tell_how_a_day_is_written() {
    let days = |written: [&str; 3]| {
        let lines = written.map(|day| {
            format!(r#"{{"title": "One", "text": "They met.", "url": "https://x.example/1/2", "date": "{day}"}}"#)
        });
        let read = articles(&Json, "a.jsonl", lines.join("\n").as_bytes()).into_iter();
        read.map(|article| article.published.map(|p| p.day.to_string()))
            .collect::<Vec<_>>()
    };
    let some = |days: [&str; 3]| days.map(|day| Some(day.to_owned())).to_vec();
    assert_eq!(
        days(["03/04/2021", r"14\/11\/2021 06:30", "5/6/2021"]),
        some(["2021-04-03", "2021-11-14", "2021-06-05"])
    );
    assert_eq!(
        days(["03/04/2021", "11/14/2021", "03-05-2021"]),
        some(["2021-03-04", "2021-11-14", "2021-03-05"])
    );
    assert_eq!(days(["03/04/2021", "14/11/2021", "11/14/2021"])[0], None);
}
