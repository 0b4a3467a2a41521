//! Rules, and how they are read from the exit's settings.

use crate::postern::*;

/// One rule. What is not set fits everything.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rule {
    pub partner: Option<String>,
    pub flow: Option<String>,
    pub direction: Option<String>,
    pub min_size: Option<i64>,
    pub max_size: Option<i64>,
    pub hours: Option<(u32, u32)>,
    pub allow: bool,
}

/// What a rule is held against.
pub struct Transfer<'a> {
    pub partner: &'a str,
    pub flow: &'a str,
    pub direction: &'a str,
    /// Bytes; below 0: unknown.
    pub size: i64,
    /// Of the day, in UTC.
    pub minute: u32,
}

impl Rule {
    pub fn fits(&self, t: &Transfer) -> bool {
        let mask = |m: &Option<String>, name: &str| m.as_ref().map_or(true, |m| matches(m, name));
        mask(&self.partner, t.partner)
            && mask(&self.flow, t.flow)
            && mask(&self.direction, t.direction)
            && self.min_size.map_or(true, |n| t.size >= n)
            && self.max_size.map_or(true, |n| t.size >= 0 && t.size <= n)
            && self.hours.map_or(true, |(from, to)| between(t.minute, from, to))
    }
}

/// Reads the rules. get gives a setting by its dotted name; the error says which one is wrong, and how.
pub fn read(get: impl Fn(&str) -> Option<String>) -> Result<Vec<Rule>, String> {
    let mut rules = Vec::new();
    while get(&format!("rules.{}", rules.len())).is_some() {
        rules.push(read_one(rules.len(), &get)?);
    }
    if rules.is_empty() {
        return Err("rules: there are none".into());
    }
    Ok(rules)
}

fn read_one(number: usize, get: impl Fn(&str) -> Option<String>) -> Result<Rule, String> {
    let text = |name: &str| get(&format!("rules.{}.{}", number, name));
    // A value that is not understood is an error that shows it.
    fn checked<T>(number: usize, name: &str, v: Option<String>, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, String> {
        match v {
            None => Ok(None),
            Some(v) => parse(&v).map(Some).ok_or_else(|| format!("rules.{}.{}: {:?} is not understood", number, name, v)),
        }
    }
    Ok(Rule {
        partner: text("partner"),
        flow: text("flow"),
        direction: checked(number, "direction", text("direction"), |v| match v {
            "receive" | "send" => Some(v.to_string()),
            _ => None,
        })?,
        min_size: checked(number, "min_size", text("min_size"), size)?,
        max_size: checked(number, "max_size", text("max_size"), size)?,
        hours: checked(number, "hours", text("hours"), |v| {
            let (from, to) = v.split_once('-')?;
            Some((clock(from.trim())?, clock(to.trim())?))
        })?,
        allow: checked(number, "allow", text("allow"), |v| v.parse().ok())?.ok_or(format!("rules.{}.allow: true or false is missing", number))?,
    })
}

/// Reads a number of bytes: 1000, "10KiB", "10 MiB", "1GiB".
pub fn size(v: &str) -> Option<i64> {
    let digits = v.find(|c: char| !c.is_ascii_digit()).unwrap_or(v.len());
    let unit = match v[digits..].trim() {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        "TiB" => 1i64 << 40,
        _ => return None,
    };
    v[..digits].parse::<i64>().ok()?.checked_mul(unit)
}
