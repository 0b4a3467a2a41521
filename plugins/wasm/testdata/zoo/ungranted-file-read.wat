;; It wants a file without having been granted it: the answer is -2.
;; expect: answer

(import "postern_v1" "file_read" (func $file_read (param i64 i32 i32) (result i32)))
(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  (if (i32.ne (call $file_read (i64.const 0) (i32.const 41000) (i32.const 64)) (i32.const -2)) (then (return (call $allow))))
  call $pass)
