//! The XHTML of a narrative: elements, attributes and links that FHIR R4 allows there, and nothing that acts
//! (<https://hl7.org/fhir/R4/narrative.html>, txt-1), in XHTML's namespace, and with something to read (txt-2).
//!
//! SECURITY: whoever shows a record shows its narrative as it is. The text is read as strictly as XML is, and what is not in
//! the lists below is refused, so that no reader of it finds more in it than this one.

#[cfg(test)]
mod tests;
mod values;

use values::{is_link, is_style, plain, references};

/// Why a narrative is refused. No text of it is in any of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refused(pub(super) &'static str);

const NOT_XHTML: Refused =
    Refused("a narrative is one well-formed <div> of XHTML, without instructions and declarations");
const ELEMENT: Refused = Refused("a narrative has elements for formatting, links and images, and no other");
const ATTRIBUTE: Refused = Refused(
    "a narrative has no attribute that acts on events or refers outside, and none that is not XHTML's",
);
const LINK: Refused = Refused(
    "a link of a narrative is http, https, mailto, tel, or within the document; an image may be data",
);
const NAMESPACE: Refused = Refused(
    "the <div> of a narrative has xmlns=\"http://www.w3.org/1999/xhtml\": without it, it is no XHTML",
);
const EMPTY: Refused = Refused("a narrative has a text or an image: where there is none, leave text out");
const DEEP: Refused = Refused("the elements of a narrative are nested too deep");

const DEEPEST: usize = 64;
const XHTML: &str = "http://www.w3.org/1999/xhtml";

/// Chapters 7 to 11 and 15 of HTML 4.0, links and images.
const ELEMENTS: &str = "\
    a abbr acronym address area b bdo big blockquote br caption cite code col colgroup dd del dfn div dl \
    dt em h1 h2 h3 h4 h5 h6 hr i img ins kbd li map ol p pre q s samp small span strike strong sub sup \
    table tbody td tfoot th thead tr tt u ul var";

/// Their attributes that neither act nor refer.
const ATTRIBUTES: &str = "\
    abbr accesskey align alt axis border cellpadding cellspacing char charoff charset class clear \
    colspan compact coords datetime dir frame headers height hreflang id ismap lang name nohref noshade \
    nowrap rel rev rowspan rules scope shape size span start summary tabindex title type usemap valign \
    value width xml:lang";

fn is_among(name: &str, names: &str) -> bool {
    names.split(' ').any(|known| known == name)
}

/// Whether the text is a narrative as FHIR allows it.
pub(super) fn check(text: &str) -> Result<(), Refused> {
    let mut reader = Reader { rest: text.trim_ascii(), in_namespace: false, says: false };
    let mut open: Vec<&str> = Vec::new();
    let mut began = false;
    while !reader.rest.is_empty() {
        if began && open.is_empty() {
            return Err(NOT_XHTML);
        }
        if let Some(rest) = reader.rest.strip_prefix("</") {
            let (name, rest) = name(rest)?;
            reader.rest = rest.trim_ascii_start().strip_prefix('>').ok_or(NOT_XHTML)?;
            if open.pop() != Some(name) {
                return Err(NOT_XHTML);
            }
        } else if let Some(rest) = reader.rest.strip_prefix("<!--") {
            reader.rest = comment(rest)?;
        } else if reader.rest.starts_with('<') {
            let (name, closed) = reader.tag()?;
            if !began && (name != "div" || closed) {
                return Err(NOT_XHTML);
            }
            if !began && !reader.in_namespace {
                return Err(NAMESPACE);
            }
            began = true;
            if !closed {
                open.push(name);
            }
            if open.len() > DEEPEST {
                return Err(DEEP);
            }
        } else {
            reader.text(began)?;
        }
    }
    match (began && open.is_empty(), reader.says) {
        (true, true) => Ok(()),
        (true, false) => Err(EMPTY),
        (false, _) => Err(NOT_XHTML),
    }
}

