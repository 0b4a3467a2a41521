//! An exit that authorizes transfers by rules: partner, flow, direction, size and hour. The first rule that fits decides; where
//! none fits the exit has no opinion.

#[path = "../../sdk/rust/postern.rs"]
mod postern;

mod rule;

use postern::*;
use rule::{Rule, Transfer};

thread_local! {
    /// The settings do not change while a module is loaded: they are read once for each instance.
    static RULES: Result<Vec<Rule>, String> = rule::read(config);
}

fn authorize(facts: &AuthorizeFacts) -> Verdict<AuthorizeChanges> {
    let transfer = Transfer {
        partner: facts.partner.id,
        flow: facts.flow.id,
        direction: facts.request.direction,
        size: facts.request.size,
        minute: minute_of_day(facts.time),
    };
    RULES.with(|rules| match rules {
        Ok(rules) => decide(rules, &transfer),
        Err(wrong) => {
            log(Level::Error, wrong);
            Verdict::fail()
        }
    })
}

fn decide(rules: &[Rule], t: &Transfer) -> Verdict<AuthorizeChanges> {
    match rules.iter().position(|r| r.fits(t)) {
        None => Verdict::pass(),
        Some(n) if rules[n].allow => Verdict::allow(),
        Some(n) => Verdict::refuse("flow.forbidden", "not authorized", format!("rule {} refuses {} from {} ({} bytes)", n, t.flow, t.partner, t.size)),
    }
}

postern::exit! { name: "authorize-rust", version: "1.0", authorize: authorize }
