;; An element segment that lies outside its table: the runtime leaves the elements out.
;; expect: answer

(table 1 1 funcref)
(elem (i32.const 9) $pass)
(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  call $pass)