struct Reader<'a> {
    rest: &'a str,
    /// Whether an element named XHTML's namespace: the first one has to.
    in_namespace: bool,
    /// Whether there was something to read, or to see.
    says: bool,
}

impl<'a> Reader<'a> {
    /// Text up to the next tag. Every `&` in it is a reference.
    fn text(&mut self, began: bool) -> Result<(), Refused> {
        let end = self.rest.find('<').unwrap_or(self.rest.len());
        let (text, rest) = self.rest.split_at(end);
        self.rest = rest;
        self.says |= !text.trim_ascii().is_empty();
        if !began || text.contains("]]>") { Err(NOT_XHTML) } else { references(text) }
    }

    /// A start tag: its name, and whether it is the whole element.
    fn tag(&mut self) -> Result<(&'a str, bool), Refused> {
        let (element, mut rest) = name(self.rest.get(1..).ok_or(NOT_XHTML)?)?;
        if !is_among(element, ELEMENTS) {
            return Err(ELEMENT);
        }
        let mut seen: Vec<&str> = Vec::new();
        loop {
            let after = rest.trim_ascii_start();
            if let Some(after) = after.strip_prefix("/>") {
                self.rest = after;
                return Ok((element, true));
            }
            if let Some(after) = after.strip_prefix('>') {
                self.rest = after;
                return Ok((element, false));
            }
            // There is space between attributes.
            if after.len() == rest.len() {
                return Err(NOT_XHTML);
            }
            let (attribute, after) = name(after)?;
            let after = after.trim_ascii_start().strip_prefix('=').ok_or(NOT_XHTML)?.trim_ascii_start();
            let quote = after.chars().next().filter(|first| matches!(first, '"' | '\'')).ok_or(NOT_XHTML)?;
            let (value, after) = after.get(1..).and_then(|after| after.split_once(quote)).ok_or(NOT_XHTML)?;
            if seen.contains(&attribute) || value.contains('<') {
                return Err(NOT_XHTML);
            }
            seen.push(attribute);
            has_attribute(element, attribute, value)?;
            self.in_namespace |= attribute == "xmlns";
            self.says |= element == "img" && attribute == "src";
            rest = after;
        }
    }
}

/// A name in lower case, as XHTML has them, and what follows.
fn name(text: &str) -> Result<(&str, &str), Refused> {
    let part =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b':' | b'-' | b'_');
    let end = text.bytes().position(|byte| !part(byte)).unwrap_or(text.len());
    match text.split_at(end) {
        // In upper case it is XHTML for nobody, and a script for some.
        ("", rest) if rest.starts_with(|first: char| first.is_ascii_uppercase()) => Err(ELEMENT),
        ("", _) => Err(NOT_XHTML),
        (_, rest) if rest.starts_with(|next: char| next.is_ascii_uppercase()) => Err(ATTRIBUTE),
        found => Ok(found),
    }
}

/// SECURITY: some readers once looked for instructions in comments.
fn comment(rest: &str) -> Result<&str, Refused> {
    let (text, rest) = rest.split_once("--").ok_or(NOT_XHTML)?;
    let rest = rest.strip_prefix('>').ok_or(NOT_XHTML)?;
    if text.contains(['[', '<', '>']) { Err(NOT_XHTML) } else { Ok(rest) }
}

fn has_attribute(element: &str, attribute: &str, value: &str) -> Result<(), Refused> {
    references(value)?;
    match attribute {
        "xmlns" if value == XHTML => Ok(()),
        "style" if is_style(&plain(value)?) => Ok(()),
        "href" if matches!(element, "a" | "area") && is_link(&plain(value)?, false) => Ok(()),
        "src" if element == "img" && is_link(&plain(value)?, true) => Ok(()),
        "cite" | "longdesc" if is_link(&plain(value)?, false) => Ok(()),
        "href" | "src" | "cite" | "longdesc" => Err(LINK),
        known if is_among(known, ATTRIBUTES) => Ok(()),
        _ => Err(ATTRIBUTE),
    }
}
