use std::error::Error;

/// An error and its causes in one line, from the outside in; a cause that its effect's text ends with is
/// not said again. The one way in which errors are shown, on terminals, in logs, answers and reports.
///
/// ```
/// use std::io::{Error, ErrorKind};
///
/// let error = Error::new(ErrorKind::NotFound, "no such file");
/// assert_eq!(quantx_report::with_causes(&error), "no such file");
/// ```
pub fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Layer {
        text: &'static str,
        source: Option<Box<Layer>>,
    }

    impl std::fmt::Display for Layer {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str(self.text)
        }
    }

    impl Error for Layer {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            self.source.as_deref().map(|inner| inner as _)
        }
    }

    fn layers(texts: &[&'static str]) -> Layer {
        let (text, inner) = texts.split_first().unwrap();
        let source = (!inner.is_empty()).then(|| Box::new(layers(inner)));
        Layer { text, source }
    }

    #[test]
    fn causes_follow_their_effect_and_none_is_said_twice() {
        for (texts, shown) in [
            (&["cannot open"][..], "cannot open"),
            (&["cannot open", "disk full"], "cannot open: disk full"),
            (
                &["cannot open: disk full", "disk full"],
                "cannot open: disk full",
            ),
            (&["a", "a", "b"], "a: b"),
        ] {
            assert_eq!(with_causes(&layers(texts)), shown);
        }
    }
}
