use quantx_market::Date;

/// What to write into the settings when these days were holidays, for people: the calendar of the exchange is
/// approximate there. `dates` ascend.
pub fn holidays_to_confirm(exchange: &str, dates: &[Date]) -> String {
    let dates: Vec<String> = dates.iter().map(ToString::to_string).collect();
    let dates = dates.join(", ");
    format!(
        "probable holidays of {exchange}, which its approximate calendar does not know: {dates}; if they were, write into the \
         settings: exchanges: {{ {exchange}: {{ calendar: {{ holidays: [{dates}] }} }} }}"
    )
}
