;; What it says of itself cannot be read.
;; expect: load
;; says: manifest
;; describe: (i64.or (i64.shl (i64.const 60000) (i64.const 32)) (i64.const 9))

(data (i32.const 60000) "\ff\ff\ff\ff\ff\ff\ff\ff\ff")
(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  call $pass)
