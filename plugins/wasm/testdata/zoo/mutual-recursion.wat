;; Two functions that call each other through a table.
;; expect: fuel trap

(type $v (func))
(table 2 2 funcref)
(elem (i32.const 0) $ping $pong)
(func $ping i32.const 1 call_indirect (type $v))
(func $pong i32.const 0 call_indirect (type $v))
(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  i32.const 0
  call_indirect (type $v)
  call $pass)
