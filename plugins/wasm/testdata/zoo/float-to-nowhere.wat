;; It makes an integer of what is no number.
;; expect: trap

(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  (drop (i32.trunc_f64_s (f64.const nan)))
  call $pass)
