;; postern_alloc never comes back.
;; expect: fuel
;; alloc: (loop $l (br $l)) unreachable

(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  call $pass)
