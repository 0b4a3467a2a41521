;; 64 KiB of randomness, for ever.
;; expect: fuel
;; pages: 4

(import "wasi_snapshot_preview1" "random_get" (func $random_get (param i32 i32) (result i32)))
(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  (loop $l (drop (call $random_get (i32.const 65536) (i32.const 65536))) (br $l))
  unreachable)
