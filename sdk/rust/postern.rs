//! Write an exit of the Postern file-transfer server in Rust: one function for each point at which it wants a say.
//!
//! ```ignore
//! mod postern;
//! use postern::*;
//!
//! fn authorize(facts: &AuthorizeFacts) -> Verdict<AuthorizeChanges> {
//!     if facts.request.size > 10 << 20 {
//!         return Verdict::refuse("file.size", "too large", "over 10 MiB");
//!     }
//!     Verdict::pass()
//! }
//!
//! postern::exit! { name: "small", version: "1.0", authorize: authorize }
//! ```
//!
//! Facts borrow from the question; a message that the question does not have reads as empty, its `present` tells. What a
//! function changes is typed by its point. The messages (messages.rs) are made from the contract by sdk/rust/generate.
//! Nothing but the standard library is needed, and the code runs outside a sandbox too, in an author's own tests: there the
//! server's functions answer that they are not granted.
#![allow(dead_code)]

#[path = "messages.rs"]
mod messages;
pub use messages::*;

use std::alloc::Layout;
use std::borrow::Cow;
use std::cell::UnsafeCell;
use std::marker::PhantomData;

/// The version of the plugin contract: major << 16 | minor.
pub const CONTRACT: u32 = 1 << 16;

/// Text that is written: a literal costs nothing, a `String` is taken over.
pub type Text = Cow<'static, str>;

pub(crate) const NOT_IMPLEMENTED: i64 = -1;
pub(crate) const CANNOT_DECODE: i64 = -2;
const INTERNAL: i64 = -3;
const NO_MEMORY: i64 = -4;
const REJECTED: i64 = -5;

// ---- Verdicts --------------------------------------------------------------------------------------------------------

/// What a function answers at a point; `C` is what may be changed there.
#[derive(Clone, Debug)]
pub struct Verdict<C> {
    kind: i64,
    temporary: Option<bool>,
    code: Text,
    public: Text,
    detail: Text,
    set: C,
}

/// The points at which an exit may say yes.
pub trait MayAllow {}

impl<C: Default> Verdict<C> {
    fn new(kind: i64) -> Self {
        let none = Text::Borrowed("");
        Verdict { kind, temporary: None, code: none.clone(), public: none.clone(), detail: none, set: C::default() }
    }

    /// No opinion; changes count all the same.
    pub fn pass() -> Self {
        Self::new(1)
    }

    /// Yes: this exit answers the point's question.
    pub fn allow() -> Self
    where
        C: MayAllow,
    {
        Self::new(2)
    }

    /// No: a code of the closed list ("" for exit.refused), what the peer is told (ASCII, at most 254 characters; "" for the
    /// code's own sentence), and what the log and the catalog say.
    pub fn refuse(code: impl Into<Text>, public: impl Into<Text>, detail: impl Into<Text>) -> Self {
        Verdict { code: code.into(), public: public.into(), detail: detail.into(), ..Self::new(3) }
    }

    /// The exit cannot decide: `on_error` of the configuration does.
    pub fn fail() -> Self {
        Self::new(INTERNAL)
    }

    /// Says of a refusal whether the peer may try again; otherwise its code says it.
    pub fn temporary(mut self, temporary: bool) -> Self {
        self.temporary = Some(temporary);
        self
    }

    /// Changes something.
    pub fn set(mut self, changes: C) -> Self {
        self.set = changes;
        self
    }

    /// A verdict that the contract does not know, for tests of the server.
    #[doc(hidden)]
    pub fn unknown(kind: i64) -> Self {
        Self::new(kind)
    }
}

impl<C: Write> Verdict<C> {
    fn reply(&self, out: &mut Out) -> Result<(), i64> {
        if self.kind < 0 {
            return Err(self.kind);
        }
        out.number(1, self.kind);
        if self.kind == 3 {
            out.bytes(2, self.code.as_bytes());
            if let Some(t) = self.temporary {
                out.number0(3, t as i64);
            }
            out.bytes(4, self.public.as_bytes());
            out.bytes(5, self.detail.as_bytes());
        }
        out.message_unless_empty(6, &self.set);
        Ok(())
    }
}

// ---- Filters ---------------------------------------------------------------------------------------------------------

/// A filter of one transfer, made by the function at `filter`.
pub trait Filter {
    /// Transforms a block in place and says what takes its place.
    fn block(&mut self, block: &mut Block) -> Filtered;

    /// Appends the state at this place, for a restart elsewhere than at byte 0; false: there is none to give.
    fn snapshot(&self, _state: &mut Vec<u8>) -> bool {
        false
    }

    /// Goes on from a state that `snapshot` gave; false: it is not understood.
    fn restore(&mut self, _state: &[u8]) -> bool {
        false
    }
}

/// A block of the file.
pub struct Block<'a> {
    /// The memory of the block; its first `size` bytes are the block's, all of it may be written.
    pub buffer: &'a mut [u8],
    pub size: usize,
    /// This is the final block; it may be empty.
    pub last: bool,
    /// Nothing new: the filter said that it had more and may now say it. `size` is 0.
    pub more: bool,
}

impl Block<'_> {
    /// The bytes of the block.
    pub fn bytes(&mut self) -> &mut [u8] {
        &mut self.buffer[..self.size]
    }
}

/// What takes a block's place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Filtered {
    /// So many bytes at the beginning of the buffer; 0: nothing.
    Bytes(usize),
    /// So many, and there is more: the filter is asked again with an empty block.
    More(usize),
    /// So many, and nothing more of this file is wanted.
    End(usize),
    /// The data is not what it should be: the transfer is refused.
    Reject,
    /// The filter failed.
    Fail,
}

