;; It wants a function in another shape.
;; expect: load
;; says: expected

(import "postern_v1" "log" (func (param i64)))
(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  call $pass)
