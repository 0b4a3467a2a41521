;; It serves another point than it is configured for.
;; expect: load
;; says: does not serve identify
;; points: open

(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  call $pass)
