;; It has no memory for the question.
;; expect: memory
;; alloc: i32.const 0

(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  call $pass)
