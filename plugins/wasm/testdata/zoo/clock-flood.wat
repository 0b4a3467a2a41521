;; It reads the clock for ever, without having been granted it.
;; expect: fuel

(import "wasi_snapshot_preview1" "clock_time_get" (func $clock_time_get (param i32 i64 i32) (result i32)))
(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  (loop $l (drop (call $clock_time_get (i32.const 0) (i64.const 1) (i32.const 40000))) (br $l))
  unreachable)
