//! Items and messages as articles.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::format::tests::{articles, read as read_all};

fn wrap(components: &str) -> String {
    format!(
        "<NewsML><NewsEnvelope><DateAndTime>20200101T000000Z</DateAndTime></NewsEnvelope><NewsItem>\
         <Identification><NewsIdentifier><ProviderId>gw.example</ProviderId><DateId>20010714</DateId>\
         <PublicIdentifier>urn:gw:1</PublicIdentifier></NewsIdentifier></Identification>\
         <NewsManagement><NewsItemType FormalName='News'/><FirstCreated>20200504T235900-0800</FirstCreated></NewsManagement>\
         {components}</NewsItem></NewsML>"
    )
}

#[test]
fn metadata_of_outer_components_belongs_to_the_text_inside() {
    let xml = wrap(
        "<NewsComponent><NewsLines><HeadLine>Grève à Lille</HeadLine><ByLine>Par Ève Roi et Luc Lac</ByLine></NewsLines>\
         <AdministrativeMetadata><Provider><Party FormalName='GW'/></Provider></AdministrativeMetadata>\
         <DescriptiveMetadata><Language FormalName='fr'/><SubjectCode><SubjectMatter FormalName='11003000'/></SubjectCode></DescriptiveMetadata>\
         <NewsComponent><ContentItem><MediaType FormalName='Text'/><DataContent><p>Un.</p><p>Deux.</p></DataContent></ContentItem></NewsComponent>\
         <NewsComponent><Role FormalName='Photo'/><NewsLines><HeadLine>Photo</HeadLine></NewsLines><NewsComponent><Role FormalName='Caption'/>\
         <ContentItem><MediaType FormalName='Text'/><DataContent><p>Légende.</p></DataContent></ContentItem></NewsComponent></NewsComponent></NewsComponent>",
    );
    let found = articles(&NewsMl, "a", xml.as_bytes());
    let story = &found[0];
    assert_eq!(found.len(), 1);
    assert_eq!(story.title.as_ref().unwrap().text, "Grève à Lille");
    assert_eq!(story.body, "Un.\n\nDeux.");
    assert_eq!(story.bylines, ["Ève Roi", "Luc Lac"]);
    assert_eq!(story.published.unwrap().day.to_string(), "2020-05-04");
    assert_eq!(
        (
            story.publisher.as_deref(),
            story.language.as_deref(),
            story.section.as_deref()
        ),
        (Some("GW"), Some("fr"), Some("politics"))
    );
    assert_eq!(story.own_id.as_deref(), Some("urn:gw:1"));
}

#[test]
fn language_versions_and_packaged_stories_are_articles_of_their_own() {
    let part = |lang: &str, head: &str| {
        format!(
            "<NewsComponent><NewsLines><HeadLine>{head}</HeadLine></NewsLines><DescriptiveMetadata><Language FormalName='{lang}'/></DescriptiveMetadata>\
             <NewsComponent><Role FormalName='StyleSheet'/><ContentItem><MimeType FormalName='text/css'/><DataContent>.a{{}}</DataContent></ContentItem></NewsComponent>\
             <NewsComponent><Role FormalName='HeadLine'/><ContentItem><MimeType FormalName='text/xhtml'/><DataContent><html><body><p>{head}</p></body></html></DataContent></ContentItem></NewsComponent>\
             <NewsComponent><Role FormalName='Contact'/><ContentItem><MimeType FormalName='text/xhtml'/><DataContent><html><body><p>Call us</p></body></html></DataContent></ContentItem></NewsComponent>\
             <NewsComponent><Role FormalName='Main'/><ContentItem><MimeType FormalName='text/xhtml'/><DataContent><html><head><title>t</title></head><body><p>Text {lang}</p></body></html></DataContent></ContentItem></NewsComponent></NewsComponent>"
        )
    };
    let xml = wrap(&format!(
        "<NewsComponent>{}{}</NewsComponent>",
        part("en", "News"),
        part("de", "Neues")
    ));
    let read: Vec<_> = articles(&NewsMl, "a", xml.as_bytes())
        .into_iter()
        .map(|a| (a.title.unwrap().text, a.language.unwrap(), a.body))
        .collect();
    let expected = [
        ("News", "en", "Text en\n\nCall us"),
        ("Neues", "de", "Text de\n\nCall us"),
    ]
    .map(|(t, l, b)| (t.to_owned(), l.to_owned(), b.to_owned()));
    assert_eq!(read, expected);
}

#[test]
fn picture_items_are_skipped_by_name() {
    let xml = wrap(
        "<NewsComponent><NewsLines><HeadLine>Sea</HeadLine></NewsLines><ContentItem Href='a.jpg'><MediaType FormalName='Photo'/></ContentItem></NewsComponent>",
    );
    assert!(matches!(
        read_all(&NewsMl, "a", xml.as_bytes())[..],
        [Parsed::Skipped(Skip::Media)]
    ));
}

#[test]
fn nitf_inside_gives_what_the_wrapper_lacks() {
    let xml = wrap(
        "<NewsComponent><ContentItem><Format FormalName='NITF'/><DataContent><nitf><body><body.head><hedline><hl1>Inner</hl1></hedline>\
         <byline>By Ann Roe</byline></body.head><body.content><p>Text.</p></body.content></body></nitf></DataContent></ContentItem></NewsComponent>",
    );
    let story = &articles(&NewsMl, "a", xml.as_bytes())[0];
    assert_eq!(
        (
            story.title.as_ref().unwrap().text.as_str(),
            story.body.as_str()
        ),
        ("Inner", "Text.")
    );
    assert_eq!(story.bylines, ["Ann Roe"]);
}
