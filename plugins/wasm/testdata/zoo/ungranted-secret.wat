;; It asks for the caller's password as a fact without having been granted it.
;; expect: answer

(import "postern_v1" "fact_get" (func $fact_get (param i32 i32 i32 i32) (result i32)))
(data (i32.const 40000) "claim.secret")
(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  (if (i32.ge_s (call $fact_get (i32.const 40000) (i32.const 12) (i32.const 41000) (i32.const 64)) (i32.const 0)) (then (return (call $allow))))
  call $pass)
