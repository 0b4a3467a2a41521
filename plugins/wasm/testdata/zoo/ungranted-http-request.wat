;; It wants a request to the network without having been granted it: the answer is -2.
;; expect: answer

(import "postern_v1" "http_request" (func $http_request (param i32 i32 i32 i32) (result i32)))
(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  (if (i32.ne (call $http_request (i32.const 1024) (i32.const 20) (i32.const 41000) (i32.const 64)) (i32.const -2)) (then (return (call $allow))))
  call $pass)
