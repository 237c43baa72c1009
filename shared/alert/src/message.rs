//! A change of state as the JSON that a webhook takes. Pure.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::state::{Change, Turn};

/// Who reads the webhook.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageStyle {
    /// Fields for a program.
    #[default]
    Generic,
    /// An incoming webhook of Slack: `text`.
    Slack,
    /// A workflow of Teams: an adaptive card.
    Teams,
}

/// What is said of one change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The change.
    pub change: Change,
    /// The run that found it.
    pub run: String,
    /// When the run began.
    pub at: Timestamp,
    /// The page that says what to do, without a fragment.
    pub runbook: String,
}

impl Message {
    /// The section of the runbook about this condition.
    pub fn link(&self) -> String {
        let section = self.change.condition.kind.as_str().replace('_', "-");
        format!("{}#{section}", self.runbook)
    }

    /// The body to post.
    pub fn body(&self, style: MessageStyle) -> Value {
        match style {
            MessageStyle::Generic => self.generic(),
            MessageStyle::Slack => {
                json!({"text": format!("{}\n<{}|what to do>", self.text(), self.link())})
            }
            MessageStyle::Teams => self.card(),
        }
    }

    fn text(&self) -> String {
        let Change {
            condition,
            turn,
            detail,
            ..
        } = &self.change;
        match turn {
            Turn::Began => format!("QuantX: {condition}: {detail}"),
            Turn::Ended => format!("QuantX: {condition} is over: {detail}"),
        }
    }

    fn generic(&self) -> Value {
        let Change {
            condition,
            turn,
            detail,
            since,
        } = &self.change;
        json!({
            "source": "quantx",
            "change": turn,
            "condition": condition.kind,
            "subject": condition.subject,
            "message": detail,
            "since": since,
            "run": self.run,
            "timestamp": self.at,
            "runbook": self.link(),
        })
    }

    /// <https://learn.microsoft.com/power-automate/overview-adaptive-cards>: what a Teams workflow takes.
    fn card(&self) -> Value {
        let content = json!({
            "type": "AdaptiveCard",
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
            "version": "1.4",
            "body": [
                {"type": "TextBlock", "wrap": true, "weight": "Bolder", "text": self.text()},
                {"type": "FactSet", "facts": [
                    {"title": "Run", "value": self.run},
                    {"title": "Since", "value": self.change.since.to_string()},
                ]},
            ],
            "actions": [{"type": "Action.OpenUrl", "title": "What to do", "url": self.link()}],
        });
        json!({"type": "message", "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "content": content,
        }]})
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::{Condition, ConditionKind};

    fn message(turn: Turn) -> Message {
        let at: Timestamp = "2024-05-03T06:00:00Z".parse().unwrap();
        Message {
            change: Change {
                condition: Condition::of(ConditionKind::SessionsBehind, "hk"),
                turn,
                detail: "2,100 of 2,600 listings lack 2024-05-02".to_owned(),
                since: at,
            },
            run: "daily_update_20240503T060000Z".to_owned(),
            at,
            runbook: "https://example.org/runbook.md".to_owned(),
        }
    }

    #[test]
    fn a_program_gets_fields_and_people_a_sentence_and_a_link() {
        let link = "https://example.org/runbook.md#sessions-behind";
        let generic = message(Turn::Began).body(MessageStyle::Generic);
        assert_eq!(generic["change"], "began");
        assert_eq!(generic["condition"], "sessions_behind");
        assert_eq!(generic["subject"], "hk");
        assert_eq!(generic["runbook"], link);
        let slack = message(Turn::Ended).body(MessageStyle::Slack);
        let text = slack["text"].as_str().unwrap();
        assert!(text.contains("is over") && text.contains(link), "{text}");
        let teams = message(Turn::Began).body(MessageStyle::Teams);
        let card = &teams["attachments"][0]["content"];
        assert_eq!(card["actions"][0]["url"], link);
        assert_eq!(card["type"], "AdaptiveCard");
    }
}
