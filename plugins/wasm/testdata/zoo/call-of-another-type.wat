;; It calls a function by another signature than it has.
;; expect: trap

(type $v (func (param) (result)))
(table 1 1 funcref)
(elem (i32.const 0) $pass)
(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  i32.const 0
  call_indirect (type $v)
  call $pass)
