;; It divides by nothing.
;; expect: trap

(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  (drop (i32.div_u (i32.const 1) (i32.and (local.get $len) (i32.const 0))))
  call $pass)
