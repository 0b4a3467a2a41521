//! The filter: what it does stands in the session fact.

use crate::postern::*;

#[derive(Default)]
struct Transform {
    what: String,
    held: Vec<u8>,
    given: usize, // of what is held
    blocks: usize,
    seen: usize,
    sum: u8,
}

pub fn filter(facts: &FilterFacts) -> Result<Box<dyn Filter>, Verdict<FilterChanges>> {
    match facts.session {
        "refuse" => Err(crate::refusal()),
        "fail" => Err(Verdict::fail()),
        what => Ok(Box::new(Transform { what: what.into(), ..Default::default() })),
    }
}

impl Transform {
    fn hold(&mut self, bytes: &[u8], times: usize) {
        for &b in bytes {
            self.held.extend(std::iter::repeat(b).take(times));
        }
    }

    /// Gives up to so many bytes of what is held, and says whether there is more.
    fn give(&mut self, block: &mut Block, most: usize) -> Filtered {
        let rest = &self.held[self.given..];
        let n = rest.len().min(most).min(block.buffer.len());
        block.buffer[..n].copy_from_slice(&rest[..n]);
        self.given += n;
        if self.given < self.held.len() {
            return Filtered::More(n);
        }
        self.held.clear();
        self.given = 0;
        Filtered::Bytes(n)
    }
}

impl Filter for Transform {
    fn block(&mut self, block: &mut Block) -> Filtered {
        if !block.more {
            self.blocks += 1;
        }
        self.seen += block.size;
        match self.what.as_str() {
            "invert" => block.bytes().iter_mut().for_each(|b| *b = !*b),
            "sum" => {
                for b in block.bytes() {
                    self.sum = self.sum.wrapping_add(*b);
                    *b = self.sum;
                }
            }
            "double" => {
                self.hold(block.bytes(), 2);
                return self.give(block, usize::MAX);
            }
            "repeat" => {
                self.hold(block.bytes(), 3);
                return self.give(block, 4);
            }
            "hold" => {
                self.hold(block.bytes(), 1);
                return if block.last { self.give(block, usize::MAX) } else { Filtered::Bytes(0) };
            }
            "cut" if self.seen >= 5 => return Filtered::End(block.size - (self.seen - 5)),
            "reject" if self.blocks > 1 => return Filtered::Reject,
            "faillater" if self.blocks > 1 => return Filtered::Fail,
            _ => {}
        }
        Filtered::Bytes(block.size)
    }

    fn snapshot(&self, state: &mut Vec<u8>) -> bool {
        state.push(self.sum);
        true
    }

    fn restore(&mut self, state: &[u8]) -> bool {
        if let [sum] = state {
            self.sum = *sum;
        }
        state.len() == 1
    }
}
