;; It yields for ever.
;; expect: fuel

(import "wasi_snapshot_preview1" "sched_yield" (func $sched_yield (result i32)))
(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  (loop $l (drop (call $sched_yield)) (br $l))
  unreachable)