type Opened = Result<Box<dyn Filter>, Verdict<FilterChanges>>;

fn open_filter(opened: Opened, out: &mut Out) -> Result<(), i64> {
    let (verdict, filter) = match opened {
        Ok(f) => (Verdict::pass(), Some(f)),
        Err(v) => (v, None),
    };
    STATE.get().filter = filter;
    verdict.reply(out)
}

// ---- Names and times -------------------------------------------------------------------------------------------------

/// Whether a name fits a mask: `*` stands for any characters or none, `?` for one, everything else for itself.
pub fn matches(mask: &str, name: &str) -> bool {
    let (mut m, mut n) = (mask.chars(), name.chars());
    let mut again: Option<(std::str::Chars, std::str::Chars)> = None; // behind the last star: the mask, and the name
    loop {
        let rest = m.clone();
        match (m.next(), n.clone().next()) {
            (Some('*'), _) => again = Some((m.clone(), n.clone())),
            (Some('?'), Some(_)) => {
                n.next();
            }
            (Some(a), Some(b)) if a == b => {
                n.next();
            }
            (None, None) => return true,
            _ => {
                drop(rest);
                let (star, from) = match &mut again {
                    Some(a) => (&a.0, &mut a.1),
                    None => return false,
                };
                if from.next().is_none() {
                    return false;
                }
                m = star.clone();
                n = from.clone();
            }
        }
    }
}

/// The minute of its day in UTC, 0 to 1439, of a time in nanoseconds since 1970.
pub fn minute_of_day(time: i64) -> u32 {
    time.div_euclid(60_000_000_000).rem_euclid(1440) as u32
}

/// The minute that "06:00" stands for; "24:00" is 1440.
pub fn clock(s: &str) -> Option<u32> {
    let b = s.as_bytes();
    let digit = |i: usize| if b[i].is_ascii_digit() { Some((b[i] - b'0') as u32) } else { None };
    if b.len() != 5 || b[2] != b':' {
        return None;
    }
    let (hour, minute) = (digit(0)? * 10 + digit(1)?, digit(3)? * 10 + digit(4)?);
    if minute > 59 || hour * 60 + minute > 1440 {
        return None;
    }
    Some(hour * 60 + minute)
}

/// Whether a minute lies between two others. From is inside, to is outside; from after to goes past midnight; the same
/// twice is the whole day.
pub fn between(minute: u32, from: u32, to: u32) -> bool {
    match from.cmp(&to) {
        std::cmp::Ordering::Equal => true,
        std::cmp::Ordering::Less => minute >= from && minute < to,
        std::cmp::Ordering::Greater => minute >= from || minute < to,
    }
}

// ---- Reading ---------------------------------------------------------------------------------------------------------

/// A message that can be read.
///
/// # Safety
/// The table describes the type, which is `repr(C)` and begins with `present`.
pub(crate) unsafe trait Read<'a>: Default {
    fn table() -> &'static Table;

    fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut m = Self::default();
        unsafe {
            *(&mut m as *mut Self as *mut bool) = true;
            fill(Self::table(), bytes, &mut m as *mut Self as *mut u8)?;
        }
        Some(m)
    }
}

/// What a field of a message is, and so how it is read.
#[derive(Clone, Copy, PartialEq)]
#[repr(u8)]
pub(crate) enum Kind {
    Unknown,
    Text,
    OptText,
    Bytes,
    Int64,
    Int32,
    Uint32,
    Bool,
    OptInt32,
    OptBool,
    Time,
    Seconds,
    Nanos,
    Message,
    List,
}

/// A field of a message: where it lies in the struct, and what.
#[derive(Clone, Copy)]
pub(crate) struct Entry {
    inner: Option<&'static Table>, // of a message, and of a time
    offset: u16,
    kind: Kind,
}

/// The fields of a message by their numbers.
pub(crate) type Table = [Entry];

impl Entry {
    pub(crate) const UNKNOWN: Entry = Entry { inner: None, offset: 0, kind: Kind::Unknown };

    pub(crate) const fn new(kind: Kind, offset: u16) -> Entry {
        Entry { inner: None, offset, kind }
    }

    pub(crate) const fn within(kind: Kind, offset: u16, inner: &'static Table) -> Entry {
        Entry { inner: Some(inner), offset, kind }
    }
}

/// Seconds and nanoseconds, which are added up.
pub(crate) static TIME: [Entry; 3] = [Entry::UNKNOWN, Entry::new(Kind::Seconds, 0), Entry::new(Kind::Nanos, 0)];

/// Size and alignment of a field.
pub(crate) const fn shape<T>() -> (usize, usize) {
    (std::mem::size_of::<T>(), std::mem::align_of::<T>())
}

/// Where the fields of a `repr(C)` struct lie, which has this shape itself.
pub(crate) const fn offsets<const N: usize>(fields: [(usize, usize); N], all: (usize, usize)) -> [u16; N] {
    let (mut out, mut end, mut i) = ([0; N], 0, 0);
    while i < N {
        end = (end + fields[i].1 - 1) / fields[i].1 * fields[i].1;
        out[i] = end as u16;
        end += fields[i].0;
        i += 1;
    }
    assert!((end + all.1 - 1) / all.1 * all.1 == all.0 && all.0 < 1 << 16);
    out
}

/// How deep messages lie in each other: question, facts, request, time.
const DEEPEST: usize = 4;

