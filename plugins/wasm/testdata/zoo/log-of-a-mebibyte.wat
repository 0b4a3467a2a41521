;; Log lines of a mebibyte, for ever.
;; expect: fuel
;; pages: 32

(import "postern_v1" "log" (func $log (param i32 i32 i32)))
(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  (loop $l (call $log (i32.const 1) (i32.const 65536) (i32.const 1048576)) (br $l))
  unreachable)
