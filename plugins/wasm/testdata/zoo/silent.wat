;; It says that it serves no point.
;; expect: load
;; says: serves no point
;; points:

(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  call $pass)
