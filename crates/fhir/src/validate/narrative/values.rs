//! What stands in a narrative between and within its tags: references to characters, links and styles.

use super::{LINK, NOT_XHTML, Refused};

/// Whether every `&` begins a reference to a character.
pub(super) fn references(text: &str) -> Result<(), Refused> {
    for after in text.split('&').skip(1) {
        let (name, _) = after.split_once(';').ok_or(NOT_XHTML)?;
        let known = match name.strip_prefix('#') {
            Some(_) => character(name).is_some(),
            None => {
                !name.is_empty() && name.len() <= 31 && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
            }
        };
        if !known {
            return Err(NOT_XHTML);
        }
    }
    Ok(())
}

/// What a reader of XML makes of the value. Names of characters that only HTML has are refused: they hide what a link is.
pub(super) fn plain(value: &str) -> Result<String, Refused> {
    let mut parts = value.split('&');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once(';').ok_or(NOT_XHTML)?;
        text.push(character(name).ok_or(LINK)?);
        text.push_str(rest);
    }
    Ok(text)
}

fn character(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix('x') {
                Some(digits) => u32::from_str_radix(digits, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

/// Whether a style is contained in itself: nothing is fetched or run for it.
pub(super) fn is_style(style: &str) -> bool {
    let style = style.to_ascii_lowercase();
    let acts = ["url", "expression", "import", "javascript", "behavior", "binding", "/*", "image("];
    !style.contains(['\\', '<', '@']) && !acts.iter().any(|word| style.contains(word))
}

/// Whether a link goes where links may: browsers leave out spaces and control characters, so they are nowhere in it.
pub(super) fn is_link(link: &str, image: bool) -> bool {
    if link.chars().any(|sign| sign.is_control() || (sign.is_whitespace() && sign != ' '))
        || link.starts_with(' ')
    {
        return false;
    }
    let head = link.split(['/', '?', '#']).next().unwrap_or_default();
    let Some((scheme, _)) = head.split_once(':') else {
        // Within the document, or relative to it; `//host` is neither.
        return !link.starts_with("//") && !link.contains('\\');
    };
    match scheme.to_ascii_lowercase().as_str() {
        "http" | "https" => true,
        "mailto" | "tel" => !image,
        "data" => {
            let kind = link.get(scheme.len() + 1..).unwrap_or_default().to_ascii_lowercase();
            let known = ["image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp"];
            image
                && known
                    .iter()
                    .any(|known| kind.strip_prefix(known).is_some_and(|rest| rest.starts_with([';', ','])))
        }
        _ => false,
    }
}
