;; It gives up.
;; expect: trap

(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  unreachable)
