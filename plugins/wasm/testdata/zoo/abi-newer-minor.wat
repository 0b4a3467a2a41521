;; It speaks a newer minor version: it loads.
;; expect: answer
;; abi: i32.const 0x10007

(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  call $pass)
