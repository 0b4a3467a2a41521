;; It needs a grant that it does not have.
;; expect: load
;; says: http
;; needs: http

(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  call $pass)
