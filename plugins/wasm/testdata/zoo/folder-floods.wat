;; It opens its file for ever and never closes it.
;; expect: fuel answer trap
;; grants: folder

(import "wasi_snapshot_preview1" "path_open" (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
(data (i32.const 40000) "list.txt")
(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  (loop $l (br_if $l (i32.eqz (call $path_open (i32.const 3) (i32.const 1) (i32.const 40000) (i32.const 8) (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 41000)))))
  call $pass)
