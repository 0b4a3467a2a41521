;; It writes where it has no memory.
;; expect: trap

(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  (i64.store (i32.const -8) (i64.const 1))
  call $pass)
