;; It reads its folder from the start for ever, into a buffer of no size.
;; expect: fuel deadline
;; deadline: 2s
;; grants: folder

(import "wasi_snapshot_preview1" "fd_readdir" (func $fd_readdir (param i32 i32 i32 i64 i32) (result i32)))
(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  (loop $l (drop (call $fd_readdir (i32.const 3) (i32.const 41000) (i32.const 0) (i64.const 0) (i32.const 40000))) (br $l))
  unreachable)
