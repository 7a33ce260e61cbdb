//! A notice as a message (RFC 5322): plain text, by a machine.

use jiff::Timestamp;
use lettre::{
    Address, Message,
    message::{
        Mailbox,
        header::{ContentType, HeaderName, HeaderValue, MIME_VERSION_1_0},
    },
};
use tacenda_kernel::Secret;
use uuid::Uuid;

use super::{
    Notice,
    words::{frame, time, words},
};

/// More of an application's name is left out.
const LONGEST_NAME: usize = 100;
/// RFC 5322 §2.1.1 wants lines of 78 characters at most.
const LINE: usize = 76;

/// The notice is no message: its address is none.
#[derive(Clone, Copy, Debug)]
pub(super) struct NotComposed;

/// The message of a notice that was queued then, from this installation.
pub(super) fn compose(
    notice: &Notice,
    id: Uuid,
    queued_at: Timestamp,
    from: &Mailbox,
    origin: &str,
) -> Result<Message, NotComposed> {
    // EXPOSE: this is whom it is for.
    let to: Address = notice.to.expose().parse().map_err(|_| NotComposed)?;
    let host = from.email.domain();
    let mut message = Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, to))
        .subject(words(notice.kind, notice.language).subject)
        .date(queued_at.into())
        // The same at every try: where an answer of the server was lost, its reader sees one message.
        .message_id(Some(format!("<{id}@{host}>")))
        .header(MIME_VERSION_1_0)
        .header(ContentType::TEXT_PLAIN);
    let language = notice.language.tag();
    for (name, value) in [("Auto-Submitted", "auto-generated"), ("Content-Language", language)] {
        let name = HeaderName::new_from_ascii(name.to_owned()).map_err(|_| NotComposed)?;
        message = message.raw_header(HeaderValue::new(name, value.to_owned()));
    }
    // EXPOSE: the text goes to its reader.
    message.body(text(notice, queued_at, origin).expose().clone()).map_err(|_| NotComposed)
}

fn text(notice: &Notice, queued_at: Timestamp, origin: &str) -> Secret<String> {
    let (words, frame) = (words(notice.kind, notice.language), frame(notice.language));
    let name = notice.application.as_deref().map(one_line).unwrap_or_default();
    // The name is filled in last, so that nothing in it is taken for a place of ours.
    let fact =
        words.fact.replace("{when}", &time(queued_at, notice.language)).replace("{application}", &name);
    let mut paragraphs = vec![wrap(frame.greeting), wrap(&fact)];
    // EXPOSE: the link goes to its reader. It has a line of its own, which is not broken.
    paragraphs.extend(notice.link.as_ref().map(|link| format!("{origin}/link/{}", link.expose())));
    let advice = words.advice.replace("{account}", &format!("{origin}/account"));
    paragraphs.push(advice.lines().map(wrap).collect::<Vec<_>>().join("\n"));
    paragraphs.push(format!("-- \n{}", wrap(&frame.closing.replace("{origin}", origin))));
    Secret::new(paragraphs.join("\n\n") + "\n")
}

/// SECURITY: no line end, no sign that turns text around, and not long enough to hide what follows.
fn one_line(name: &str) -> String {
    let plain = |c: char| !c.is_control() && !matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    name.chars().filter(|c| plain(*c)).take(LONGEST_NAME).collect()
}

/// Breaks lines at spaces. A word that is longer than a line stays whole.
fn wrap(paragraph: &str) -> String {
    let mut text = String::with_capacity(paragraph.len());
    let mut length = 0;
    for word in paragraph.split(' ') {
        let chars = word.chars().count();
        match length {
            0 => {}
            so_far if so_far + 1 + chars > LINE => {
                text.push('\n');
                length = 0;
            }
            _ => {
                text.push(' ');
                length += 1;
            }
        }
        text.push_str(word);
        length += chars;
    }
    text
}

#[cfg(test)]
mod tests {
    use tacenda_kernel::Language;

    use super::*;
    use crate::notices::NoticeKind;

