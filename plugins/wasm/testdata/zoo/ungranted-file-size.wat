;; It asks for the size of a file without having been granted it.
;; expect: answer

(import "postern_v1" "file_size" (func $file_size (result i64)))
(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  (if (i64.ne (call $file_size) (i64.const -2)) (then (return (call $allow))))
  call $pass)
