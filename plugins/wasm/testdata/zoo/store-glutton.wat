;; It stores 64 KiB under one key after the other, for ever.
;; expect: fuel answer
;; grants: store
;; pages: 4

(import "postern_v1" "kv_put" (func $kv_put (param i32 i32 i32 i32) (result i32)))
(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  (loop $l (i32.store (i32.const 40000) (i32.add (i32.load (i32.const 40000)) (i32.const 1))) (br_if $l (i32.ge_s (call $kv_put (i32.const 40000) (i32.const 4) (i32.const 65536) (i32.const 65536)) (i32.const 0))))
  call $pass)
