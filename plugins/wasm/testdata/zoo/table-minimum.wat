;; It declares a table of 100 million elements.
;; expect: load
;; says: table

(table 100000000 funcref)
(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  call $pass)
