;; It calls a null reference.
;; expect: trap

(type $v (func))
(table 8 8 funcref)
(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  i32.const 3
  call_indirect (type $v)
  call $pass)
