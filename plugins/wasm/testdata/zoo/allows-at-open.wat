;; It allows where nobody was asked to allow.
;; expect: answer-refused
;; point: open
;; points: open

(data (i32.const 40000) "\08\02")
(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  (i64.or (i64.shl (i64.const 40000) (i64.const 32)) (i64.const 2)))