/// Reads a message into the struct that a table describes. One loop reads all messages, and heads of two bytes, as nearly
/// all are, without a call: the code for each field of each message was larger than what a processor keeps at hand, and
/// to fetch it took longer than to run it. None: the message is broken.
///
/// # Safety
/// The table describes what lies at out.
#[inline(never)]
pub(crate) unsafe fn fill<'a>(mut table: &'static Table, bytes: &'a [u8], mut out: *mut u8) -> Option<()> {
    let (mut p, mut end) = (bytes.as_ptr(), bytes.as_ptr().add(bytes.len()));
    let mut outer = [(table, end, out); DEEPEST];
    let mut depth = 0;
    loop {
        if p == end {
            if depth == 0 {
                return Some(());
            }
            depth -= 1;
            (table, end, out) = outer[depth];
            continue;
        }
        let (start, left) = (p, end as usize - p as usize);
        let (mut tag, mut value, mut at) = (0, 0, p);
        if left >= 2 {
            tag = *p as u32;
            value = *p.add(1) as u64;
            at = p.add(2);
        }
        let size = if tag & 7 == 2 { value as usize } else { 0 };
        if tag >= 8 && (tag | value as u32) < 0x80 && tag & 5 == 0 && size <= left - 2 {
            p = at.add(size);
        } else {
            let mut rest = std::slice::from_raw_parts(p, left);
            let f = Field::any(&mut rest)?;
            tag = f.tag;
            value = if tag & 7 == 2 { f.bytes.len() as u64 } else { f.value };
            at = f.bytes.as_ptr();
            p = rest.as_ptr();
        }
        let entry = match table.get((tag >> 3) as usize) {
            Some(e) if e.kind != Kind::Unknown => e,
            _ => continue,
        };
        let field = out.add(entry.offset as usize);
        if tag & 7 == 2 {
            let bytes = std::slice::from_raw_parts(at, value as usize);
            match entry.kind {
                Kind::Text => *(field as *mut &str) = text_of(bytes)?,
                Kind::OptText => *(field as *mut Option<&str>) = Some(text_of(bytes)?),
                Kind::Bytes => *(field as *mut &[u8]) = bytes,
                Kind::List => (*(field as *mut List<'a, &'a str>)).found(tag, start, end),
                Kind::Time | Kind::Message if depth < DEEPEST => {
                    outer[depth] = (table, end, out);
                    depth += 1;
                    if entry.kind == Kind::Time {
                        *(field as *mut i64) = 0;
                    } else {
                        *(field as *mut bool) = true; // present
                    }
                    table = entry.inner?;
                    out = field;
                    end = p;
                    p = at;
                }
                _ => return None,
            }
            continue;
        }
        if tag & 7 != 0 {
            return None;
        }
        let value = value as i64;
        match entry.kind {
            Kind::Int64 => *(field as *mut i64) = value,
            Kind::Int32 => *(field as *mut i32) = value as i32,
            Kind::Uint32 => *(field as *mut u32) = value as u32,
            Kind::Bool => *(field as *mut bool) = value != 0,
            Kind::OptInt32 => *(field as *mut Option<i32>) = Some(value as i32),
            Kind::OptBool => *(field as *mut Option<bool>) = Some(value != 0),
            Kind::Seconds => *(field as *mut i64) = (*(field as *mut i64)).wrapping_add(value.wrapping_mul(1_000_000_000)),
            Kind::Nanos => *(field as *mut i64) = (*(field as *mut i64)).wrapping_add(value),
            _ => return None,
        }
    }
}

/// Reads a question into the facts of its point and has them answered. The facts begin as a copy of empty ones: to make
/// those anew is a store for each, and more code than all the rest.
#[inline(never)]
pub(crate) fn ask<F: Copy>(table: &'static Table, empty: &F, head: &[u8], then: impl FnOnce(&F) -> Result<(), i64>) -> Result<(), i64> {
    assert!(std::mem::size_of::<F>() % 8 == 0 && std::mem::align_of::<F>() == 8);
    let mut facts = std::mem::MaybeUninit::<F>::uninit();
    unsafe {
        lay(empty as *const F as *const Word, facts.as_mut_ptr() as *mut Word, std::mem::size_of::<F>() / 8);
        fill(table, head, facts.as_mut_ptr() as *mut u8).ok_or(CANNOT_DECODE)?;
        then(&*facts.as_ptr())
    }
}

/// Eight bytes, which may lie between the fields of a struct.
type Word = std::mem::MaybeUninit<u64>;

/// Copies n words; the last eight of them perhaps twice.
///
/// # Safety
/// There are so many at both places.
#[inline(never)]
unsafe fn lay(from: *const Word, to: *mut Word, n: usize) {
    if n < 8 {
        return std::ptr::copy_nonoverlapping(from, to, n);
    }
    let mut i = 0;
    while i < n {
        i = std::cmp::min(i, n - 8);
        *(to.add(i) as *mut [Word; 8]) = *(from.add(i) as *const [Word; 8]);
        i += 8;
    }
}

/// One field of a message as it came.
pub struct Field<'a> {
    pub number: u32,
    tag: u32,
    value: u64,       // of a number
    bytes: &'a [u8],  // of text, bytes and messages
}

fn varint(rest: &mut &[u8]) -> Option<u64> {
    let (mut v, mut shift) = (0, 0);
    while let [b, behind @ ..] = *rest {
        *rest = behind;
        v |= ((*b & 0x7f) as u64) << shift;
        if *b < 0x80 {
            return Some(v);
        }
        shift += 7;
        if shift == 70 {
            break;
        }
    }
    None
}

