;; It asks for a fact for ever.
;; expect: fuel

(import "postern_v1" "fact_get" (func $fact_get (param i32 i32 i32 i32) (result i32)))
(data (i32.const 40000) "claim.name")
(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  (loop $l (drop (call $fact_get (i32.const 40000) (i32.const 10) (i32.const 41000) (i32.const 64))) (br $l))
  unreachable)
