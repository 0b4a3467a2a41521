;; It speaks the next major version of the contract.
;; expect: load
;; says: version 2.0
;; abi: i32.const 0x20000

(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  call $pass)