impl<'a> Field<'a> {
    /// Takes the next field off a message. Nearly all have a head of two bytes.
    #[inline(always)]
    fn next(rest: &mut &'a [u8]) -> Option<Field<'a>> {
        let from = *rest;
        if let [tag, value, behind @ ..] = from {
            let (tag, value) = (*tag as u32, *value as u32);
            let size = if tag & 7 == 2 { value as usize } else { 0 };
            if tag >= 8 && (tag | value) < 0x80 && tag & 5 == 0 && size <= behind.len() {
                let (bytes, behind) = behind.split_at(size);
                *rest = behind;
                return Some(Field { number: tag >> 3, tag, value: value as u64, bytes });
            }
        }
        let mut other = from; // whose place is in memory, where rest need not be
        let f = Field::any(&mut other);
        *rest = other;
        f
    }

    #[cold]
    #[inline(never)]
    fn any(rest: &mut &'a [u8]) -> Option<Field<'a>> {
        let tag = varint(rest)?;
        if tag < 8 || tag >> 32 != 0 {
            return None;
        }
        let mut f = Field { number: (tag >> 3) as u32, tag: tag as u32, value: 0, bytes: &[] };
        let size = match tag & 7 {
            0 => {
                f.value = varint(rest)?;
                return Some(f);
            }
            1 => 8,
            2 => varint(rest)?,
            5 => 4,
            _ => return None,
        };
        if size > rest.len() as u64 {
            return None;
        }
        let (bytes, behind) = rest.split_at(size as usize);
        f.bytes = bytes;
        *rest = behind;
        Some(f)
    }

    fn number(&self) -> Option<i64> {
        if self.tag & 7 == 0 { Some(self.value as i64) } else { None }
    }

    fn flag(&self) -> Option<bool> {
        self.number().map(|v| v != 0)
    }

    fn bytes(&self) -> Option<&'a [u8]> {
        if self.tag & 7 == 2 { Some(self.bytes) } else { None }
    }

    fn text(&self) -> Option<&'a str> {
        text_of(self.bytes()?)
    }
}

/// The server sends valid UTF-8 only, it replaces what is not: to look again at each text took a fifth of a decision.
#[cfg(target_arch = "wasm32")]
fn text_of(b: &[u8]) -> Option<&str> {
    Some(unsafe { std::str::from_utf8_unchecked(b) })
}

#[cfg(not(target_arch = "wasm32"))]
fn text_of(b: &[u8]) -> Option<&str> {
    std::str::from_utf8(b).ok()
}

/// What stands in a list.
pub trait Element<'a>: Sized {
    fn element(f: &Field<'a>) -> Option<Self>;
}

/// A list that is read in place: `for name in facts.partner.receive`. It costs nothing to copy.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct List<'a, T> {
    from: &'a [u8],
    tag: u32,
    count: u32,
    element: PhantomData<T>,
}

impl<T> List<'_, T> {
    pub(crate) const EMPTY: Self = List { from: &[], tag: 0, count: 0, element: PhantomData };
}

impl<T> Default for List<'_, T> {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl<'a, T: Element<'a> + Copy + std::fmt::Debug> std::fmt::Debug for List<'a, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.debug_list().entries(*self).finish()
    }
}

impl<'a, T> List<'a, T> {
    /// Notes an element, which begins at start, while its message is read, which ends at end.
    unsafe fn found(&mut self, tag: u32, start: *const u8, end: *const u8) {
        if self.count == 0 || self.from.as_ptr_range().end != end {
            *self = List { from: std::slice::from_raw_parts(start, end as usize - start as usize), tag, count: 0, element: PhantomData };
        }
        self.count += 1;
    }

    pub fn len(&self) -> usize {
        self.count as usize
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}

impl<'a, T: Element<'a>> List<'a, T> {
    pub fn iter(&self) -> Iter<'a, T> {
        Iter { rest: self.from, tag: self.tag, element: PhantomData }
    }
}

impl<'a, T: Element<'a>> IntoIterator for List<'a, T> {
    type Item = T;
    type IntoIter = Iter<'a, T>;
    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

/// The elements of a list, one by one. Text that is not UTF-8 ends it: the server sends none.
pub struct Iter<'a, T> {
    rest: &'a [u8],
    tag: u32,
    element: PhantomData<T>,
}

impl<'a, T: Element<'a>> Iterator for Iter<'a, T> {
    type Item = T;
    fn next(&mut self) -> Option<T> {
        while !self.rest.is_empty() {
            let f = Field::next(&mut self.rest)?;
            if f.tag == self.tag {
                return T::element(&f);
            }
        }
        None
    }
}

impl<'a> Element<'a> for &'a str {
    fn element(f: &Field<'a>) -> Option<Self> {
        f.text()
    }
}

impl<'a> List<'a, &'a str> {
    pub fn contains(&self, text: &str) -> bool {
        self.iter().any(|s| s == text)
    }

    /// Whether one of the list, taken as masks, fits a name.
    pub fn matches(&self, name: &str) -> bool {
        self.iter().any(|mask| matches(mask, name))
    }
}

impl<'a> Element<'a> for (&'a str, &'a str) {
    fn element(f: &Field<'a>) -> Option<Self> {
        let (mut rest, mut pair) = (f.bytes()?, ("", ""));
        while !rest.is_empty() {
            let f = Field::next(&mut rest)?;
            match f.number {
                1 => pair.0 = f.text()?,
                2 => pair.1 = f.text()?,
                _ => {}
            }
        }
        Some(pair)
    }
}

impl<'a> List<'a, (&'a str, &'a str)> {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&'a str> {
        self.iter().find(|p| p.0 == key).map(|p| p.1)
    }
}

