;; It climbs out of its folder.
;; expect: answer
;; grants: folder

(import "wasi_snapshot_preview1" "path_open" (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
(data (i32.const 40000) "../secret.txt")
(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  (if (i32.eqz (call $path_open (i32.const 3) (i32.const 1) (i32.const 40000) (i32.const 13) (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 41000))) (then (return (call $allow))))
  call $pass)
