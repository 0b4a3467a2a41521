//! Facts as text.

use crate::postern::*;

/// Something that can be told under a dotted name, of which the rest is given; none: it is the thing itself.
pub trait Told {
    fn told(&self, key: Option<&str>) -> Option<String>;
}

pub fn split(key: &str) -> (&str, Option<&str>) {
    match key.split_once('.') {
        Some((name, rest)) => (name, Some(rest)),
        None => (key, None),
    }
}

impl Told for &str {
    fn told(&self, key: Option<&str>) -> Option<String> {
        if key.is_none() { Some(self.to_string()) } else { None }
    }
}

macro_rules! numbers {
    ($($t:ty),*) => {$(
        impl Told for $t {
            fn told(&self, key: Option<&str>) -> Option<String> {
                if key.is_none() { Some(self.to_string()) } else { None }
            }
        }
    )*};
}
numbers!(bool, i32, i64, u32);

impl<T: Told> Told for Option<T> {
    fn told(&self, key: Option<&str>) -> Option<String> {
        self.as_ref()?.told(key)
    }
}

impl Told for List<'_, &str> {
    fn told(&self, key: Option<&str>) -> Option<String> {
        if key.is_none() { Some(self.iter().collect::<Vec<_>>().join(",")) } else { None }
    }
}

impl Told for List<'_, (&str, &str)> {
    fn told(&self, key: Option<&str>) -> Option<String> {
        self.get(key?).map(String::from)
    }
}

impl Told for List<'_, Term<'_>> {
    fn told(&self, key: Option<&str>) -> Option<String> {
        match self.get(key?)? {
            Value::None => Some(String::new()),
            Value::Number(v) => v.told(None),
            Value::Flag(v) => v.told(None),
            Value::Words(w) => w.told(None),
        }
    }
}

impl Told for List<'_, Hours<'_>> {
    fn told(&self, key: Option<&str>) -> Option<String> {
        let (index, rest) = split(key?);
        self.iter().nth(index.parse().ok()?)?.told(rest)
    }
}