/// One negotiable value of a protocol.
#[derive(Clone, Copy, Debug, Default)]
pub struct Term<'a> {
    pub name: &'a str,
    pub value: Value<'a>,
}

/// The value of a term.
#[derive(Clone, Copy, Debug)]
pub enum Value<'a> {
    None,
    Number(i64),
    Flag(bool),
    Words(List<'a, &'a str>),
}

impl Default for Value<'_> {
    fn default() -> Self {
        Value::None
    }
}

#[derive(Default)]
#[repr(C)]
struct Words<'a> {
    present: bool,
    words: List<'a, &'a str>,
}

const WORDS_AT: [u16; 2] = offsets([shape::<bool>(), shape::<List<'static, &'static str>>()], shape::<Words<'static>>());
static WORDS: [Entry; 2] = [Entry::UNKNOWN, Entry::new(Kind::List, WORDS_AT[1])];

unsafe impl<'a> Read<'a> for Words<'a> {
    fn table() -> &'static Table {
        &WORDS
    }
}

impl<'a> Element<'a> for Term<'a> {
    fn element(f: &Field<'a>) -> Option<Self> {
        let (mut rest, mut t) = (f.bytes()?, Term::default());
        while !rest.is_empty() {
            let f = Field::next(&mut rest)?;
            match f.number {
                1 => t.name = f.text()?,
                2 => t.value = Value::Number(f.number()?),
                3 => t.value = Value::Flag(f.flag()?),
                4 => t.value = Value::Words(Words::read(f.bytes()?)?.words),
                _ => {}
            }
        }
        Some(t)
    }
}

impl<'a> List<'a, Term<'a>> {
    /// The value of a term by its name.
    pub fn get(&self, name: &str) -> Option<Value<'a>> {
        self.iter().find(|t| t.name == name).map(|t| t.value)
    }
}

// ---- Writing ---------------------------------------------------------------------------------------------------------

/// A message that can be written; what is not set is left out.
pub trait Write {
    fn write(&self, out: &mut Out);
}

/// A message on its way out.
#[derive(Default)]
pub struct Out(Vec<u8>);

impl Out {
    fn varint(&mut self, mut v: u64) {
        while v >= 0x80 {
            self.0.push(v as u8 | 0x80);
            v >>= 7;
        }
        self.0.push(v as u8);
    }

    fn number(&mut self, num: u32, v: i64) {
        if v != 0 {
            self.number0(num, v);
        }
    }

    fn number0(&mut self, num: u32, v: i64) {
        self.varint((num << 3) as u64);
        self.varint(v as u64);
    }

    fn bytes(&mut self, num: u32, b: &[u8]) {
        if !b.is_empty() {
            self.bytes0(num, b);
        }
    }

    fn bytes0(&mut self, num: u32, b: &[u8]) {
        self.varint((num << 3 | 2) as u64);
        self.varint(b.len() as u64);
        self.0.extend_from_slice(b);
    }

    fn texts(&mut self, num: u32, list: &[Text]) {
        for s in list {
            self.bytes0(num, s.as_bytes());
        }
    }

    fn pairs(&mut self, num: u32, list: &[(Text, Text)]) {
        for (k, v) in list {
            let mut part = Out::default();
            part.bytes0(1, k.as_bytes());
            part.bytes0(2, v.as_bytes());
            self.bytes0(num, &part.0);
        }
    }

    fn message(&mut self, num: u32, m: &impl Write) {
        let mut part = Out::default();
        m.write(&mut part);
        self.bytes0(num, &part.0);
    }

    fn message_unless_empty(&mut self, num: u32, m: &impl Write) {
        let mut part = Out::default();
        m.write(&mut part);
        self.bytes(num, &part.0);
    }
}

/// A term that is written: `NewTerm::number("sync_window", 2)`.
#[derive(Clone, Debug)]
pub struct NewTerm {
    pub name: Text,
    pub value: NewValue,
}

/// The value of a term that is written.
#[derive(Clone, Debug)]
pub enum NewValue {
    Number(i64),
    Flag(bool),
    Words(Vec<Text>),
}

impl NewTerm {
    pub fn number(name: impl Into<Text>, value: i64) -> Self {
        NewTerm { name: name.into(), value: NewValue::Number(value) }
    }

    pub fn flag(name: impl Into<Text>, value: bool) -> Self {
        NewTerm { name: name.into(), value: NewValue::Flag(value) }
    }

    pub fn words<T: Into<Text>>(name: impl Into<Text>, words: impl IntoIterator<Item = T>) -> Self {
        NewTerm { name: name.into(), value: NewValue::Words(words.into_iter().map(Into::into).collect()) }
    }
}

impl Write for NewTerm {
    fn write(&self, out: &mut Out) {
        out.bytes(1, self.name.as_bytes());
        match &self.value {
            NewValue::Number(v) => out.number0(2, *v),
            NewValue::Flag(v) => out.number0(3, *v as i64),
            NewValue::Words(words) => {
                let mut part = Out::default();
                part.texts(1, words);
                out.bytes0(4, &part.0);
            }
        }
    }
}

// ---- What the server does for an exit --------------------------------------------------------------------------------

/// Why the server did not do something.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Denied {
    Missing,
    NotGranted,
    Argument,
    Deadline,
    Broken,
}

fn denied(v: i64) -> Denied {
    match v {
        -1 => Denied::Missing,
        -2 => Denied::NotGranted,
        -3 => Denied::Argument,
        -4 => Denied::Deadline,
        _ => Denied::Broken,
    }
}

