;; A data segment that lies outside the memory.
;; expect: load

(data (i32.const 2000000000) "x")
(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  call $pass)
