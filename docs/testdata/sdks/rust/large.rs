#[path = "../../../../sdk/rust/postern.rs"]
mod postern;
use postern::*;

fn authorize(facts: &AuthorizeFacts) -> Verdict<AuthorizeChanges> {
    let largest: i64 = match config("largest").and_then(|text| text.parse().ok()) {
        Some(n) => n,
        None => return Verdict::fail(),
    };
    if facts.request.size > largest && facts.partner.labels.get("tier") != Some("gold") {
        return Verdict::refuse("file.size", "", format!("too large for {}", facts.partner.id));
    }
    Verdict::pass()
}

postern::exit! { name: "large", version: "1.0", authorize: authorize }