fn answered(v: i64) -> Result<usize, Denied> {
    if v < 0 { Err(denied(v)) } else { Ok(v as usize) }
}

#[cfg(target_arch = "wasm32")]
#[link(wasm_import_module = "postern_v1")]
extern "C" {
    #[link_name = "log"]
    fn host_log(level: i32, p: *const u8, n: usize);
    fn config_get(key: *const u8, n: usize, out: *mut u8, cap: usize) -> i32;
    fn fact_get(key: *const u8, n: usize, out: *mut u8, cap: usize) -> i32;
    fn now_ms() -> i64;
    #[link_name = "file_size"]
    fn host_file_size() -> i64;
    #[link_name = "file_read"]
    fn host_file_read(offset: i64, out: *mut u8, cap: usize) -> i32;
    #[link_name = "verify_password"]
    fn host_verify_password(hash: *const u8, n: usize, which: i32) -> i32;
    fn http_request(request: *const u8, n: usize, out: *mut u8, cap: usize) -> i32;
    #[link_name = "kv_get"]
    fn host_kv_get(key: *const u8, n: usize, out: *mut u8, cap: usize) -> i32;
    #[link_name = "kv_put"]
    fn host_kv_put(key: *const u8, n: usize, value: *const u8, size: usize) -> i32;
}

/// Outside a sandbox nothing is granted.
#[cfg(not(target_arch = "wasm32"))]
mod outside {
    pub unsafe fn host_log(_: i32, _: *const u8, _: usize) {}
    pub unsafe fn config_get(_: *const u8, _: usize, _: *mut u8, _: usize) -> i32 { -1 }
    pub unsafe fn fact_get(_: *const u8, _: usize, _: *mut u8, _: usize) -> i32 { -1 }
    pub unsafe fn now_ms() -> i64 { 0 }
    pub unsafe fn host_file_size() -> i64 { -2 }
    pub unsafe fn host_file_read(_: i64, _: *mut u8, _: usize) -> i32 { -2 }
    pub unsafe fn host_verify_password(_: *const u8, _: usize, _: i32) -> i32 { -2 }
    pub unsafe fn http_request(_: *const u8, _: usize, _: *mut u8, _: usize) -> i32 { -2 }
    pub unsafe fn host_kv_get(_: *const u8, _: usize, _: *mut u8, _: usize) -> i32 { -2 }
    pub unsafe fn host_kv_put(_: *const u8, _: usize, _: *const u8, _: usize) -> i32 { -2 }
}
#[cfg(not(target_arch = "wasm32"))]
use outside::*;

#[derive(Clone, Copy, Debug)]
pub enum Level {
    Debug,
    Info,
    Warn,
    Error,
}

/// Writes a line into the server's log.
pub fn log(level: Level, text: &str) {
    unsafe { host_log(level as i32, text.as_ptr(), text.len()) }
}

/// Asks with a buffer, and again with a larger one if the answer did not fit.
fn fetch(first: usize, mut get: impl FnMut(*mut u8, usize) -> i32) -> Result<Vec<u8>, Denied> {
    let mut out: Vec<u8> = Vec::with_capacity(first);
    loop {
        let size = answered(get(out.as_mut_ptr(), out.capacity()) as i64)?;
        if size <= out.capacity() {
            // The server has written the first size bytes.
            unsafe { out.set_len(size) };
            return Ok(out);
        }
        out.reserve_exact(size);
    }
}

fn fetch_text(get: impl FnMut(*mut u8, usize) -> i32) -> Option<String> {
    String::from_utf8(fetch(256, get).ok()?).ok()
}

/// One value of the exit's own settings by its dotted key ("rules.0.partner"): text as it is, anything else as JSON; ""
/// for all settings.
pub fn config(key: &str) -> Option<String> {
    let get = |key: &str| fetch_text(|out, cap| unsafe { config_get(key.as_ptr(), key.len(), out, cap) });
    // The server knows the names of members; places in lists are found here.
    get(key).or_else(|| key.contains('.').then(|| json(&get("")?, key)).flatten())
}

/// One value of a JSON text by its dotted key, with places in lists counted from 0. Text comes without its quotes, anything else
/// as it stands; none, where it is missing or null.
pub fn json(text: &str, key: &str) -> Option<String> {
    let mut at = text.trim_start();
    for name in key.split('.').filter(|_| !key.is_empty()) {
        at = json_below(at, name)?;
    }
    let value = at[..json_end(at)?].trim();
    match value.as_bytes().first()? {
        b'"' => json_text(value),
        b'n' => None,
        _ => Some(value.into()),
    }
}

/// Finds a member of an object, or an element of a list.
fn json_below<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let list = text.starts_with('[');
    if !list && !text.starts_with('{') {
        return None;
    }
    let mut rest = text[1..].trim_start();
    for place in 0.. {
        let mut found = list && name.parse() == Ok(place);
        if !list {
            let end = json_end(rest)?;
            found = json_text(&rest[..end])? == name;
            rest = rest[end..].trim_start().strip_prefix(':')?.trim_start();
        }
        if found {
            return Some(rest).filter(|r| !r.starts_with(']'));
        }
        rest = rest[json_end(rest)?..].trim_start().strip_prefix(',')?.trim_start();
    }
    None
}

/// Where the value at the beginning of the text ends.
fn json_end(text: &str) -> Option<usize> {
    let (mut depth, mut quoted, mut escaped) = (0, false, false);
    for (i, b) in text.bytes().enumerate() {
        match b {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => {
                quoted = !quoted;
                if !quoted && depth == 0 {
                    return Some(i + 1);
                }
            }
            _ if quoted => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' | b',' if depth == 0 => return Some(i).filter(|i| *i > 0),
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return Some(i + 1);
                }
            }
            _ => {}
        }
    }
    Some(text.len()).filter(|n| *n > 0 && depth == 0 && !quoted)
}

