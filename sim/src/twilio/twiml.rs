//! Reads the few TwiML elements a messaging webhook may answer with. No XML beyond that.

/// Why the carrier would report error 12100 or 12200.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum NotTwiml {
    #[error("12100: the document does not begin with <Response>")]
    NoResponse,
    #[error("12100: <{0}> is not closed")]
    Open(&'static str),
}

/// Texts to send back: the content of each `<Message>`, of its `<Body>` if it has one.
pub(super) fn replies(document: &str) -> Result<Vec<String>, NotTwiml> {
    let mut rest = document.trim();
    if rest.is_empty() {
        return Ok(Vec::new());
    }
    if let Some(after) = rest.strip_prefix("<?xml") {
        rest = after.split_once("?>").map_or("", |(_, rest)| rest).trim_start();
    }
    let inner = match element(rest, "Response")? {
        Some((inner, _)) if rest.starts_with("<Response") => inner,
        _ => return Err(NotTwiml::NoResponse),
    };
    let (mut texts, mut rest) = (Vec::new(), inner);
    while let Some((content, after)) = element(rest, "Message")? {
        let text = element(content, "Body")?.map_or(content, |(body, _)| body);
        texts.push(plain(text.trim()));
        rest = after;
    }
    Ok(texts)
}

/// Content of the first element `name`, and what follows it.
fn element<'a>(text: &'a str, name: &'static str) -> Result<Option<(&'a str, &'a str)>, NotTwiml> {
    let Some(at) = text.find(&format!("<{name}")) else {
        return Ok(None);
    };
    let Some((tag, inside)) = text[at..].split_once('>') else {
        return Err(NotTwiml::Open(name));
    };
    if tag.ends_with('/') {
        return Ok(Some(("", inside)));
    }
    inside.split_once(&format!("</{name}>")).map(Some).ok_or(NotTwiml::Open(name))
}

fn plain(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&apos;", "'")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A reply inside the webhook's answer is a text the customer gets; missing it would hide a doubled answer.
    #[test]
    fn finds_every_reply() {
        assert_eq!(replies("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response />"), Ok(vec![]));
        assert_eq!(replies("<Response></Response>"), Ok(vec![]));
        assert_eq!(replies(""), Ok(vec![]));
        assert_eq!(
            replies(
                "<Response><Message to=\"+13035550101\">a &amp; b</Message><Message><Body>c</Body></Message></Response>"
            ),
            Ok(vec!["a & b".to_owned(), "c".to_owned()])
        );
        assert_eq!(replies("<html></html>"), Err(NotTwiml::NoResponse));
        assert_eq!(replies("<Response><Message>a</Response>"), Err(NotTwiml::Open("Message")));
    }
}
