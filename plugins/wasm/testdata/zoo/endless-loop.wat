;; A decision that never comes to an end.
;; expect: fuel

(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  (loop $l (br $l))
  unreachable)