/// The text of a JSON string.
fn json_text(quoted: &str) -> Option<String> {
    let mut out = String::new();
    let mut chars = quoted.strip_prefix('"')?.strip_suffix('"')?.chars();
    while let Some(c) = chars.next() {
        out.push(match c {
            '\\' => match chars.next()? {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                'b' => '\u{8}',
                'f' => '\u{c}',
                'u' => json_escape(&mut chars)?,
                c => c,
            },
            c => c,
        });
    }
    Some(out)
}

/// The character behind \u, with the second half of a pair.
fn json_escape(chars: &mut std::str::Chars) -> Option<char> {
    let mut hex = || (0..4).try_fold(0, |v, _| Some(v * 16 + chars.next()?.to_digit(16)?));
    let high = hex()?;
    if high & 0xfc00 != 0xd800 {
        return char::from_u32(high);
    }
    (chars.next()? == '\\' && chars.next()? == 'u').then(|| ())?;
    let low = (0..4).try_fold(0, |v, _| Some(v * 16 + chars.next()?.to_digit(16)?))?;
    char::from_u32(0x10000 + ((high & 0x3ff) << 10 | low & 0x3ff))
}

/// One fact by its dotted key ("request.file"), as text.
pub fn fact(key: &str) -> Option<String> {
    fetch_text(|out, cap| unsafe { fact_get(key.as_ptr(), key.len(), out, cap) })
}

/// The time of the question, milliseconds since 1970.
pub fn now() -> i64 {
    unsafe { now_ms() }
}

/// The size of the transfer's file, at open (send) and verify, if the exit was granted the file.
pub fn file_size() -> Result<u64, Denied> {
    let v = unsafe { host_file_size() };
    if v < 0 { Err(denied(v)) } else { Ok(v as u64) }
}

/// Reads up to 256 KiB of the file; 0 at its end.
pub fn file_read(offset: u64, out: &mut [u8]) -> Result<usize, Denied> {
    answered(unsafe { host_file_read(offset as i64, out.as_mut_ptr(), out.len()) } as i64)
}

/// Which password is compared.
#[derive(Clone, Copy, Debug)]
pub enum Which {
    Secret = 0,
    NewSecret = 1,
}

/// Whether the caller's password fits a hash (argon2id or bcrypt).
pub fn verify_password(hash: &str, which: Which) -> Result<bool, Denied> {
    answered(unsafe { host_verify_password(hash.as_ptr(), hash.len(), which as i32) } as i64).map(|v| v == 1)
}

/// What a server answered.
#[derive(Clone, Debug)]
pub struct Response {
    pub status: u32,
    pub content_type: String,
    pub body: Vec<u8>,
}

/// Asks a server that the exit was granted. An answer has up to 1 MiB.
pub fn http(request: &HttpRequest) -> Result<Response, Denied> {
    let mut question = Out::default();
    request.write(&mut question);
    let b = fetch(8192, |out, cap| unsafe { http_request(question.0.as_ptr(), question.0.len(), out, cap) })?;
    let reply = HttpReply::read(&b).ok_or(Denied::Broken)?;
    Ok(Response { status: reply.status, content_type: reply.content_type.into(), body: reply.body.into() })
}

/// A value that the exit has put before.
pub fn kv_get(key: &str) -> Option<Vec<u8>> {
    fetch(256, |out, cap| unsafe { host_kv_get(key.as_ptr(), key.len(), out, cap) }).ok()
}

/// Keeps a value. All of an exit's keys and values have up to 1 MiB.
pub fn kv_put(key: &str, value: &[u8]) -> Result<(), Denied> {
    answered(unsafe { host_kv_put(key.as_ptr(), key.len(), value.as_ptr(), value.len()) } as i64).map(|_| ())
}

// ---- The module's exports --------------------------------------------------------------------------------------------

impl Exit {
    /// The name of the exit.
    pub const fn name(mut self, name: &'static str) -> Exit {
        self.name = name;
        self
    }

    /// Its version.
    pub const fn version(mut self, version: &'static str) -> Exit {
        self.version = version;
        self
    }

    /// What it cannot do without: password, stored, verify_password, file, http, folder, clock, store.
    pub const fn grants(mut self, grants: &'static [&'static str]) -> Exit {
        self.grants = grants;
        self
    }

    /// Of a filter: a block may come out longer or shorter than it went in.
    pub const fn changes_length(mut self, yes: bool) -> Exit {
        self.changes_length = yes;
        self
    }

    /// Of a filter: what comes out depends on the blocks before.
    pub const fn state(mut self, yes: bool) -> Exit {
        self.state = yes;
        self
    }
}

/// What an instance keeps between two calls. A module has one thread and is never called while a call runs.
#[derive(Default)]
struct State {
    reply: Out,
    filter: Option<Box<dyn Filter>>,
    more: bool,
}

struct Single(UnsafeCell<Option<State>>);
unsafe impl Sync for Single {}
static STATE: Single = Single(UnsafeCell::new(None));

impl Single {
    #[allow(clippy::mut_from_ref)]
    fn get(&self) -> &mut State {
        unsafe { (*self.0.get()).get_or_insert_with(State::default) }
    }
}

/// What the exports made by [`exit!`](crate::exit) call.
#[doc(hidden)]
pub mod export {
    use super::*;

