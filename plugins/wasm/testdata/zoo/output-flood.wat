;; It writes to its standard output for ever.
;; expect: fuel
;; pages: 4

(import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  (i32.store (i32.const 40000) (i32.const 65536))
  (i32.store (i32.const 40004) (i32.const 65536))
  (loop $l (drop (call $fd_write (i32.const 1) (i32.const 40000) (i32.const 1) (i32.const 40100))) (br $l))
  unreachable)
