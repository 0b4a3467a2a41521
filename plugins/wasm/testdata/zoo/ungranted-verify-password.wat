;; It wants a password check without having been granted it: the answer is -2.
;; expect: answer

(import "postern_v1" "verify_password" (func $verify_password (param i32 i32 i32) (result i32)))
(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  (if (i32.ne (call $verify_password (i32.const 1024) (i32.const 20) (i32.const 0)) (i32.const -2)) (then (return (call $allow))))
  call $pass)
