//! What needs no server is tested outside a sandbox, as an author tests rules of an exit.

#[path = "../../postern.rs"]
mod postern;

use postern::*;

#[test]
fn a_mask_fits_whole_names() {
    for (mask, name, fits) in [
        ("PAR*", "PARIS", true), ("*", "", true), ("", "", true), ("", "a", false), ("P?RIS", "PARIS", true), ("P?RIS", "PRIS", false),
        ("*S*", "PARIS", true), ("*X*", "PARIS", false), ("?", "é", true), ("??", "é", false), ("a*b*c", "axxbyybzzc", true), ("a*b", "ab", true),
        ("**", "x", true), ("PARIS", "PARISX", false),
    ] {
        assert_eq!(matches(mask, name), fits, "{:?} {:?}", mask, name);
    }
}

#[test]
fn times_of_day_go_past_midnight() {
    assert_eq!(clock("06:00"), Some(360));
    assert_eq!(clock("24:00"), Some(1440));
    for bad in ["", "6:00", "24:01", "06:60", "06-00", "aa:bb"] {
        assert_eq!(clock(bad), None, "{:?}", bad);
    }
    assert_eq!(minute_of_day(-1), 1439);
    assert_eq!(minute_of_day(1_795_348_800_000_000_000), 720);
    assert!(between(0, 1320, 360) && !between(720, 1320, 360) && between(5, 7, 7) && !between(360, 0, 360));
}

#[test]
fn json_is_read_by_dotted_keys() {
    let text = r#" {"a" : [1, {"b":"x\"]\u00e9\ud83d\ude00"}, []], "c":{"d":null,"e":true}, "f g" : -1.5e3 } "#;
    for (key, want) in [
        ("a.0", Some("1")), ("a.1.b", Some("x\"]é😀")), ("a.2", Some("[]")), ("a.3", None), ("a.2.0", None), ("c.d", None), ("c.e", Some("true")),
        ("f g", Some("-1.5e3")), ("c", Some(r#"{"d":null,"e":true}"#)), ("nobody", None), ("a.x", None), ("c.e.x", None),
    ] {
        assert_eq!(json(text, key).as_deref(), want, "{}", key);
    }
    for broken in ["", "{", "[1", "{\"a\"}", "{\"a\":", "\"x", "{\"a\":1,"] {
        assert_eq!(json(broken, "b"), None, "{}", broken);
    }
}

#[test]
fn facts_can_be_made_up() {
    let facts = AuthorizeFacts { request: TransferRequest { file: "ORDERS", size: 5, ..Default::default() }, ..Default::default() };
    assert_eq!(facts.request.file, "ORDERS");
    assert!(facts.partner.receive.is_empty() && !facts.claim.present);
    assert_eq!(config("anything"), None);
}
