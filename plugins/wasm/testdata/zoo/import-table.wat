;; It wants the table of somebody else.
;; expect: load
;; says: table

(import "env" "table" (table 1 funcref))
(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  call $pass)
