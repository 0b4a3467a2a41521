;; A reply of a gibibyte.
;; expect: reply

(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  (i64.or (i64.shl (i64.const 0) (i64.const 32)) (i64.const 0x40000000)))
