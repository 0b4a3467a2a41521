;; One write with a million vectors.
;; expect: answer fuel trap
;; pages: 256

(import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  (drop (call $fd_write (i32.const 2) (i32.const 65536) (i32.const 1000000) (i32.const 40100)))
  (drop (call $fd_write (i32.const 2) (i32.const 65536) (i32.const -1) (i32.const 40100)))
  call $pass)
