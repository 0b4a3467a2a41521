;; A reactor that calls proc_exit(0) in a decision.
;; expect: exited

(import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  (call $proc_exit (i32.const 0))
  call $pass)
