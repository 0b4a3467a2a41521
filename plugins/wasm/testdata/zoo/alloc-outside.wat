;; Its memory lies outside its memory.
;; expect: reply memory
;; alloc: i32.const -65536

(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  call $pass)
