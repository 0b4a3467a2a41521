;; It sleeps a little, for ever.
;; expect: deadline fuel
;; deadline: 200ms

(import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  (i64.store (i32.const 40000) (i64.const 7))
  (i64.store8 (i32.const 40008) (i64.const 0))
  (i32.store (i32.const 40016) (i32.const 1))
  (i64.store (i32.const 40024) (i64.const 10000000))
  (i64.store (i32.const 40032) (i64.const 1))
  (i32.store16 (i32.const 40040) (i32.const 0))
  (loop $l (drop (call $poll_oneoff (i32.const 40000) (i32.const 40100) (i32.const 1) (i32.const 40200))) (br $l))
  unreachable)
