//! The exit that every SDK must be able to write: what it does stands in the session fact of the question.

#[path = "../../postern.rs"]
mod postern;

mod fact;
mod filter;
mod probe;

use fact::Told;
use postern::*;

fn refusal<C: Default>() -> Verdict<C> {
    Verdict::refuse("file.name", "not this name", "a test wants it so: été").temporary(true)
}

/// The beginning of the transfer's file.
fn content() -> Option<String> {
    let mut b = vec![0; 65536];
    let n = file_read(0, &mut b).ok()?;
    b.truncate(n);
    String::from_utf8(b).ok()
}

fn act<C: Default>(what: &str, facts: &dyn Told, set: impl FnOnce() -> C) -> Verdict<C> {
    if let Some(key) = what.strip_prefix("probe ") {
        let found = if key == "content" { content() } else { facts.told(Some(key)) };
        return Verdict::refuse("exit.refused", "", found.unwrap_or_else(|| "(absent)".into()));
    }
    match what {
        "allow" => Verdict::unknown(2), // at most points Verdict::allow does not compile
        "refuse" => refusal(),
        "set" => Verdict::pass().set(set()),
        "unknown" => Verdict::unknown(99),
        "fail" | "toomuch" => Verdict::fail(), // what is too much cannot be written
        "late" => forever(),
        _ => Verdict::pass(),
    }
}

fn forever() -> ! {
    let mut n = 0u32;
    loop {
        // A read that the compiler cannot take away.
        n = unsafe { std::ptr::read_volatile(&n) }.wrapping_add(1);
    }
}

fn accept(f: &AcceptFacts) -> Verdict<AcceptChanges> {
    act(f.session, f, Default::default)
}

fn identify(f: &IdentifyFacts) -> Verdict<IdentifyChanges> {
    if f.session == "allow" {
        return Verdict::allow();
    }
    act(f.session, f, || IdentifyChanges {
        partner: Some(NewPartner {
            id: "SHOP17".into(),
            name: "SHOP17".into(),
            from: "SHOP".into(),
            group: "shops".into(),
            protocols: vec!["pesit".into()],
            max_sessions: 2,
            receive: vec!["ORD*".into()],
            send: vec!["PRICES".into()],
            default_flow: "ORDERS".into(),
            labels: vec![("a".into(), "b".into())],
            ..Default::default()
        }),
    })
}

fn negotiate(f: &NegotiateFacts) -> Verdict<NegotiateChanges> {
    act(f.session, f, || NegotiateChanges {
        terms: vec![NewTerm::number("sync_window", 2), NewTerm::flag("resync", false), NewTerm::words("compression", ["horizontal"])],
    })
}

fn resolve(f: &ResolveFacts) -> Verdict<ResolveChanges> {
    act(f.session, f, || ResolveChanges {
        flow: Some("ORDERS2".into()),
        path_vars: vec![("year".into(), "2026".into())],
        labels: vec![("été".into(), "hot".into())],
        priority: Some(0),
    })
}

fn authorize(f: &AuthorizeFacts) -> Verdict<AuthorizeChanges> {
    if f.session == "allow" {
        return Verdict::allow();
    }
    act(f.session, f, Default::default)
}

fn open(f: &OpenFacts) -> Verdict<OpenChanges> {
    act(f.session, f, || OpenChanges {
        path: Some("in/other.txt".into()),
        backend: Some("cold".into()),
        attributes: vec![("c".into(), "d".into())],
        on_exists: Some("unique".into()),
    })
}

fn restart(f: &RestartFacts) -> Verdict<RestartChanges> {
    act(f.session, f, || RestartChanges { force_start: true })
}

fn verify(f: &VerifyFacts) -> Verdict<VerifyChanges> {
    act(f.session, f, || VerifyChanges { quarantine: Some("bad/orders.txt".into()) })
}

fn message(f: &MessageFacts) -> Verdict<MessageChanges> {
    act(f.session, f, || MessageChanges { reply: Some("thank you".into()) })
}

fn interrupt(f: &InterruptFacts) -> Verdict<InterruptChanges> {
    act(f.session, f, || InterruptChanges { keep: Some(false) })
}

fn done(f: &DoneFacts) -> Verdict<DoneChanges> {
    act(f.session, f, || DoneChanges { follow_up: Some("hold".into()), comment: Some("seen".into()) })
}

fn close(f: &CloseFacts) -> Verdict<CloseChanges> {
    act(f.session, f, Default::default)
}

postern::exit! {
    name: "reference",
    version: "1.0",
    accept: accept,
    identify: identify,
    negotiate: negotiate,
    resolve: resolve,
    authorize: authorize,
    open: open,
    restart: restart,
    filter: filter::filter,
    verify: verify,
    message: message,
    interrupt: interrupt,
    done: done,
    close: close,
    changes_length: true,
    state: true,
}
