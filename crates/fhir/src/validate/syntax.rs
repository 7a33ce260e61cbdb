//! Size, encoding and nesting, looked at before anything recurses.

use crate::{Issue, IssueCode, scan::string_end};

/// The document's text, if it is not too long, is UTF-8, and does not nest too deep.
pub(crate) fn text(bytes: &[u8], longest: usize, deepest: usize) -> Result<&str, Issue> {
    if bytes.len() > longest {
        let reason = format!("longer than {longest} bytes");
        return Err(Issue::new(IssueCode::TooLong, reason));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| Issue::new(IssueCode::Structure, "not UTF-8"))?;
    if depth(bytes) > deepest {
        let reason = format!("nested too deep: more than {deepest} levels");
        return Err(Issue::new(IssueCode::TooCostly, reason));
    }
    Ok(text)
}

/// The issue for text that is not JSON.
pub(crate) fn malformed(line: usize, column: usize) -> Issue {
    Issue::new(IssueCode::Structure, format!("malformed JSON at line {line}, column {column}"))
}

/// How deep the brackets outside strings nest. Malformed text may nest less than this says, never more.
fn depth(bytes: &[u8]) -> usize {
    let (mut now, mut most, mut at) = (0_usize, 0_usize, 0);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at = string_end(bytes, at, bytes.len());
                continue;
            }
            b'{' | b'[' => {
                now += 1;
                most = most.max(now);
            }
            b'}' | b']' => now = now.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_in_strings_do_not_count() {
        assert_eq!(depth(br#"{"a":["[[[\"[["]}"#), 2);
        assert_eq!(depth(b"[[]][]"), 2);
        assert_eq!(depth(b""), 0);
    }

    #[test]
    fn each_limit_is_named() {
        assert_eq!(text(b"{}", 1, 9).unwrap_err().code, IssueCode::TooLong);
        assert_eq!(text(b"\xff", 9, 9).unwrap_err().code, IssueCode::Structure);
        assert_eq!(text(b"[[[]]]", 9, 2).unwrap_err().code, IssueCode::TooCostly);
        assert_eq!(text(b"[[]]", 9, 2), Ok("[[]]"));
    }
}
