;; It wants a function that nobody has.
;; expect: load
;; says: postern_v1.open_backdoor

(import "postern_v1" "open_backdoor" (func (param i32)))
(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  call $pass)