    const EVERY_KIND: [NoticeKind; 16] = [
        NoticeKind::Invitation,
        NoticeKind::ForgottenPassword,
        NoticeKind::LeaveAddress,
        NoticeKind::JoinAddress,
        NoticeKind::AddressChanged,
        NoticeKind::NewBrowser,
        NoticeKind::FactorAdded,
        NoticeKind::FactorRemoved,
        NoticeKind::FactorsReset,
        NoticeKind::RecoveryCodesMade,
        NoticeKind::RecoveryCodeUsed,
        NoticeKind::PasswordChanged,
        NoticeKind::PasswordDemanded,
        NoticeKind::ApplicationLetIn,
        NoticeKind::ApplicationCutOff,
        NoticeKind::Dormant,
    ];

    fn notice(kind: NoticeKind, language: Language) -> Notice {
        let to = Secret::new("anna@example.org".to_owned());
        Notice { to, language, kind, link: None, application: None }
    }

    fn formatted(notice: &Notice) -> String {
        let from: Mailbox = "Records <no-reply@example.org>".parse().unwrap();
        let at = Timestamp::from_second(1_800_000_000).unwrap();
        let message = compose(notice, Uuid::nil(), at, &from, "https://records.example.org").unwrap();
        String::from_utf8(message.formatted()).unwrap()
    }

    #[test]
    fn every_kind_has_words_and_no_place_is_left_empty() {
        let mut subjects = std::collections::HashSet::new();
        for kind in EVERY_KIND {
            for language in Language::ALL {
                let notice = notice(kind, language).about("Charts");
                let at = Timestamp::from_second(1_800_000_000).unwrap();
                let text = text(&notice, at, "https://records.example.org");
                let text = text.expose();
                assert!(!text.contains(['{', '}']), "{kind:?} {language}: {text}");
                assert!(text.contains("https://records.example.org"), "{kind:?} {language}");
                assert!(text.lines().all(|line| line.chars().count() <= LINE), "{kind:?} {language}: {text}");
                assert!(subjects.insert(words(kind, language).subject), "{kind:?} {language}");
            }
        }
    }

    #[test]
    fn a_link_is_a_line_of_its_own_and_the_subject_is_encoded() {
        let link = Secret::new("A".repeat(43));
        let invitation = formatted(&notice(NoticeKind::Invitation, Language::English).with_link(link));
        let line = format!("\r\nhttps://records.example.org/link/{}\r\n", "A".repeat(43));
        assert!(invitation.contains(&line), "{invitation}");
        for header in [
            "From: Records <no-reply@example.org>",
            "To: anna@example.org",
            "Subject: Your account",
            "Auto-Submitted: auto-generated",
            // Without it, readers show accents as they are encoded (RFC 2045 §4).
            "MIME-Version: 1.0",
            "Content-Language: en",
            "Message-ID: <00000000-0000-0000-0000-000000000000@example.org>",
        ] {
            assert!(invitation.contains(&format!("{header}\r\n")), "{header} in {invitation}");
        }
        let italian = formatted(&notice(NoticeKind::PasswordChanged, Language::Italian));
        assert!(italian.is_ascii(), "{italian}");
    }

    #[test]
    fn no_name_ends_a_header_adds_a_line_or_hides_what_follows() {
        let evil =
            format!("Charts\r\nBcc: eve@example.org\r\n\r\nClick {{account}}\u{202e}{}", "x".repeat(500));
        for kind in [NoticeKind::ApplicationLetIn, NoticeKind::ApplicationCutOff] {
            let message = formatted(&notice(kind, Language::English).about(&evil));
            let (headers, body) = message.split_once("\r\n\r\n").unwrap();
            assert!(!headers.to_lowercase().contains("bcc"), "{headers}");
            assert!(!body.lines().any(|line| line.starts_with("Bcc")), "{body}");
            assert!(!message.contains('\u{202e}') && !message.contains(&"x".repeat(LONGEST_NAME)), "{body}");
        }
    }

    #[test]
    fn what_is_no_address_is_no_message() {
        let from: Mailbox = "no-reply@example.org".parse().unwrap();
        for to in ["", "anna", "anna@example.org\r\nBcc: eve@example.org", "a@example.org, b@example.org"] {
            let to = Secret::new(to.to_owned());
            let notice = Notice { to, ..notice(NoticeKind::Dormant, Language::English) };
            assert!(compose(&notice, Uuid::nil(), Timestamp::UNIX_EPOCH, &from, "https://x").is_err());
        }
    }
}
