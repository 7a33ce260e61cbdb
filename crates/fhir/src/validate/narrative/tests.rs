//! What a narrative may be, and what it may not.

use super::*;

const OPENED: &str = "<div xmlns=\"http://www.w3.org/1999/xhtml\">";

fn div(inner: &str) -> Result<(), Refused> {
    check(&format!("{OPENED}{inner}</div>"))
}

#[test]
fn what_r4_allows_is_taken() {
    for inner in [
        "plain &amp; simple &#233; &#xE9; &nbsp;",
        "<p>One<br/>two</p><hr />",
        "<h1>Title</h1><ul><li><b>a</b></li></ul>",
        "<table class=\"grid\" style=\"border: 1px solid #ccc; width: 50%\"><thead><tr><th colspan='2'>x</th></tr></thead></table>",
        "<a href=\"https://example.org/?a=1&amp;b=2\">x</a><a name=\"here\"/><a href=\"#here\">x</a>",
        "<a href=\"mailto:a@example.org\">x</a><a href=\"tel:+39-1\">x</a><a href=\"Patient/1\">x</a>",
        "<img src=\"data:image/png;base64,AA==\" alt=\"x\"/><img src=\"#picture\"/>",
        "<!-- a comment --><span lang=\"it\" xml:lang=\"it\">x</span>",
    ] {
        assert_eq!(div(inner), Ok(()), "{inner}");
    }
    assert_eq!(check(&format!(" <div xmlns='{XHTML}'>x</div>\n")), Ok(()));
}

#[test]
fn what_is_in_no_namespace_or_says_nothing_is_refused() {
    for text in ["<div>x</div>", "<div><p xmlns=\"http://www.w3.org/1999/xhtml\">x</p></div>"] {
        assert_eq!(check(text), Err(NAMESPACE), "{text}");
    }
    for inner in ["", " \n", "<p> </p>", "<!-- a comment --><br/>", "<img alt=\"x\"/>"] {
        assert_eq!(div(inner), Err(EMPTY), "{inner}");
    }
    assert_eq!(div("&nbsp;"), Ok(()), "it is no white space to XML");
    assert_eq!(div("<img src=\"#picture\"/>"), Ok(()));
}

#[test]
fn what_acts_is_refused() {
    for inner in [
        "<script>alert(1)</script>",
        "<SCRIPT>alert(1)</SCRIPT>",
        "<p onclick=\"x\">x</p>",
        "<p ONCLICK=\"x\">x</p>",
        "<img src=\"x\" onerror=\"alert(1)\"/>",
        "<iframe src=\"https://example.org\"/>",
        "<object/><embed/>",
        "<form action=\"https://example.org\"><input/></form>",
        "<base href=\"https://example.org\"/>",
        "<link rel=\"stylesheet\" href=\"x\"/>",
        "<meta http-equiv=\"refresh\"/>",
        "<svg onload=\"x\"/><math/>",
        "<style>p { color: red }</style>",
        "<svg:script>x</svg:script>",
        "<video src=\"x\"/>",
    ] {
        let refused = div(inner);
        assert!(matches!(refused, Err(ELEMENT | ATTRIBUTE)), "{inner}: {refused:?}");
    }
}

#[test]
fn links_go_where_links_may() {
    for link in [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "&#106;avascript:alert(1)",
        "java&#9;script:alert(1)",
        "java\tscript:alert(1)",
        " javascript:alert(1)",
        "javascript&colon;alert(1)",
        "vbscript:x",
        "data:text/html,x",
        "file:///etc/passwd",
        "//example.org/x",
    ] {
        assert_eq!(div(&format!("<a href=\"{link}\">x</a>")), Err(LINK), "{link}");
    }
    for link in ["data:text/html,x", "data:image/svg+xml,x", "javascript:x", "mailto:a@example.org"] {
        assert_eq!(div(&format!("<img src=\"{link}\"/>")), Err(LINK), "{link}");
    }
    for style in
        ["background: url(https://example.org)", "width: expression(1)", "x: \\75rl(x)", "behavior: x"]
    {
        assert!(div(&format!("<p style=\"{style}\">x</p>")).is_err(), "{style}");
    }
}

#[test]
fn what_two_readers_could_read_differently_is_refused() {
    for text in [
        "",
        "x",
        "<p>x</p>",
        "<div>x",
        "<div>x</p></div>",
        "<div>x</div><div>y</div>",
        "<div>x</div>y",
        "x<div>x</div>",
        "<div/>",
        "<?xml version=\"1.0\"?><div>x</div>",
        "<!DOCTYPE html><div>x</div>",
        "<div><![CDATA[<script>]]></div>",
        "<div><!--[if IE]><script>x</script><![endif]--></div>",
        "<div><!-- a -- b --></div>",
        "<div><p class=x>x</p></div>",
        "<div><p class=\"a\"class=\"b\">x</p></div>",
        "<div><p class=\"a\" class=\"b\">x</p></div>",
        "<div><p title=\"<\">x</p></div>",
        "<div>a & b</div>",
        "<div>&;</div>",
        "<div>&#x110000;</div>",
        "<div><p",
        "<div><",
        "<div></",
        "<div><p title='x",
    ] {
        let text = text.replacen("<div>", OPENED, 1);
        assert!(matches!(check(&text), Err(NOT_XHTML | ATTRIBUTE)), "{text}: {:?}", check(&text));
    }
    assert!(check("<div xmlns=\"http://www.w3.org/2000/svg\">x</div>").is_err());
    let deep = format!("{OPENED}{}{}</div>", "<p>".repeat(70), "</p>".repeat(70));
    assert_eq!(check(&deep), Err(DEEP));
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic_and_no_script_passes(text in "(<|>|/|script|div|&|;|#|\"|'|=| |on|a|!|-|\\PC){0,60}") {
        let whole = format!("{OPENED}{text}</div>");
        if check(&whole).is_ok() {
            proptest::prop_assert!(!whole.contains("<script") && !whole.contains("<on"));
        }
    }
}
