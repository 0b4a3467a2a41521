;; It writes nothing but ends of lines to its standard error, a mebibyte in each of many buffers.
;; expect: fuel
;; pages: 20

(import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  (local $i i32)
  (memory.fill (i32.const 131072) (i32.const 10) (i32.const 1048576))
  (loop $v
    (i32.store (i32.add (i32.const 53248) (i32.shl (local.get $i) (i32.const 3))) (i32.const 131072))
    (i32.store (i32.add (i32.const 53252) (i32.shl (local.get $i) (i32.const 3))) (i32.const 1048576))
    (br_if $v (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 40))))
  (loop $l (drop (call $fd_write (i32.const 2) (i32.const 53248) (i32.const 40) (i32.const 40100))) (br $l))
  unreachable)
