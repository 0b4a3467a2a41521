;; A log line that lies outside its memory.
;; expect: answer trap reply

(import "postern_v1" "log" (func $log (param i32 i32 i32)))
(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  (call $log (i32.const 1) (i32.const -16) (i32.const 32))
  (call $log (i32.const 77) (i32.const 0) (i32.const -1))
  call $pass)
