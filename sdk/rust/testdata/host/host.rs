//! Asks the server for everything, and says in the detail of a refusal what it got.

#[path = "../../postern.rs"]
mod postern;
use postern::*;

fn or_nothing(s: Option<String>) -> String {
    s.unwrap_or_else(|| "nothing".into())
}

fn text(b: Option<Vec<u8>>) -> String {
    or_nothing(b.and_then(|b| String::from_utf8(b).ok()))
}

fn identify(_: &IdentifyFacts) -> Verdict<IdentifyChanges> {
    log(Level::Warn, "asked");
    let mut told = vec![now().to_string(), or_nothing(config("hours.from")), or_nothing(config("nobody"))];
    told.push(or_nothing(config("long")).len().to_string());
    told.push(or_nothing(fact("call.peer")));
    for hash in ["$2a$04$good", "$2a$04$bad"] {
        told.push(verify_password(hash, Which::Secret).map_or(-1, |right| right as i32).to_string());
    }
    let url = config("url").unwrap_or_default();
    let request = HttpRequest { method: "POST".into(), url: url.into(), content_type: "text/plain".into(), body: b"ping".to_vec(), headers: vec![("X-Sent".into(), "yes".into())] };
    match http(&request) {
        Ok(r) => told.extend([r.status.to_string(), r.content_type, r.body.len().to_string()]),
        Err(e) => told.push(format!("{:?}", e)),
    }
    told.push(text(kv_get("k")));
    told.push(kv_put("k", b"v").map_or(-1, |_| 0).to_string());
    told.push(text(kv_get("k")));
    told.push(match file_size() {
        Err(Denied::NotGranted) => "-2".into(),
        other => format!("{:?}", other),
    });
    Verdict::refuse("", "", told.join("\n") + "\n")
}

fn accept(_: &AcceptFacts) -> Verdict<AcceptChanges> {
    panic!("told to panic")
}

postern::exit! { name: "host", version: "1.0", accept: accept, identify: identify, grants: &["http", "store", "verify_password"] }
