;; The start function traps.
;; expect: load

(start $s)
(func $s unreachable)
(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  call $pass)