    fn layout(size: usize) -> Option<Layout> {
        Layout::from_size_align(size.max(1), 16).ok()
    }

    /// A panic is written into the log before it ends the instance.
    pub fn initialize() {
        std::panic::set_hook(Box::new(|p| log(Level::Error, &p.to_string())));
    }

    pub fn alloc(size: usize) -> *mut u8 {
        match layout(size) {
            Some(l) => unsafe { std::alloc::alloc(l) },
            None => std::ptr::null_mut(),
        }
    }

    /// # Safety
    /// The memory came from `alloc` with the same size.
    pub unsafe fn free(p: *mut u8, size: usize) {
        if let (false, Some(l)) = (p.is_null(), layout(size)) {
            std::alloc::dealloc(p, l);
        }
    }

    fn describe(exit: &Exit, out: &mut Out) {
        out.bytes(1, exit.name.as_bytes());
        out.bytes(2, exit.version.as_bytes());
        out.number(3, CONTRACT as i64);
        out.bytes(4, b"exit");
        for p in exit.points() {
            out.bytes(5, p.as_bytes());
        }
        for g in exit.grants {
            out.bytes(6, g.as_bytes());
        }
        out.number(7, exit.changes_length as i64);
        out.number(8, exit.state as i64);
    }

    /// # Safety
    /// The question is size bytes of memory that nobody else changes.
    #[inline(always)]
    pub unsafe fn call(exit: &'static Exit, method: u32, head: *const u8, size: usize) -> i64 {
        let head = if size == 0 { &[] } else { std::slice::from_raw_parts(head, size) };
        let mut out = std::mem::take(&mut STATE.get().reply);
        out.0.clear();
        let answer = if method == 1 {
            describe(exit, &mut out);
            Ok(())
        } else {
            dispatch(exit, method, head, &mut out)
        };
        let value = match answer {
            Ok(()) => (out.0.as_ptr() as u64) << 32 | out.0.len() as u64,
            Err(e) => e as u64,
        };
        STATE.get().reply = out;
        value as i64
    }

    /// # Safety
    /// The block is cap bytes of memory that nobody else uses.
    pub unsafe fn block(p: *mut u8, size: usize, cap: usize, flags: u32) -> i64 {
        let state = STATE.get();
        let filter = match &mut state.filter {
            Some(f) => f,
            None => return size as i64,
        };
        let mut block = Block { buffer: std::slice::from_raw_parts_mut(p, cap), size, last: flags & 1 != 0, more: state.more };
        let answer = filter.block(&mut block);
        state.more = matches!(answer, Filtered::More(_));
        match answer {
            Filtered::Bytes(n) => n as i64,
            Filtered::More(n) => n as i64 | 1 << 32,
            Filtered::End(n) => n as i64 | 1 << 33,
            Filtered::Reject => REJECTED,
            Filtered::Fail => INTERNAL,
        }
    }

    /// # Safety
    /// The state goes to cap bytes of memory that nobody else uses.
    pub unsafe fn snapshot(p: *mut u8, cap: usize) -> i32 {
        let mut state = Vec::new();
        match &STATE.get().filter {
            Some(f) if f.snapshot(&mut state) => {}
            _ => return NOT_IMPLEMENTED as i32,
        }
        if state.len() > cap {
            return NO_MEMORY as i32;
        }
        std::ptr::copy_nonoverlapping(state.as_ptr(), p, state.len());
        state.len() as i32
    }

    /// # Safety
    /// The state is size bytes of memory that nobody else changes.
    pub unsafe fn restore(p: *const u8, size: usize) -> i32 {
        let state = if size == 0 { &[] } else { std::slice::from_raw_parts(p, size) };
        match &mut STATE.get().filter {
            Some(f) => {
                if f.restore(state) {
                    0
                } else {
                    CANNOT_DECODE as i32
                }
            }
            None => NOT_IMPLEMENTED as i32,
        }
    }
}

/// Describes the exit and exports it. Its fields are the methods of [`Exit`]: name, version, grants, changes_length, state,
/// and one function for each point.
#[macro_export]
macro_rules! exit {
    ($($field:ident: $value:expr),+ $(,)?) => {
        static POSTERN_EXIT: postern::Exit = postern::Exit::NEW$(.$field($value))+;

        #[no_mangle]
        pub extern "C" fn _initialize() {
            postern::export::initialize()
        }
        #[no_mangle]
        pub extern "C" fn postern_abi() -> u32 {
            postern::CONTRACT
        }
        #[no_mangle]
        pub extern "C" fn postern_alloc(size: usize) -> *mut u8 {
            postern::export::alloc(size)
        }
        #[no_mangle]
        pub unsafe extern "C" fn postern_free(p: *mut u8, size: usize) {
            postern::export::free(p, size)
        }
        #[no_mangle]
        pub unsafe extern "C" fn postern_call(method: u32, head: *const u8, size: usize, _body: *const u8, _body_size: usize) -> i64 {
            postern::export::call(&POSTERN_EXIT, method, head, size)
        }
        #[no_mangle]
        pub unsafe extern "C" fn postern_block(p: *mut u8, size: usize, cap: usize, flags: u32) -> i64 {
            postern::export::block(p, size, cap, flags)
        }
        #[no_mangle]
        pub unsafe extern "C" fn postern_snapshot(p: *mut u8, cap: usize) -> i32 {
            postern::export::snapshot(p, cap)
        }
        #[no_mangle]
        pub unsafe extern "C" fn postern_restore(p: *const u8, size: usize) -> i32 {
            postern::export::restore(p, size)
        }
    };
}
#[allow(unused_imports)]
pub use exit;
