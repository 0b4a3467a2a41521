;; It wants the global of somebody else.
;; expect: load
;; says: global

(import "env" "g" (global i32))
(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  call $pass)
