;; It speaks no version at all.
;; expect: load
;; says: version 0.0
;; abi: i32.const 0

(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  call $pass)
