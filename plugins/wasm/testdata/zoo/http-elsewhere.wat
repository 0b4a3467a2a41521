;; It calls an origin that is not on its list.
;; expect: answer
;; grants: http

(import "postern_v1" "http_request" (func $http_request (param i32 i32 i32 i32) (result i32)))
(data (i32.const 40000) "\0a\03GET\12\18http://127.0.0.1:2/secret")
(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  (if (i32.ge_s (call $http_request (i32.const 40000) (i32.const 31) (i32.const 41000) (i32.const 64)) (i32.const 0)) (then (return (call $allow))))
  call $pass)
