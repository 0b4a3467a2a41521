;; It calls proc_exit when it is started.
;; expect: load

(import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
(func (export "_initialize") (call $proc_exit (i32.const 0)))
(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  call $pass)
