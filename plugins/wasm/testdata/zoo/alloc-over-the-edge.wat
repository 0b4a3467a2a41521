;; Its memory ends outside.
;; expect: reply memory
;; alloc: i32.const 196592

(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  call $pass)
