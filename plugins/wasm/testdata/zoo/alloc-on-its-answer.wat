;; The question lies on its answer.
;; expect: answer reply
;; alloc: i32.const 2048

(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  call $pass)
